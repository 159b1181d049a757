// What one row of the metric table says.
import type { AuditEvent, AuditKind, Transport } from '@sealwire/core';

/** Values of a row’s labels, in their order. An empty text says that there is none. */
export type LabelValues = readonly string[];

/** A counter, and which events it counts. */
export interface CounterRow {
  /** As Prometheus has it. */
  readonly name: string;
  /** As OpenTelemetry has it. */
  readonly instrument: string;
  readonly unit: string;
  readonly help: string;
  /** As Prometheus has them; OpenTelemetry’s are `attributes`, in the same order. */
  readonly labels: readonly string[];
  readonly attributes: readonly string[];
  readonly kinds: readonly AuditKind[];
  /** `null` where the event does not count. */
  readonly values: (event: AuditEvent, transport: Transport) => LabelValues | null;
  /** What one event adds; left out, 1. */
  readonly amount?: (event: AuditEvent) => number;
}

/** Labels whose values come from the policy or the broker: without a limit there could be any number of them. */
export const openLabels: ReadonlySet<string> = new Set([
  'channel',
  'sealwire.channel',
  'messaging.destination.name',
]);

/** Stands for all further values of an open label. No channel is named like this. */
export const folded = '_other';
