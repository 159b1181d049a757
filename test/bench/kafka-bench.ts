// Produce and consume through a real Kafka over TLS 1.3: wrapped against bare kafkajs, and against bare with as many bytes.
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { secureKafka } from '@sealwire/kafka';
import type { Kafka } from 'kafkajs';
import { bareKafka, createTopics, fixture, fresh, openAs, withAdmin, writePolicy } from '../fixture.ts';
import { measure, type Variant } from './rounds.ts';
import type { Results } from './results.ts';
import { withoutAudit } from './stand.ts';

export interface BenchOptions {
  readonly rounds: number;
  /** Messages a round. */
  readonly messages: number;
}

const partitions = 6;
const batchSize = 500;
const inFlight = 4;
/** Bytes that Sealwire adds to a message of a batch of 64 under the names of this bench. */
const overheadBytes = 610;

/** Sends a round; messages go to partitions in turn, as kafkajs' default does with messages without a key. */
async function produce(kafka: Kafka, topic: string, values: readonly Buffer[]): Promise<number> {
  const producer = kafka.producer({ maxInFlightRequests: inFlight });
  await producer.connect();
  // Learns partitions and opens sessions before the clock starts, for all variants.
  await producer.send({ topic, messages: values.slice(0, 12).map((value) => ({ value })) });
  const batches: { value: Buffer }[][] = [];
  for (let at = 0; at < values.length; at += batchSize)
    batches.push(values.slice(at, at + batchSize).map((value) => ({ value })));
  const started = performance.now();
  const sender = async (): Promise<void> => {
    for (let batch = batches.shift(); batch !== undefined; batch = batches.shift())
      await producer.send({ topic, acks: -1, messages: batch });
  };
  await Promise.all(Array.from({ length: inFlight }, sender));
  const seconds = (performance.now() - started) / 1000;
  await producer.disconnect();
  return values.length / seconds;
}

/** Reads a round from the beginning by eachBatch; the clock starts with the first batch, so that joining does not count. */
async function consume(
  kafka: Kafka,
  topic: string,
  messages: number,
  maxBytesPerPartition?: number,
): Promise<number> {
  const consumer = kafka.consumer({
    groupId: fresh('bench'),
    ...(maxBytesPerPartition === undefined ? {} : { maxBytesPerPartition }),
  });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  let started = 0;
  let first = 0;
  let seen = 0;
  const rate = await new Promise<number>((resolve, reject) => {
    consumer
      .run({
        eachBatch: ({ batch }) => {
          if (started === 0) {
            started = performance.now();
            first = batch.messages.length;
          }
          seen += batch.messages.length;
          if (seen >= messages) resolve((seen - first) / ((performance.now() - started) / 1000));
          return Promise.resolve();
        },
      })
      .catch(reject);
  });
  await consumer.disconnect();
  return rate;
}

interface Load {
  readonly name: string;
  readonly contentType: string;
  values(): Buffer[];
  sameBytes(values: readonly Buffer[]): Buffer[];
}

export function randomLoad(bytes: number, messages: number): Load {
  return {
    name: String(bytes),
    contentType: 'application/octet-stream',
    values: () => Array.from({ length: messages }, () => randomBytes(bytes)),
    sameBytes: (values) => values.map(({ length }) => randomBytes(length + overheadBytes)),
  };
}

export function agentLoad(messages: number): Load {
  const lines = readFileSync(new URL('../data/agent-messages.jsonl', import.meta.url), 'utf8')
    .trimEnd()
    .split('\n');
  return {
    name: 'agentMessages',
    contentType: 'application/json',
    values: () => Array.from({ length: messages }, (_, index) => Buffer.from(lines[index % lines.length]!)),
    sameBytes: (values) => values.map(({ length }) => randomBytes(length + overheadBytes)),
  };
}

export async function benchKafka(
  load: Load,
  options: BenchOptions,
  results: Results,
  say: (line: string) => void,
): Promise<void> {
  const topics = {
    bare: fresh('bare'),
    sameBytes: fresh('same'),
    sealed: fresh('sealed'),
    audited: fresh('audited'),
  };
  const audit = fresh('audit');
  const quarantine = fresh('quarantine');
  await createTopics(Object.values(topics), partitions);
  await createTopics([audit, quarantine]);
  const policy = writePolicy({
    channels: {
      bench: {
        topics: [topics.sealed, topics.audited],
        from: ['orchestrator'],
        to: ['researcher'],
        contentType: load.contentType,
      },
    },
    audit,
    quarantine,
  });
  const sealwires = {
    sender: await openAs('orchestrator', policy),
    receiver: await openAs('researcher', policy),
  };
  const config = { clientId: 'bench', brokers: fixture().kafka, logLevel: 0, connectionTimeout: 10_000 };
  const bare = bareKafka();
  const quiet = {
    sender: secureKafka(withoutAudit(sealwires.sender), config),
    receiver: secureKafka(withoutAudit(sealwires.receiver), config),
  };
  const audited = {
    sender: secureKafka(sealwires.sender, config),
    receiver: secureKafka(sealwires.receiver, config),
  };
  const values = load.values();
  const same = load.sameBytes(values);
  const count = values.length;

  say(`kafka ${load.name}: produce`);
  const produced = await measure(
    {
      bare: () => produce(bare, topics.bare, values),
      sameBytes: () => produce(bare, topics.sameBytes, same),
      sealed: () => produce(quiet.sender, topics.sealed, values),
      audited: () => produce(audited.sender, topics.audited, values),
    } satisfies Record<string, Variant>,
    options.rounds,
    say,
  );
  say(`kafka ${load.name}: consume`);
  const consumed = await measure(
    {
      bare: () => consume(bare, topics.bare, count),
      sameBytes: () => consume(bare, topics.sameBytes, count),
      sameBytesScaled: () => consume(bare, topics.sameBytes, count, 2 * 1_048_576),
      sealed: () => consume(quiet.receiver, topics.sealed, count),
      audited: () => consume(audited.receiver, topics.audited, count),
    } satisfies Record<string, Variant>,
    options.rounds,
    say,
  );
  for (const [what, measured] of [
    ['produce', produced],
    ['consume', consumed],
  ] as const) {
    const key = `kafka.${what}.${load.name}`;
    results.set(`${key}.barePerSecond`, measured.bare.median);
    results.set(`${key}.ratio`, measured.sealed.median / measured.bare.median);
    results.set(`${key}.ratioSameBytes`, measured.sealed.median / measured.sameBytes.median);
    results.set(`${key}.auditedRatio`, measured.audited.median / measured.bare.median);
    results.set(`${key}.spread`, measured.sealed.highest / measured.sealed.lowest);
  }
  results.set(
    `kafka.consume.${load.name}.ratioSameBytesSameFetch`,
    consumed.sealed.median / consumed.sameBytesScaled.median,
  );
  await Promise.all([sealwires.sender.close(), sealwires.receiver.close()]);
  await withAdmin((admin) => admin.deleteTopics({ topics: [...Object.values(topics), audit, quarantine] }));
}
