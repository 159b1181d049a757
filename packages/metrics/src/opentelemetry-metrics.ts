// OpenTelemetry metrics: those of the messaging conventions, and Sealwire’s own.
import {
  metrics,
  type Meter,
  type MeterProvider,
  type Observable,
  type ObservableResult,
} from '@opentelemetry/api';
import type { Transport } from '@sealwire/core';
import type { CounterRow, LabelValues } from './counter-row.js';
import { counterTable } from './counter-table.js';
import { messagingTable } from './messaging-table.js';
import type { SealwireMetrics } from './prometheus-metrics.js';
import { stateTable, type StateRow } from './state-table.js';
import { Tally } from './tally.js';
import { Watched } from './watched.js';

export interface OpenTelemetryMetricsOptions {
  /** Left out, the global one. */
  readonly meterProvider?: MeterProvider;
  /**
   * Transports that `messaging.client.*` is counted for; left out, both. Give `['rabbitmq']` where
   * @opentelemetry/instrumentation-kafkajs runs too, which counts Kafka’s.
   */
  readonly messagingSystems?: readonly Transport[];
}

/**
 * Makes Sealwire’s instruments. Give what is returned to `openSealwire` as an observer.
 * Observing never throws and takes memory for at most 10,000 series an instrument; further channels are counted as `_other`.
 */
export function openTelemetryMetrics(options: OpenTelemetryMetricsOptions = {}): SealwireMetrics {
  const { meterProvider = metrics, messagingSystems = ['kafka', 'rabbitmq'] } = options;
  const meter = meterProvider.getMeter('@sealwire/metrics');
  const own = new Tally(counterTable);
  const conventional = new Tally(messagingTable);
  const watched = new Watched();
  for (const row of counterTable) addCounter(meter, row, own);
  for (const row of messagingTable) addCounter(meter, row, conventional);
  for (const row of stateTable) addState(meter, row, watched);
  return {
    observe: (events, transport) => {
      own.observe(events, transport);
      if (messagingSystems.includes(transport)) conventional.observe(events, transport);
    },
    watch: (sealwire) => watched.watch(sealwire),
  };
}

function addCounter(meter: Meter, row: CounterRow, tally: Tally): void {
  const { instrument, unit, help, attributes } = row;
  meter.createObservableCounter(instrument, { unit, description: help }).addCallback((result) => {
    for (const { values, count } of tally.series(row)) result.observe(count, named(attributes, values));
  });
}

function addState(meter: Meter, row: StateRow, watched: Watched): void {
  const { instrument, unit, help, label } = row;
  const options = { unit, description: help };
  const made: Observable =
    row.type === 'counter'
      ? meter.createObservableCounter(instrument, options)
      : meter.createObservableGauge(instrument, options);
  made.addCallback((result: ObservableResult) => {
    for (const [system, totals] of watched.totals()) {
      for (const [value, amount] of Object.entries(row.values(totals)))
        result.observe(amount, {
          'messaging.system': system,
          ...(label === null ? {} : { [label.attribute]: value }),
        });
    }
  });
}

/** Attributes that say nothing are left out. */
const named = (attributes: readonly string[], values: LabelValues): Record<string, string> =>
  Object.fromEntries(
    attributes.flatMap((attribute, i) => (values[i] === '' ? [] : [[attribute, values[i]!]])),
  );
