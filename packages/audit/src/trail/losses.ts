// Where the policy would rather lose events than wait: what was dropped, and the events that tell it.
import { agentEvent, type AuditEvent } from '@sealwire/core';

/** How often it warns, at most. */
const warnEveryMs = 60_000;

export class Losses {
  readonly #agent: string;
  readonly #untilMs: number;
  readonly #nowMs: () => number;
  #untold = 0;
  #telling = 0;
  #total = 0;
  #warnedAt = -Infinity;

  constructor(agent: string, untilMs: number, nowMs: () => number) {
    this.#agent = agent;
    this.#untilMs = untilMs;
    this.#nowMs = nowMs;
  }

  /** Whether what there is no room for is dropped at this time. */
  get areTaken(): boolean {
    return this.#nowMs() < this.#untilMs;
  }

  /** Events that were dropped since the start. */
  get total(): number {
    return this.#total;
  }

  add(events: number): void {
    this.#untold += events;
    this.#total += events;
    if (performance.now() - this.#warnedAt < warnEveryMs) return;
    this.#warnedAt = performance.now();
    process.emitWarning(
      `AUDIT EVENTS ARE LOST: the audit spool is full and the policy says when_full: drop. ${this.#total} so far. Mend the audit topic.`,
      'SealwireWarning',
    );
  }

  /** The events, with one before them that tells what is missing there. `written` says that they were. */
  told(events: readonly AuditEvent[]): readonly AuditEvent[] {
    this.#telling = this.#untold;
    if (this.#telling === 0) return events;
    const gap = agentEvent(this.#agent, {
      kind: 'audit.gap',
      timestampMs: this.#nowMs(),
      outcome: 'dropped',
      encryptionStatus: 'failed',
      facts: { reason: 'spool_full', events: this.#telling },
    });
    return [gap, ...events];
  }

  written(): void {
    this.#untold -= this.#telling;
    this.#telling = 0;
  }
}
