// The way to one token: sessions, login, and what happens when it is lost.
import { InabilityError, KeyError, SealwireError } from '@sealwire/core';
import { ck, ckr } from './constants.js';
import { codeOf, Library, type Cryptoki, type Handle } from './library.js';

/** Which token, by its label or by the place of its slot in the module's list. */
export type TokenChoice = { readonly label: string } | { readonly slot: number };

export interface TokenLinkOptions {
  /** Path of the PKCS#11 module, a shared library. */
  readonly module: string;
  readonly token: TokenChoice;
  /** Asked at every login and not kept. */
  readonly pin: () => string;
  /** How long a call may take before the token counts as away. Default: 10 s. */
  readonly callTimeoutMs?: number;
}

/** What is done in a session. */
export type InSession<Result> = (cryptoki: Cryptoki, session: Handle, library: Library) => Promise<Result>;

/** Each call under way occupies one of libuv's four threads. */
const sessionCount = 2;
const firstBackOffMs = 100;
const longestBackOffMs = 10_000;

const refusedPins: ReadonlySet<number | null> = new Set<number | null>([
  ckr.PIN_INCORRECT,
  ckr.PIN_INVALID,
  ckr.PIN_LEN_RANGE,
  ckr.PIN_EXPIRED,
  ckr.PIN_LOCKED,
  ckr.USER_PIN_NOT_INITIALIZED,
]);

/** Told by the token itself at once: another session serves. */
const lostSessions: ReadonlySet<number | null> = new Set<number | null>([
  ckr.SESSION_CLOSED,
  ckr.SESSION_HANDLE_INVALID,
  ckr.USER_NOT_LOGGED_IN,
  ckr.OBJECT_HANDLE_INVALID,
  ckr.KEY_HANDLE_INVALID,
  ckr.CRYPTOKI_NOT_INITIALIZED,
]);

/**
 * Opens sessions when they are needed, and again when they were lost. Where the token is away, calls fail at once with
 * InabilityError ERR_UNABLE_KEY_STORE, and it is looked for again with a growing pause. A PIN that was refused is never
 * tried again: three tries lock most tokens.
 */
export class TokenLink {
  readonly #options: TokenLinkOptions;
  #library: Library | null = null;
  #free: Handle[] = [];
  readonly #waiting: ((session: Handle | null) => void)[] = [];
  #isOpen = false;
  #isClosed = false;
  #abandoned = 0;
  /** Grows with each connection: what was found in the one before may be elsewhere now. */
  #generation = 0;
  #refused: KeyError | null = null;
  #backOffMs = 0;
  #notBeforeMs = 0;

  constructor(options: TokenLinkOptions) {
    this.#options = options;
  }

  get generation(): number {
    return this.#generation;
  }

  /** How the token is called in messages. */
  get name(): string {
    const { token } = this.#options;
    return 'label' in token ? `token "${token.label}"` : `the token in slot ${token.slot}`;
  }

