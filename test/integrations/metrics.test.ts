// Observers of an open Sealwire, over real brokers: what a scrape and OpenTelemetry’s SDK show of messages that were sent, received and refused.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { secureConnect } from '@sealwire/amqp';
import { secureKafka } from '@sealwire/kafka';
import { openTelemetryMetrics, prometheusMetrics } from '@sealwire/metrics';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import kafkajs from 'kafkajs';
import { Registry } from 'prom-client';
import { bareKafka, fixture, openAs } from '../fixture.ts';
import { openStage as kafkaStage, sendValues, take } from '../kafka/stage.ts';
import { confirmed, Inbox, openStage as rabbitmqStage } from '../rabbitmq/stage.ts';

/** Both libraries over the Sealwires of one process. */
function newMetrics() {
  const register = new Registry();
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
  const meterProvider = new MeterProvider({ readers: [reader] });
  const both = [prometheusMetrics({ register }), openTelemetryMetrics({ meterProvider })];
  return {
    both,
    async open(agent: string, policy: string) {
      const sealwire = await openAs(agent, policy, { observers: both });
      for (const metrics of both) metrics.watch(sealwire);
      return sealwire;
    },
    /** The lines of a scrape, without those that explain. */
    async scraped(): Promise<string[]> {
      return (await register.metrics()).split('\n').filter((line) => line.startsWith('sealwire_'));
    },
    /** What a collection has under a name: attributes, in the order of their names, and the value. */
    async collected(instrument: string): Promise<[string, number][]> {
      const { resourceMetrics, errors } = await reader.collect();
      expect(errors).toEqual([]);
      return resourceMetrics.scopeMetrics
        .flatMap(({ metrics }) => metrics)
        .filter(({ descriptor }) => descriptor.name === instrument)
        .flatMap(({ dataPoints }) =>
          dataPoints.map(({ attributes, value }): [string, number] => [
            Object.entries(attributes)
              .map(([name, attribute]) => `${name}=${String(attribute)}`)
              .toSorted()
              .join(' '),
            value as number,
          ]),
        );
    },
    close: () => meterProvider.shutdown(),
  };
}

type Metrics = ReturnType<typeof newMetrics>;

/** Three sent and received, and one that is no message of anybody’s, which is quarantined. */
async function overKafka({ open }: Metrics): Promise<() => Promise<void>> {
  const stage = await kafkaStage();
  const { policy, topic, group } = stage;
  const clients = { brokers: fixture().kafka, logLevel: kafkajs.logLevel.NOTHING };
  const [sending, receiving] = [await open('orchestrator', policy), await open('researcher', policy)];
  const bare = stage.closes(bareKafka().producer());
  await bare.connect();
  await bare.send({ topic, messages: [{ value: 'of nobody', partition: 0 }] });
  const producer = secureKafka(sending, clients).producer();
  await producer.connect();
  await sendValues(producer, topic, ['a', 'b', 'c']);
  const consumer = secureKafka(receiving, clients).consumer({ groupId: group, maxWaitTimeInMs: 200 });
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  await take(consumer, 3);
  await consumer.disconnect();
  await producer.disconnect();
  return async () => {
    await sending.close();
    await receiving.close();
    await stage.close();
  };
}

async function overRabbitmq({ open }: Metrics): Promise<() => Promise<void>> {
  const stage = await rabbitmqStage();
  const { policy, queue, bare } = stage;
  const [sending, receiving] = [await open('orchestrator', policy), await open('researcher', policy)];
  bare.sendToQueue(queue, Buffer.from('of nobody'), { persistent: true });
  const [outgoing, incoming] = [
    await secureConnect(sending, fixture().rabbitmqUrl),
    await secureConnect(receiving, fixture().rabbitmqUrl),
  ];
  const channel = await outgoing.createConfirmChannel();
  for (const text of ['a', 'b', 'c']) await confirmed(channel, queue, text);
  const inbox = new Inbox();
  const consuming = await incoming.createChannel();
  await consuming.consume(queue, (message) => {
    inbox.take(message);
    if (message !== null) consuming.ack(message);
  });
  expect(await inbox.texts(3)).toEqual(['a', 'b', 'c']);
  await incoming.close();
  await outgoing.close();
  return async () => {
    await sending.close();
    await receiving.close();
    await stage.close();
  };
}

describe.each([
  ['kafka', overKafka, 'send'],
  ['rabbitmq', overRabbitmq, 'publish'],
] as const)('observers of Sealwires over %s', (system, exchange, send) => {
  let metrics: Metrics;
  let end: () => Promise<void>;
  beforeAll(async () => {
    metrics = newMetrics();
    end = await exchange(metrics);
  });
  afterAll(async () => {
    await end();
    await metrics.close();
  });

  test('a scrape has the messages of both ends, the refused one with its reason, and the connections', async () => {
    const lines = await metrics.scraped();
    const at = `system="${system}",channel="orders"`;
    for (const line of [
      `sealwire_messages_total{${at},direction="sent",result="acknowledged",encryption="sealed"} 3`,
      `sealwire_messages_total{${at},direction="received",result="delivered",encryption="sealed"} 3`,
      `sealwire_messages_total{${at},direction="received",result="quarantined",encryption="plaintext"} 1`,
    ])
      expect(lines).toContain(line);
    expect(lines.filter((line) => line.startsWith('sealwire_messages_total'))).toHaveLength(3);
    expect(lines.filter((line) => line.startsWith('sealwire_alerts_total'))).toEqual([
      `sealwire_alerts_total{system="${system}",type="encryption_failure",severity="high"} 1`,
    ]);
    expect(lines).toContain(`sealwire_audit_trail_events_total{system="${system}",event="started"} 2`);
    expect(lines.some((line) => /^sealwire_connections_total\{.*event="opened"/.test(line))).toBe(true);
  });

  test('OpenTelemetry’s SDK collects the same, and the counters of its messaging conventions', async () => {
    const own = await metrics.collected('sealwire.messages');
    expect(own.map(([, count]) => count).toSorted()).toEqual([1, 3, 3]);
    const sent = await metrics.collected('messaging.client.sent.messages');
    expect(sent).toEqual([
      [expect.stringContaining(`messaging.operation.name=${send} messaging.system=${system}`), 3],
    ]);
    const consumed = await metrics.collected('messaging.client.consumed.messages');
    expect(consumed).toEqual([
      [expect.stringContaining(`messaging.operation.name=process messaging.system=${system}`), 3],
    ]);
  });

  test('what the trails published shows once they are closed, and nothing waits', async () => {
    await end();
    end = async () => undefined;
    const lines = await metrics.scraped();
    expect(lines).toContain(`sealwire_audit_spool_depth{system="${system}"} 0`);
    expect(lines).toContain(`sealwire_audit_events_total{system="${system}",outcome="dropped"} 0`);
    const published = lines.find((line) => line.includes('outcome="published"'));
    // Two starts and two ends, seven messages, a checkpoint each, and the connections.
    expect(Number(published!.split(' ').at(-1))).toBeGreaterThanOrEqual(13);
    expect(lines).toContain(`sealwire_audit_trail_events_total{system="${system}",event="stopped"} 2`);
  });
});
