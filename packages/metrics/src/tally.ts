// Counts events: cheap where they happen, bounded whatever they say.
import type { AuditEvent, AuditKind, AuditObserver, Transport } from '@sealwire/core';
import { folded, openLabels, type CounterRow, type LabelValues } from './counter-row.js';

/** One series of a counter. */
export interface Series {
  readonly values: LabelValues;
  count: number;
}

/** So many series a counter has at most before open labels are folded; about 2 MB each. */
const maxSeries = 10_000;

/** All counters of some rows. Never throws, whatever it is shown. */
export class Tally implements AuditObserver {
  readonly #seriesOf = new Map<CounterRow, Map<string, Series>>();
  readonly #rowsOf = new Map<AuditKind, CounterRow[]>();
  readonly #maxSeries: number;

  constructor(rows: readonly CounterRow[], limit = maxSeries) {
    this.#maxSeries = limit;
    for (const row of rows) {
      this.#seriesOf.set(row, new Map());
      for (const kind of row.kinds) {
        const known = this.#rowsOf.get(kind);
        if (known === undefined) this.#rowsOf.set(kind, [row]);
        else known.push(row);
      }
    }
  }

  observe(events: readonly AuditEvent[], transport: Transport): void {
    for (const event of events) {
      try {
        for (const row of this.#rowsOf.get(event.kind) ?? []) this.#count(row, event, transport);
      } catch {
        // Metrics are never worth a message: an event of a form that is not known here is not counted.
      }
    }
  }

  series(row: CounterRow): Iterable<Series> {
    return this.#seriesOf.get(row)?.values() ?? [];
  }

  #count(row: CounterRow, event: AuditEvent, transport: Transport): void {
    const values = row.values(event, transport);
    if (values === null) return;
    const all = this.#seriesOf.get(row)!;
    const amount = row.amount?.(event) ?? 1;
    const known = all.get(values.join('\0'));
    if (known !== undefined) {
      known.count += amount;
      return;
    }
    const kept = all.size < this.#maxSeries ? values : foldedOf(row, values);
    const name = kept.join('\0');
    const series = all.get(name);
    if (series === undefined) all.set(name, { values: kept, count: amount });
    else series.count += amount;
  }
}

const foldedOf = ({ labels }: CounterRow, values: LabelValues): LabelValues =>
  values.map((value, i) => (openLabels.has(labels[i]!) && value !== '' ? folded : value));
