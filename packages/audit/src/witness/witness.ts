// Tells other writers of this process’s newest checkpoints, and hears of theirs, so that each one’s are named by others.
import type { Clock, NoticeBoard } from '@sealwire/core';
import type { SeenChain } from '../chain/checkpoint-text.js';
import { noteKeyHash, signedNote } from '../chain/signed-note.js';
import type { CheckpointSigner } from '../trail/checkpoints.js';
import { HeardChains } from './heard-chains.js';
import { hearingOrder } from './hearing-order.js';
import { noticeText, parseNotice, type ParsedNotice } from './notice.js';
import { isTrusted, type NoticeTrust } from './notice-trust.js';
import { WorkBudget } from './work-budget.js';

export interface WitnessParts extends NoticeTrust {
  /** Who writes here, as events name it. */
  readonly agent: string;
  readonly signer: CheckpointSigner;
  readonly clock: Clock;
  readonly firstRetryMs?: number;
}

/** Of some ten microseconds each, and of some two hundred: a flood of notices takes some hundredths of a core. */
const parsed = { perSecond: 1_000, atOnce: 30_000 };
/** Apart from those, for what has no form must not keep what has one from being verified. */
const verified = { perSecond: 50, atOnce: 1_500 };
/** Of these many signatures, the loop gets a turn. */
const verifiedPerTurn = 32;
/** So long nothing more is read where there was too much. */
const floodPauseMs = 1_000;
const maxRetryMs = 60_000;
const warnEveryMs = 60_000;

export class Witness {
  readonly #parts: WitnessParts;
  readonly #boards: NoticeBoard[] = [];
  readonly #heard = new HeardChains();
  readonly #parsing = new WorkBudget(parsed.perSecond, parsed.atOnce);
  readonly #verifying = new WorkBudget(verified.perSecond, verified.atOnce);
  /** The newest of each chain of this process’s that is to be told of. */
  readonly #untold = new Map<string, SeenChain>();
  readonly #own = new Set<string>();
  #telling: Promise<void> | null = null;
  /** From when on nothing is tried again. */
  #closing = false;
  #endPause: () => void = () => undefined;
  #warnedMs = -Infinity;

  constructor(parts: WitnessParts) {
    this.#parts = parts;
  }

  /** Several clients of one process reach the same place: where one fails, the next is asked. */
  add(board: NoticeBoard): void {
    if (this.#boards.includes(board)) return;
    this.#boards.push(board);
    board.follow((notices) => this.#hear(notices));
    this.#tellOn();
  }

  /** A checkpoint of this process’s stands on the topic. What cannot be told is tried again, and holds up nothing. */
  tell(checkpoint: SeenChain): void {
    this.#own.add(checkpoint.chain);
    this.#untold.set(checkpoint.chain, checkpoint);
    this.#tellOn();
  }

  /** Checkpoints of others that are to be named next; each that was heard of comes up again. @param except chains that are not */
  choose(max: number, except: ReadonlySet<string>): readonly SeenChain[] {
    return this.#heard.choose(max, new Set([...except, ...this.#own]), this.#parts.clock.nowMs());
  }

  /** Tries once more what is untold. Never rejects. */
  async close(withinMs: number): Promise<void> {
    this.#closing = true;
    this.#endPause();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, withinMs)));
    await Promise.race([this.#telling, late]);
    clearTimeout(timer);
    this.#untold.clear();
  }

  #tellOn(): void {
    if (this.#boards.length === 0 || this.#untold.size === 0) return;
    this.#telling ??= this.#tellAll().finally(() => {
      this.#telling = null;
    });
  }

  async #tellAll(): Promise<void> {
    const { firstRetryMs = 1_000 } = this.#parts;
    for (let failures = 0; ;) {
      const [next] = this.#untold.values();
      if (next === undefined) return;
      this.#untold.delete(next.chain);
      try {
        await this.#put(next, failures);
        failures = 0;
      } catch (error) {
        this.#warn(error);
        if (this.#closing) continue;
        // Unless there is a newer one meanwhile.
        if (!this.#untold.has(next.chain)) this.#untold.set(next.chain, next);
        await this.#pause(Math.min(maxRetryMs, firstRetryMs * 2 ** Math.min(failures++, 20)));
      }
    }
  }

  async #put({ chain, sequence, leafHash }: SeenChain, attempt: number): Promise<void> {
    const { place, agent, signer, clock } = this.#parts;
    const key = signer.current();
    if (key === null) throw new Error('there is no key to sign with');
    const text = noticeText({
      place,
      chain,
      sequence,
      leafHash,
      keyId: key.keyId.toString('hex'),
      timeMs: clock.nowMs(),
    });
    const signature = await key.sign(Buffer.from(text));
    const notice = signedNote(text, agent, noteKeyHash(key.publicKey), signature);
    await this.#boards[attempt % this.#boards.length]!.put(chain, Buffer.from(notice));
  }

  /** Never rejects. Anybody may have written them. */
  async #hear(notices: readonly Buffer[]): Promise<void> {
    const nowMs = this.#parts.clock.nowMs();
    const news: ParsedNotice[] = [];
    let isTooMuch = false;
    // What has lain there for long may be too old soon.
    for (let i = notices.length - 1; i >= 0 && !isTooMuch; i--) {
      isTooMuch = !this.#parsing.spend(1);
      const notice = isTooMuch ? null : parseNotice(notices[i]!);
      if (notice !== null && this.#isNews(notice, nowMs)) news.push(notice);
    }
    for (const [i, notice] of hearingOrder(news).entries()) {
      if (this.#closing) return;
      if (!this.#isNews(notice, nowMs)) continue;
      if (!this.#verifying.spend(1)) {
        isTooMuch = true;
        break;
      }
      if (isTrusted(notice, this.#parts, nowMs)) this.#heard.add(notice, nowMs);
      if (i % verifiedPerTurn === verifiedPerTurn - 1) await new Promise((resolve) => setImmediate(resolve));
    }
    if (isTooMuch && !this.#closing)
      await new Promise((resolve) => setTimeout(resolve, floodPauseMs).unref());
  }

  #isNews(notice: ParsedNotice, nowMs: number): boolean {
    return !this.#own.has(notice.chain) && this.#heard.isNews(notice, nowMs);
  }

  #pause(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, delayMs).unref();
      this.#endPause = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #warn(error: unknown): void {
    if (performance.now() - this.#warnedMs < warnEveryMs) return;
    this.#warnedMs = performance.now();
    const reason = error instanceof Error ? error.message : String(error);
    process.emitWarning(
      `Notices of audit checkpoints cannot be written, so that others cannot name this process’s: ${reason}. Events are published as before; notices are tried again.`,
      'SealwireWarning',
    );
  }
}