  /** @throws KeyError ERR_KEY_TOKEN: module or PIN; InabilityError ERR_UNABLE_KEY_STORE: the token is away */
  async run<Result>(call: InSession<Result>): Promise<Result> {
    this.#library ??= await Library.at(this.#options.module);
    try {
      return await this.#once(call, this.#library);
    } catch (error) {
      if (error instanceof SealwireError) throw error;
      this.#lose();
      if (!lostSessions.has(codeOf(error))) throw this.#away(error);
    }
    try {
      return await this.#once(call, this.#library);
    } catch (error) {
      if (error instanceof SealwireError) throw error;
      this.#lose();
      throw this.#away(error);
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#lose();
    this.#library?.release();
    this.#library = null;
  }

  async #once<Result>(call: InSession<Result>, library: Library): Promise<Result> {
    if (!this.#isOpen) this.#open(library);
    const generation = this.#generation;
    const session = this.#free.pop() ?? (await this.#nextFree());
    const giveBack = (): void => {
      if (generation !== this.#generation || !this.#isOpen) {
        closeQuietly(library.cryptoki, session);
        return;
      }
      const next = this.#waiting.shift();
      if (next === undefined) this.#free.push(session);
      else next(session);
    };
    const answer = library.during(() => call(library.cryptoki, session, library));
    let timer: NodeJS.Timeout | undefined;
    const tooLong = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        this.#abandoned++;
        timer = undefined;
        const back = (): void => {
          this.#abandoned--;
          closeQuietly(library.cryptoki, session);
        };
        answer.then(back, back);
        this.#lose();
        reject(this.#away(null));
      }, this.#options.callTimeoutMs ?? 10_000);
    });
    try {
      const result = await Promise.race([answer, tooLong]);
      this.#backOffMs = 0;
      return result;
    } finally {
      // A session that a call still holds is nobody else's.
      if (timer !== undefined) {
        clearTimeout(timer);
        giveBack();
      }
    }
  }

  async #nextFree(): Promise<Handle> {
    const session = await new Promise<Handle | null>((resolve) => this.#waiting.push(resolve));
    if (session === null) throw this.#away(null);
    return session;
  }

  #open(library: Library): void {
    if (this.#refused !== null) throw this.#refused;
    // A call that never came back holds a thread; no second one goes the same way.
    if (this.#isClosed || this.#abandoned > 0 || performance.now() < this.#notBeforeMs)
      throw this.#away(null);
    try {
      library.ready();
      const { cryptoki } = library;
      const slot = this.#slot(cryptoki);
      const flags = ck.CKF_SERIAL_SESSION | ck.CKF_RW_SESSION;
      this.#free = Array.from({ length: sessionCount }, () => cryptoki.C_OpenSession(slot, flags));
      this.#login(cryptoki, this.#free[0]!);
      this.#generation++;
      this.#isOpen = true;
    } catch (error) {
      this.#lose();
      if (error instanceof KeyError) throw (this.#refused = error);
      this.#backOffMs = Math.min(longestBackOffMs, Math.max(firstBackOffMs, 2 * this.#backOffMs));
      this.#notBeforeMs = performance.now() + this.#backOffMs;
      library.reset();
      throw error instanceof SealwireError ? error : this.#away(error);
    }
  }

  #login(cryptoki: Cryptoki, session: Handle): void {
    try {
      cryptoki.C_Login(session, ck.CKU_USER, this.#options.pin());
    } catch (error) {
      const code = codeOf(error);
      if (code === ckr.USER_ALREADY_LOGGED_IN) return;
      if (refusedPins.has(code))
        throw new KeyError(
          'ERR_KEY_TOKEN',
          `${this.name} refuses the PIN (${nameOf(error)}); it is not tried again. Correct keys.pkcs11 in sealwire.yaml, unlock the token where it is locked, and start again.`,
        );
      throw error;
    }
  }

  #slot(cryptoki: Cryptoki): Handle {
    const slots = cryptoki.C_GetSlotList(true);
    const { token } = this.#options;
    const labels = slots.map((slot) => cryptoki.C_GetTokenInfo(slot).label.trimEnd());
    const places =
      'label' in token ? labels.flatMap((label, i) => (label === token.label ? [i] : [])) : [token.slot];
    if (places.length > 1)
      throw new KeyError(
        'ERR_KEY_TOKEN',
        `${this.#options.module} has ${places.length} tokens of the label "${labels[places[0]!]!}"; give keys.pkcs11.slot, its place in the list.`,
      );
    const slot = places[0] === undefined ? undefined : slots[places[0]];
    if (slot !== undefined) return slot;
    throw new InabilityError(
      'ERR_UNABLE_KEY_STORE',
      `${this.name} is not there; the module has: ${labels.map((label) => `"${label}"`).join(', ') || 'none'}. Connect it, or correct keys.pkcs11 in sealwire.yaml.`,
    );
  }

  /** Whoever waits for a session hears it. */
  #lose(): void {
    const { cryptoki } = this.#library ?? {};
    this.#isOpen = false;
    this.#generation++;
    for (const session of this.#free.splice(0)) if (cryptoki !== undefined) closeQuietly(cryptoki, session);
    for (const next of this.#waiting.splice(0)) next(null);
  }

  #away(error: unknown): InabilityError {
    return new InabilityError(
      'ERR_UNABLE_KEY_STORE',
      `${this.name} does not answer${error === null ? '' : ` (${nameOf(error)})`}: nothing was signed or opened. It is tried again; see whether it is connected.`,
    );
  }
}

/** A session that was lost may not be there any more. */
function closeQuietly(cryptoki: Cryptoki, session: Handle): void {
  try {
    cryptoki.C_CloseSession(session);
  } catch {
    return;
  }
}

/** CKR_…; nothing else of what a module says is passed on. */
function nameOf(error: unknown): string {
  return /CKR_[A-Z_0-9]+/.exec(error instanceof Error ? error.message : '')?.[0] ?? 'an unknown error';
}
