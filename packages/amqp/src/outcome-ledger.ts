// Tells the audit what became of sent messages: collected per turn of the event loop, never a promise per message.
import type { InClear, Outlet, Sealed } from '@sealwire/core';
import { pause, type HoldTimes } from './hold.js';

export type Outcome = 'acknowledged' | 'failed' | 'unknown';

/** Messages of one turn with the same outcome and destination. */
interface Group {
  readonly outcome: Outcome;
  readonly facts: { readonly exchange: string; readonly routing_key: string };
  readonly batch: (Sealed | InClear)[];
}

/** So many groups are looked at for one that fits: a publisher that goes round over more destinations makes more groups. */
const searched = 8;

/** What the trail refuses is tried again. That stays bounded: while the trail is full, sealing throws. */
export class OutcomeLedger {
  readonly #outlet: Outlet;
  readonly #times: HoldTimes;
  readonly #released = new AbortController();
  #groups: Group[] = [];
  readonly #underWay = new Set<Promise<void>>();
  #scheduled: Promise<void> | null = null;

  constructor(outlet: Outlet, times: HoldTimes) {
    this.#outlet = outlet;
    this.#times = times;
  }

  note(sealed: Sealed | InClear, outcome: Outcome, exchange: string, routingKey: string): void {
    this.#groupOf(outcome, exchange, routingKey).batch.push(sealed);
    this.#scheduled ??= new Promise((resolve) => {
      setImmediate(() => {
        this.#flush();
        resolve();
      });
    });
  }

  /** The last one nearly always; looked for among a few, because routing keys can be as many as messages. */
  #groupOf(outcome: Outcome, exchange: string, routingKey: string): Group {
    const groups = this.#groups;
    for (let i = groups.length - 1; i >= 0 && i >= groups.length - searched; i--) {
      const group = groups[i]!;
      const { facts } = group;
      if (group.outcome === outcome && facts.routing_key === routingKey && facts.exchange === exchange)
        return group;
    }
    const group: Group = { outcome, facts: { exchange, routing_key: routingKey }, batch: [] };
    groups.push(group);
    return group;
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
    const groups = this.#groups;
    this.#groups = [];
    for (const group of groups) {
      const work = this.#conclude(group).finally(() => this.#underWay.delete(work));
      this.#underWay.add(work);
    }
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
