// What the trails of some Sealwires say of themselves, summed up by transport.
import type { AuditState, Transport } from '@sealwire/core';

/** Of a Sealwire, what metrics read. */
export interface Watchable {
  auditStates(): readonly AuditState[];
}

/** All trails of one transport as one: sums, and the worst of what cannot be summed. */
export interface TrailTotals {
  readonly publishedEvents: number;
  readonly droppedEvents: number;
  readonly spooledEvents: number;
  readonly spoolBytes: number;
  readonly spoolMaxBytes: number;
  readonly publishLagSeconds: number;
  readonly checkpointAgeSeconds: number;
}

type Counted = Pick<AuditState, 'publishedEvents' | 'droppedEvents'>;

interface Watch {
  readonly sealwire: Watchable;
  readonly sinceMs: number;
  /** As last seen: what is closed may say nothing any more. */
  readonly last: Map<Transport, Counted>;
}

const nothing: Counted = { publishedEvents: 0, droppedEvents: 0 };

/** Holds on to what is watched until told to stop; what was counted by then stays counted. */
export class Watched {
  readonly #watches = new Set<Watch>();
  readonly #ended = new Map<Transport, Counted>();
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** @returns stops it */
  watch(sealwire: Watchable): () => void {
    const watch: Watch = { sealwire, sinceMs: this.#now(), last: new Map() };
    this.#watches.add(watch);
    return () => {
      if (!this.#watches.has(watch)) return;
      statesOf(watch);
      this.#watches.delete(watch);
      for (const [trail, counted] of watch.last)
        this.#ended.set(trail, plus(this.#ended.get(trail) ?? nothing, counted));
    };
  }

  totals(): ReadonlyMap<Transport, TrailTotals> {
    const nowMs = this.#now();
    const totals = new Map<Transport, TrailTotals>();
    for (const [trail, counted] of this.#ended) totals.set(trail, { ...none, ...counted });
    for (const watch of this.#watches) {
      const states = statesOf(watch);
      for (const state of states) {
        const before = totals.get(state.trail) ?? none;
        totals.set(state.trail, added(before, state, nowMs, watch.sinceMs));
      }
      for (const [trail, counted] of watch.last) {
        if (states.some((state) => state.trail === trail)) continue;
        const before = totals.get(trail) ?? none;
        totals.set(trail, { ...before, ...plus(before, counted) });
      }
    }
    return totals;
  }
}

const none: TrailTotals = {
  ...nothing,
  spooledEvents: 0,
  spoolBytes: 0,
  spoolMaxBytes: 0,
  publishLagSeconds: 0,
  checkpointAgeSeconds: 0,
};

function statesOf({ sealwire, last }: Watch): readonly AuditState[] {
  let states: readonly AuditState[];
  try {
    states = sealwire.auditStates();
  } catch {
    return []; // A scrape never fails because of what it looks at.
  }
  for (const { trail, publishedEvents, droppedEvents } of states) {
    last.set(trail, { publishedEvents, droppedEvents });
  }
  return states;
}

const plus = (a: Counted, b: Counted): Counted => ({
  publishedEvents: a.publishedEvents + b.publishedEvents,
  droppedEvents: a.droppedEvents + b.droppedEvents,
});

const secondsSince = (atMs: number, nowMs: number): number => Math.max(0, nowMs - atMs) / 1000;

function added(sum: TrailTotals, state: AuditState, nowMs: number, sinceMs: number): TrailTotals {
  const { oldestSpooledAtMs, lastCheckpointAtMs } = state;
  const lag = oldestSpooledAtMs === null ? 0 : secondsSince(oldestSpooledAtMs, nowMs);
  return {
    ...plus(sum, state),
    spooledEvents: sum.spooledEvents + state.spooledEvents,
    spoolBytes: sum.spoolBytes + state.spoolBytes,
    spoolMaxBytes: sum.spoolMaxBytes + state.spoolMaxBytes,
    publishLagSeconds: Math.max(sum.publishLagSeconds, lag),
    checkpointAgeSeconds: Math.max(
      sum.checkpointAgeSeconds,
      secondsSince(lastCheckpointAtMs ?? sinceMs, nowMs),
    ),
  };
}
