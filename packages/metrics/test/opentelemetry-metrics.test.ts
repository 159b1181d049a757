// What the OpenTelemetry SDK collects.
import { expect, it } from '@jest/globals';
import {
  AggregationTemporality,
  DataPointType,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
  type MetricData,
} from '@opentelemetry/sdk-metrics';
import type { AuditEvent, Transport } from '@sealwire/core';
import { counterTable } from '../src/counter-table.js';
import { messagingTable } from '../src/messaging-table.js';
import { openTelemetryMetrics, type OpenTelemetryMetricsOptions } from '../src/opentelemetry-metrics.js';
import { stateTable } from '../src/state-table.js';
import { event, rejected } from './events.js';

type Point = readonly [Readonly<Record<string, unknown>>, number];

async function collected(
  events: readonly (readonly [Transport, AuditEvent[]])[],
  options: OpenTelemetryMetricsOptions = {},
): Promise<Map<string, { data: MetricData; points: Point[] }>> {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
  const meterProvider = new MeterProvider({ readers: [reader] });
  const metrics = openTelemetryMetrics({ ...options, meterProvider });
  metrics.watch({
    auditStates: () => [
      {
        trail: 'kafka',
        spooledEvents: 3,
        spoolBytes: 500,
        spoolMaxBytes: 1_000,
        publishedEvents: 7,
        droppedEvents: 2,
        oldestSpooledAtMs: Date.now() - 5_000,
        lastCheckpointAtMs: null,
      },
    ],
  });
  for (const [transport, some] of events) metrics.observe(some, transport);
  const { resourceMetrics, errors } = await reader.collect();
  await meterProvider.shutdown();
  expect(errors).toEqual([]);
  const all = resourceMetrics.scopeMetrics.flatMap(({ metrics: each }) => each);
  return new Map(
    all.map((data) => [
      data.descriptor.name,
      { data, points: data.dataPoints.map(({ attributes, value }) => [attributes, value as number]) },
    ]),
  );
}

it('counts by the messaging conventions: name, unit, attributes, and only what reached the application as consumed', async () => {
  const found = await collected([
    [
      'kafka',
      [
        event('message.sent', { facts: { topic: 'agent-messages', partition: 1 } }),
        event('message.sent', { facts: { topic: 'agent-messages' }, outcome: 'unknown' }),
        event('message.received', { facts: { topic: 'agent-messages' }, outcome: 'delivered' }),
        rejected('ERR_POLICY_SENDER', { facts: { topic: 'agent-messages' } }),
      ],
    ],
    ['rabbitmq', [event('message.sent', { facts: { exchange: '', routing_key: 'one-of-many' } })]],
  ]);
  const sent = found.get('messaging.client.sent.messages')!;
  expect(sent.data.descriptor).toMatchObject({ unit: '{message}' });
  expect(sent.data).toMatchObject({ dataPointType: DataPointType.SUM, isMonotonic: true });
  const kafka = {
    'messaging.system': 'kafka',
    'messaging.operation.name': 'send',
    'messaging.destination.name': 'agent-messages',
    'sealwire.channel': 'orders',
  };
  expect(sent.points).toEqual([
    [kafka, 1],
    [{ ...kafka, 'error.type': 'unknown' }, 1],
    [
      {
        'messaging.system': 'rabbitmq',
        'messaging.operation.name': 'publish',
        'sealwire.channel': 'orders',
      },
      1,
    ],
  ]);
  expect(found.get('messaging.client.consumed.messages')?.points).toEqual([
    [{ ...kafka, 'messaging.operation.name': 'process' }, 1],
  ]);
});

it('leaves Kafka’s messages to the instrumentation that counts them already', async () => {
  const events = [
    ['kafka', [event('message.sent')]],
    ['rabbitmq', [event('message.sent')]],
  ] as const;
  const found = await collected(
    events.map(([transport, some]) => [transport, [...some]]),
    { messagingSystems: ['rabbitmq'] },
  );
  const systems = (name: string): unknown[] =>
    found.get(name)!.points.map(([attributes]) => attributes['messaging.system']);
  expect(systems('messaging.client.sent.messages')).toEqual(['rabbitmq']);
  expect(systems('sealwire.messages')).toEqual(['kafka', 'rabbitmq']);
});

it('has every instrument of the tables', async () => {
  const kinds = [...new Set(counterTable.flatMap((row) => row.kinds))];
  const codes = [
    'ERR_POLICY_SENDER',
    'ERR_VALIDATION_PAYLOAD',
    'ERR_INTEGRITY_MAC',
    'ERR_POLICY_REPLAY',
  ] as const;
  const found = await collected([
    [
      'kafka',
      [
        ...kinds.map((kind) => event(kind, { code: 'ERR_USAGE_TLS_EXPIRED' })),
        ...codes.map((code) => rejected(code)),
      ],
    ],
  ]);
  const names = [...counterTable, ...messagingTable, ...stateTable].map(({ instrument }) => instrument);
  expect([...found.keys()].sort()).toEqual(names.sort());
});

it('shows how trails stand', async () => {
  const found = await collected([]);
  expect(found.get('sealwire.audit.events')?.points).toEqual([
    [{ 'messaging.system': 'kafka', 'sealwire.outcome': 'published' }, 7],
    [{ 'messaging.system': 'kafka', 'sealwire.outcome': 'dropped' }, 2],
  ]);
  expect(found.get('sealwire.audit.spool.size')).toMatchObject({
    data: { descriptor: { unit: 'By' }, dataPointType: DataPointType.GAUGE },
    points: [[{ 'messaging.system': 'kafka' }, 500]],
  });
  expect(found.get('sealwire.audit.publish.lag')?.points[0]?.[1]).toBeGreaterThanOrEqual(5);
});

it('works, and costs nothing, where no meter provider was registered', () => {
  const metrics = openTelemetryMetrics();
  expect(() => metrics.observe([event('message.sent')], 'kafka')).not.toThrow();
});
