// Counters by OpenTelemetry’s messaging conventions, which have no like in Prometheus.
import type { AuditEvent } from '@sealwire/core';
import type { CounterRow } from './counter-row.js';

/** Kafka’s topic. What RabbitMQ’s would be, exchange and routing key, has no limit; the channel says it there. */
const destination = ({ facts }: AuditEvent): string => {
  const { topic } = facts;
  return typeof topic === 'string' ? topic : '';
};

const row = (
  instrument: string,
  help: string,
  parts: Pick<CounterRow, 'kinds' | 'values'> & { readonly attributes: readonly string[] },
): CounterRow => ({
  name: '',
  instrument,
  unit: '{message}',
  help,
  labels: parts.attributes,
  ...parts,
});

const common = [
  'messaging.system',
  'messaging.operation.name',
  'messaging.destination.name',
  'sealwire.channel',
] as const;

/** Semantic conventions 1.44, status “development”. */
export const messagingTable: readonly CounterRow[] = Object.freeze([
  row('messaging.client.sent.messages', 'Number of messages producer attempted to send to the broker.', {
    attributes: [...common, 'error.type'],
    kinds: ['message.sent'],
    values: (event, transport) => [
      transport,
      transport === 'kafka' ? 'send' : 'publish',
      destination(event),
      event.channel ?? '',
      event.outcome === 'acknowledged' ? '' : (event.code ?? event.outcome),
    ],
  }),
  row('messaging.client.consumed.messages', 'Number of messages that were delivered to the application.', {
    attributes: common,
    kinds: ['message.received'],
    values: (event, transport) => [transport, 'process', destination(event), event.channel ?? ''],
  }),
]);
