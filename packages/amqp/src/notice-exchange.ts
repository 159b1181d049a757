// The exchange by which writers tell one another of their checkpoints. Nothing that an application sends or reads waits for it.
import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { NoticeBoard } from '@sealwire/core';
import { ConfirmedWriter } from './confirmed-writer.js';
import { declareNotices } from './declare-target.js';
import type { OwnConnection } from './own-connection.js';
import { readNotices } from './read-notices.js';

export interface NoticeExchangeParts {
  readonly exchange: string;
  /** How the names of its queues begin (`noticeQueues`). */
  readonly queues: string;
  /** Its own: what goes wrong with this exchange must not meet what audit events are written with. */
  readonly own: OwnConnection;
  readonly tellEveryMs?: number;
  readonly bindEveryMs?: number;
  readonly firstRetryMs?: number;
}

/** An exchange keeps nothing: who comes later hears of a chain within this time. */
const defaultTellEveryMs = 5 * 60_000;
/** So long nothing is heard where the exchange was deleted and made again. */
const defaultBindEveryMs = 30_000;
/** Nobody believes older ones (audit/SPEC.md, A-20). */
const toldForMs = 90 * 60_000;
const maxRetryMs = 60_000;
/** Reading that lasted so long was good. */
const calmMs = 60_000;
const warnEveryMs = 60_000;

export class NoticeExchange implements NoticeBoard {
  readonly #parts: NoticeExchangeParts;
  readonly #writer: ConfirmedWriter;
  /** Of each chain the newest that this process has put, and when. */
  readonly #newest = new Map<string, { readonly notice: Buffer; readonly atMs: number }>();
  #take: ((notices: readonly Buffer[]) => Promise<void>) | null = null;
  #clients = 0;
  #ending: AbortController | null = null;
  #telling: NodeJS.Timeout | undefined;
  #warnedMs = -Infinity;

  constructor(parts: NoticeExchangeParts) {
    this.#parts = parts;
    const { exchange, own } = parts;
    this.#writer = new ConfirmedWriter(
      own,
      'ERR_UNABLE_AUDIT',
      (open) => declareNotices(exchange, open),
      `The exchange of notices ${exchange}`,
    );
    // It closes whenever there is nothing to read or write.
    own.release();
  }

  async put(chain: string, notice: Buffer): Promise<void> {
    this.#newest.set(chain, { notice, atMs: performance.now() });
    await this.#write([notice]);
  }

  follow(take: (notices: readonly Buffer[]) => Promise<void>): void {
    this.#take = take;
    this.#begin();
  }

  /** A client of the application’s has connected. */
  join(): void {
    this.#clients++;
    this.#begin();
  }

  /** Such a client is gone: with the last one, reading ends. */
  leave(): void {
    if (--this.#clients > 0) return;
    this.#ending?.abort();
    this.#ending = null;
    clearInterval(this.#telling);
  }

  #begin(): void {
    if (this.#take === null || this.#clients === 0 || this.#ending !== null) return;
    const { own, tellEveryMs = defaultTellEveryMs } = this.#parts;
    const ending = new AbortController();
    this.#ending = ending;
    void own.during(() => this.#read(this.#take!, ending.signal));
    this.#telling = setInterval(() => void this.#tellAgain(), tellEveryMs).unref();
  }

  /** Until it is ended. Never rejects. */
  async #read(take: (notices: readonly Buffer[]) => Promise<void>, signal: AbortSignal): Promise<void> {
    const { exchange, own, firstRetryMs = 1_000, bindEveryMs = defaultBindEveryMs } = this.#parts;
    for (let failures = 0; !signal.aborted; failures++) {
      const beganMs = performance.now();
      let reason = 'the connection was lost';
      await readNotices({
        exchange,
        queue: this.#parts.queues + randomBytes(16).toString('hex'),
        open: () => own.channel(),
        take,
        signal,
        bindEveryMs,
      }).catch((error: unknown) => {
        reason = error instanceof Error ? error.message : String(error);
      });
      if (signal.aborted) return;
      if (performance.now() - beganMs >= calmMs) failures = 0;
      else this.#warn(reason);
      const delayMs = Math.min(maxRetryMs, firstRetryMs * 2 ** Math.min(failures, 20));
      await pause(delayMs, null, { signal, ref: false }).catch(() => undefined);
    }
  }

  /** The same bytes, with the time at which they were made. What fails is tried again the next time. */
  async #tellAgain(): Promise<void> {
    const sinceMs = performance.now() - toldForMs;
    for (const [chain, { atMs }] of this.#newest) if (atMs < sinceMs) this.#newest.delete(chain);
    await this.#write([...this.#newest.values()].map(({ notice }) => notice)).catch(() => undefined);
  }

  async #write(notices: readonly Buffer[]): Promise<void> {
    if (notices.length === 0) return;
    const { exchange } = this.#parts;
    const written = await this.#writer.write(
      notices.map((content) => ({
        exchange,
        routingKey: '',
        content,
        // Where nobody else is there, nobody needs it.
        options: { mandatory: false, persistent: false },
      })),
    );
    const missing = written.filter((one) => !one).length;
    if (missing > 0) throw this.#writer.unwritten(missing);
  }

  #warn(reason: string): void {
    if (performance.now() - this.#warnedMs < warnEveryMs) return;
    this.#warnedMs = performance.now();
    process.emitWarning(
      `Notices of audit checkpoints cannot be read from the exchange ${this.#parts.exchange}: ${reason}. Messages and events go on as before; reading is tried again. Declare a durable fanout exchange of that name, and give this agent its rights (sealwire acl).`,
      'SealwireWarning',
    );
  }
}
