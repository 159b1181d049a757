// Brings events to their sink in order, in batches, and says when they are safe there.
import type { AuditEvent, AuditSink } from '@sealwire/core';
import { InabilityError } from '@sealwire/core';
import { AuditLines } from './audit-lines.js';

export interface AuditTrailOptions {
  readonly sink: AuditSink;
  /** The agent whose process writes. */
  readonly writer: string;
  /** Events that may wait in memory; beyond it nothing more is sealed. */
  readonly maxPending?: number;
  readonly firstRetryMs?: number;
  readonly maxRetryMs?: number;
}

/**
 * What happens to events when the sink refuses them.
 * `retry`: they are kept and tried again until they are safe (the message is already sent).
 * `reject`: they are given back, and the caller does not commit (the message can be read again).
 */
export type OnSinkFailure = 'retry' | 'reject';

interface Entry {
  readonly lines: readonly Buffer[];
  readonly onFailure: OnSinkFailure;
  readonly safe: () => void;
  readonly failed: (error: unknown) => void;
}

/** Largest number of events in one write to the sink. */
const maxWrite = 2_000;

/**
 * One writer's way to one sink. An event may be written twice where an acknowledgement is lost, never dropped while the
 * process lives; until a durable spool stands behind it, what waits in memory is lost with the process.
 */
export class AuditTrail {
  readonly #options: Required<AuditTrailOptions>;
  readonly #lines: AuditLines;
  #waiting: Entry[] = [];
  #pending = 0;
  #writing: Promise<void> | null = null;
  #wake: (() => void) | null = null;
  #closing = false;

  constructor(options: AuditTrailOptions) {
    this.#options = { maxPending: 100_000, firstRetryMs: 100, maxRetryMs: 5_000, ...options };
    this.#lines = new AuditLines(options.writer);
  }

  /** @throws InabilityError ERR_UNABLE_AUDIT where that many more events could not be kept */
  assertRoom(events: number): void {
    if (this.#pending + events > this.#options.maxPending || this.#closing) {
      throw new InabilityError(
        'ERR_UNABLE_AUDIT',
        'The audit trail is full because its topic or exchange does not take events. Nothing was sent; mend it and try again.',
        { pending: this.#pending },
      );
    }
  }

  /**
   * Resolves when every event is acknowledged by the sink.
   * @throws InabilityError ERR_UNABLE_AUDIT under `reject`, when the sink refused them
   */
  record(events: readonly AuditEvent[], onFailure: OnSinkFailure): Promise<void> {
    if (events.length === 0) return Promise.resolve();
    return new Promise<void>((safe, failed) => {
      // Here and not when they are written: what cannot be rendered must not hold up the events of others.
      const lines = events.map((event) => Buffer.from(this.#lines.line(event), 'latin1'));
      this.#pending += lines.length;
      this.#waiting.push({ lines, onFailure, safe, failed });
      this.#writing ??= this.#drain();
    });
  }

  /** Waits for what is under way, once more around the sink for what waits; then takes no more. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#wake?.();
    await this.#writing;
  }

  async #drain(): Promise<void> {
    // One turn of the event loop lets events of the same turn share a write.
    await Promise.resolve();
    const { writer } = this.#options;
    let delayMs = this.#options.firstRetryMs;
    while (this.#waiting.length > 0) {
      const entries = this.#take();
      try {
        await this.#options.sink.write({
          chain: writer,
          writer,
          lines: entries.flatMap(({ lines }) => lines),
        });
        delayMs = this.#options.firstRetryMs;
        for (const entry of entries) this.#settle(entry, null);
      } catch (error) {
        const kept = entries.filter((entry) => entry.onFailure === 'retry' && !this.#closing);
        this.#waiting.unshift(...kept);
        for (const entry of entries) if (!kept.includes(entry)) this.#settle(entry, error);
        if (kept.length > 0) await this.#pause(delayMs);
        delayMs = Math.min(delayMs * 2, this.#options.maxRetryMs);
      }
    }
    this.#writing = null;
  }

  #take(): Entry[] {
    let count = 0;
    let lines = 0;
    while (
      count < this.#waiting.length &&
      (count === 0 || lines + this.#waiting[count]!.lines.length <= maxWrite)
    ) {
      lines += this.#waiting[count++]!.lines.length;
    }
    return this.#waiting.splice(0, count);
  }

  #settle(entry: Entry, error: unknown): void {
    this.#pending -= entry.lines.length;
    if (error === null) entry.safe();
    else {
      entry.failed(
        new InabilityError(
          'ERR_UNABLE_AUDIT',
          'The audit topic or exchange did not take the events; nothing is committed until it does. Check that it exists and that this agent may write to it.',
          {},
          error,
        ),
      );
    }
  }

  #pause(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, delayMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
