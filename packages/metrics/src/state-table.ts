// The table: what of a trail’s state is which metric.
import type { TrailTotals } from './watched.js';

/** A value of each transport’s trails, read when metrics are collected. */
export interface StateRow {
  readonly name: string;
  readonly instrument: string;
  readonly type: 'counter' | 'gauge';
  readonly unit: string;
  readonly help: string;
  /** Beside the transport’s. */
  readonly label: { readonly name: string; readonly attribute: string } | null;
  /** By the label’s value; by the empty text where there is no label. */
  readonly values: (totals: TrailTotals) => Readonly<Record<string, number>>;
}

const gauge = (
  name: string,
  instrument: string,
  unit: string,
  help: string,
  field: keyof TrailTotals,
): StateRow => ({
  name,
  instrument,
  type: 'gauge',
  unit,
  help,
  label: null,
  values: (totals) => ({ '': totals[field] }),
});

export const stateTable: readonly StateRow[] = Object.freeze([
  {
    name: 'sealwire_audit_events_total',
    instrument: 'sealwire.audit.events',
    type: 'counter',
    unit: '{event}',
    help: 'Audit events that every sink has, and events that were dropped because the policy says so of a full spool.',
    label: { name: 'outcome', attribute: 'sealwire.outcome' },
    values: ({ publishedEvents, droppedEvents }) => ({ published: publishedEvents, dropped: droppedEvents }),
  },
  gauge(
    'sealwire_audit_spool_depth',
    'sealwire.audit.spool.depth',
    '{event}',
    'Audit events that are safe on the disk and not yet with every sink.',
    'spooledEvents',
  ),
  gauge('sealwire_audit_spool_bytes', 'sealwire.audit.spool.size', 'By', 'Size of the spools.', 'spoolBytes'),
  gauge(
    'sealwire_audit_spool_limit_bytes',
    'sealwire.audit.spool.limit',
    'By',
    'Size that the spools may have; when it is reached nothing more is sent, committed or acknowledged.',
    'spoolMaxBytes',
  ),
  gauge(
    'sealwire_audit_publish_lag_seconds',
    'sealwire.audit.publish.lag',
    's',
    'How long ago the oldest audit event happened that is not yet with every sink; 0 where there is none.',
    'publishLagSeconds',
  ),
  gauge(
    'sealwire_audit_checkpoint_age_seconds',
    'sealwire.audit.checkpoint.age',
    's',
    'How long ago the newest checkpoint was signed; where there is none yet, how long the trail has been watched.',
    'checkpointAgeSeconds',
  ),
]);
