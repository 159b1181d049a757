// Prometheus metrics: an observer of audit events, and gauges of how the trails stand.
import { Counter, Gauge, register as globalRegister, type Registry } from '@prometheus-io/client';
import type { AuditObserver } from '@sealwire/core';
import type { CounterRow } from './counter-row.js';
import { counterTable } from './counter-table.js';
import { stateTable, type StateRow } from './state-table.js';
import { Tally } from './tally.js';
import { Watched, type Watchable } from './watched.js';

/** A `Registry` of @prometheus-io/client, or of prom-client 15, from which it comes. */
export interface MetricsRegistry {
  registerMetric(metric: object): void;
}

export interface PrometheusMetricsOptions {
  /** Left out, the global registry of @prometheus-io/client. */
  readonly register?: MetricsRegistry;
}

/** Counts the audit events that it is shown, and reads the states of the Sealwires that it watches at each scrape. */
export interface SealwireMetrics extends AuditObserver {
  /**
   * Shows how the audit trails of a Sealwire stand, until the function that is returned is called. Trails of one transport
   * are one series: sizes are summed, of ages the largest counts.
   */
  watch(sealwire: Watchable): () => void;
}

/**
 * Registers Sealwire’s metrics. Give what is returned to `openSealwire` as an observer, of as many Sealwires as you like.
 * Observing never throws and takes memory for at most 10,000 series a counter; further channels are counted as `_other`.
 * @throws Error of the library where the registry has Sealwire’s metrics already
 */
export function prometheusMetrics({
  register = globalRegister,
}: PrometheusMetricsOptions = {}): SealwireMetrics {
  const tally = new Tally(counterTable);
  const watched = new Watched();
  // Neither library looks at the class of the other’s.
  const registers = [register] as never[];
  for (const row of counterTable) addCounter(row, tally, registers);
  for (const row of stateTable) addState(row, watched, registers);
  return {
    observe: (events, transport) => tally.observe(events, transport),
    watch: (sealwire) => watched.watch(sealwire),
  };
}

function addCounter(row: CounterRow, tally: Tally, registers: Registry[]): void {
  const { name, help, labels } = row;
  new Counter({
    name,
    help,
    labelNames: [...labels],
    registers,
    collect() {
      this.reset();
      for (const { values, count } of tally.series(row)) {
        this.inc(Object.fromEntries(labels.map((label, i) => [label, values[i]!])), count);
      }
    },
  });
}

function addState(row: StateRow, watched: Watched, registers: Registry[]): void {
  const { name, help, label, type } = row;
  const labelNames = ['system', ...(label === null ? [] : [label.name])];
  const each = function* (): Generator<[Record<string, string>, number]> {
    for (const [system, totals] of watched.totals()) {
      for (const [value, amount] of Object.entries(row.values(totals)))
        yield [{ system, ...(label === null ? {} : { [label.name]: value }) }, amount];
    }
  };
  if (type === 'gauge')
    new Gauge({
      name,
      help,
      labelNames,
      registers,
      collect() {
        this.reset();
        for (const [labels, amount] of each()) this.set(labels, amount);
      },
    });
  else
    new Counter({
      name,
      help,
      labelNames,
      registers,
      collect() {
        this.reset();
        for (const [labels, amount] of each()) this.inc(labels, amount);
      },
    });
}
