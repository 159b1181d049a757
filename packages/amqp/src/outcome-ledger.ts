// Tells the audit what became of sent messages: collected per turn of the event loop, never a promise per message.
import type { Outlet, Sealed } from '@sealwire/core';
import { pause, type HoldTimes } from './hold.js';

export type Outcome = 'acknowledged' | 'failed' | 'unknown';

/** Messages of one turn with the same outcome and destination. */
interface Group {
  readonly outcome: Outcome;
  readonly facts: { readonly exchange: string; readonly routing_key: string };
  readonly batch: Sealed[];
}

/** What the trail refuses is tried again. That stays bounded: while the trail is full, sealing throws. */
export class OutcomeLedger {
  readonly #outlet: Outlet;
  readonly #times: HoldTimes;
  readonly #released = new AbortController();
  readonly #groups = new Map<string, Group>();
  readonly #underWay = new Set<Promise<void>>();
  #scheduled: Promise<void> | null = null;

  constructor(outlet: Outlet, times: HoldTimes) {
    this.#outlet = outlet;
    this.#times = times;
  }

  note(sealed: Sealed, outcome: Outcome, exchange: string, routingKey: string): void {
    const key = `${outcome} ${exchange.length} ${exchange}${routingKey}`;
    const group = this.#groups.get(key);
    if (group === undefined)
      this.#groups.set(key, { outcome, facts: { exchange, routing_key: routingKey }, batch: [sealed] });
    else group.batch.push(sealed);
    this.#scheduled ??= new Promise((resolve) => {
      setImmediate(() => {
        this.#flush();
        resolve();
      });
    });
  }

  /** Settles when everything noted so far is safe, or given up. */
  async drain(): Promise<void> {
    await this.#scheduled;
    await Promise.all(this.#underWay);
  }

  /** From now on nothing is tried twice: the trail itself says “unknown” of what is missing. */
  release(): void {
    this.#released.abort();
  }

  #flush(): void {
    this.#scheduled = null;
    for (const group of this.#groups.values()) {
      const work = this.#conclude(group).finally(() => this.#underWay.delete(work));
      this.#underWay.add(work);
    }
    this.#groups.clear();
  }

  async #conclude({ outcome, facts, batch }: Group): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      try {
        await this.#outlet.conclude(batch, outcome, facts);
        return;
      } catch {
        if (!(await pause(attempt, this.#times, this.#released.signal))) return;
      }
    }
  }
}
