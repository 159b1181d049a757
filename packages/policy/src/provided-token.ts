// A token that the program gets, kept for as long as it lasts and renewed before it ends.
import { InabilityError, type BearerToken, type Clock, type TokenProvider } from '@sealwire/core';
import { tokenFault } from './bearer-token.js';

const patienceMs = 10_000;
/** How long before its end a token is renewed, where it lasts long enough for that. */
const marginMs = 60_000;

interface Kept extends BearerToken {
  readonly renewAtMs: number;
}

export class ProvidedToken {
  readonly #provider: TokenProvider;
  readonly #agent: string;
  readonly #clock: Clock;
  readonly #patienceMs: number;
  #kept: Kept | null = null;
  #renewal: Promise<Kept> | null = null;

  constructor(provider: TokenProvider, agent: string, clock: Clock, patience = patienceMs) {
    this.#provider = provider;
    this.#agent = agent;
    this.#clock = clock;
    this.#patienceMs = patience;
  }

  /**
   * The same for all who ask until it is due; then one renewal for all of them. A token that cannot be renewed serves
   * until its end.
   * @throws InabilityError ERR_UNABLE_TOKEN without the token and without what the provider said
   */
  async get(): Promise<string> {
    const nowMs = this.#clock.nowMs();
    if (this.#kept !== null && nowMs < this.#kept.renewAtMs) return this.#kept.value;
    this.#renewal ??= this.#renew().finally(() => {
      this.#renewal = null;
    });
    try {
      return (await this.#renewal).value;
    } catch (error) {
      const last = this.#kept;
      if (last !== null && this.#clock.nowMs() < last.expiresAtMs) return last.value;
      throw error;
    }
  }

  async #renew(): Promise<Kept> {
    const nowMs = this.#clock.nowMs();
    const { value, expiresAtMs } = await this.#ask();
    const fault = tokenFault(value);
    if (fault !== null) throw unable(`gave what is no token: ${fault}`);
    if (!Number.isFinite(expiresAtMs) || expiresAtMs <= this.#clock.nowMs())
      throw unable('gave a token that is over, or without expiresAtMs (ms since 1970)');
    // Of a short one half is used, so that a login always gets one that goes on for a while.
    const renewAtMs = Math.max(expiresAtMs - marginMs, nowMs + (expiresAtMs - nowMs) / 2);
    return (this.#kept = { value, expiresAtMs, renewAtMs });
  }

  async #ask(): Promise<BearerToken> {
    const signal = AbortSignal.timeout(this.#patienceMs);
    let given: BearerToken | null;
    try {
      const late = new Promise<never>((_, reject) => {
        signal.addEventListener('abort', () => reject(new Error('late')), { once: true });
      });
      given = await Promise.race([this.#provider({ agent: this.#agent, signal }), late]);
    } catch {
      throw unable(
        signal.aborted ? `did not answer within ${this.#patienceMs} ms` : 'failed; see its own log',
      );
    }
    if (given === null || typeof given !== 'object') throw unable('gave nothing');
    return given;
  }
}

/** Without a cause: it may quote the token, or what the token was got with. */
const unable = (what: string): InabilityError =>
  new InabilityError(
    'ERR_UNABLE_TOKEN',
    `There is no token to log in with: the provider ${what}. It is asked again at the next connection.`,
  );
