// A token that the program gets, kept for as long as it lasts and renewed before it ends.
import { InabilityError, type BearerToken, type Clock, type TokenProvider } from '@sealwire/core';
import { tokenFault } from './bearer-token.js';

const patienceMs = 10_000;
/** How long before its end a token is renewed, where it lasts long enough for that. */
const marginMs = 60_000;
/** For how long a provider that failed is let alone while the last token lasts. */
const pauseMs = 5_000;

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
   * The same for all who ask until it is due; then one renewal for all of them, which nobody waits for while the last
   * one lasts. A token that cannot be renewed serves until its end.
   * @throws InabilityError ERR_UNABLE_TOKEN without the token and without what the provider said
   */
  async get(): Promise<string> {
    const kept = this.#kept;
    const nowMs = this.#clock.nowMs();
    if (kept === null || nowMs >= kept.expiresAtMs) return (await this.#renewed()).value;
    if (nowMs >= kept.renewAtMs)
      this.#renewed().catch(() => {
        if (this.#kept === kept) this.#kept = { ...kept, renewAtMs: this.#clock.nowMs() + pauseMs };
      });
    return kept.value;
  }

  #renewed(): Promise<Kept> {
    return (this.#renewal ??= this.#renew().finally(() => {
      this.#renewal = null;
    }));
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
    const patience = new AbortController();
    const { signal } = patience;
    let timer: NodeJS.Timeout | undefined;
    let given: BearerToken | null;
    try {
      const late = new Promise<never>((_, reject) => {
        timer = setTimeout(() => {
          patience.abort(new DOMException('It took too long.', 'TimeoutError'));
          reject(new Error('late'));
        }, this.#patienceMs).unref();
      });
      // A provider that throws at once must not leave `late` to nobody: what it rejects later would end the process.
      const answer = Promise.resolve().then(() => this.#provider({ agent: this.#agent, signal }));
      given = await Promise.race([answer, late]);
    } catch {
      throw unable(
        signal.aborted ? `did not answer within ${this.#patienceMs} ms` : 'failed; see its own log',
      );
    } finally {
      clearTimeout(timer);
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
