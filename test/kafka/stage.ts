// What each Kafka test starts from: topics of its own, a policy over them, and clients that are closed in the end.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { secureKafka, type SecureKafka, type SecureKafkaOptions } from '@sealwire/kafka';
import kafkajs, { type Consumer, type EachMessagePayload, type KafkaMessage, type Producer } from 'kafkajs';
import type { OpenOptions, Sealwire } from 'sealwire';
import { auditEvent } from '../audit-event.js';
import {
  bareKafka,
  createTopics,
  fixture,
  fresh,
  openAs,
  writePolicy,
  type PolicyOptions,
} from '../fixture.ts';

/** Brokers on a busy machine take their time; no test measures it. */
export interface StageOptions extends Partial<PolicyOptions> {
  readonly partitions?: number;
  readonly clearHeaders?: readonly string[];
  readonly types?: readonly string[];
  readonly kafka?: SecureKafkaOptions;
  /** Of the topic. */
  readonly topicConfig?: Readonly<Record<string, string>>;
  /** `null` leaves it out of the policy. */
  readonly maxAge?: string | null;
  /** Messages of the topic go by reference, to a session topic that keeps everything. */
  readonly byReference?: boolean;
  /** Whether agents take over what the test writes into their policy meanwhile; default `true`. */
  readonly watch?: boolean;
}

/** How a session topic has to be. */
export const keptForEver = { 'cleanup.policy': 'delete', 'retention.ms': '-1' };

type Event = Record<string, string | number>;

/** One test’s part of the cluster. */
export interface Stage {
  readonly topic: string;
  /** Used where messages go by reference. */
  readonly sessions: string;
  readonly quarantine: string;
  readonly audit: string;
  readonly group: string;
  readonly policy: string;
  /** A SecureKafka of an agent; it is closed with the stage. */
  kafka(agent: string, policy?: string, options?: OpenOptions): Promise<SecureKafka>;
  /** Another policy beside the stage’s own. @returns its path */
  variant(change: (text: string) => string): string;
  /** Has a client disconnected with the stage. */
  closes<Client extends { disconnect(): Promise<void> }>(client: Client): Client;
  /** A connected producer of the orchestrator. */
  producer(config?: Parameters<SecureKafka['producer']>[0]): Promise<Producer>;
  /** A connected consumer of the researcher, subscribed from the beginning. */
  consumer(config?: Partial<Parameters<SecureKafka['consumer']>[0]>): Promise<Consumer>;
  /** What lies in a topic, read by an ordinary client with all rights. */
  raw(topic: string, count: number): Promise<KafkaMessage[]>;
  /** Reads the audit topic until it has that many events of a kind that fit. */
  audited(kind: string, count: number, fits?: (event: Event) => boolean): Promise<Event[]>;
  /** Where the researcher’s group would go on, by partition; −1 where nothing is committed. */
  committed(): Promise<string[]>;
  close(): Promise<void>;
}

export async function openStage(options: StageOptions = {}): Promise<Stage> {
  const [topic, quarantine, audit, group] = ['orders', 'quarantine', 'audit', 'group'].map(fresh) as [
    string,
    string,
    string,
    string,
  ];
  const sessions = fresh('sessions');
  await createTopics([topic], options.partitions ?? 1, options.topicConfig ?? {});
  await createTopics([quarantine, audit]);
  if (options.byReference === true) await createTopics([sessions], 1, keptForEver);
  const { clearHeaders, types = ['agent.message'] } = options;
  const policy = writePolicy({
    channels: {
      orders: {
        topics: [topic],
        types,
        from: ['orchestrator', 'researcher'],
        ...(clearHeaders === undefined ? {} : { clearHeaders }),
        ...(options.byReference === true ? { sessionTopic: sessions } : {}),
        ...(options.maxAge === undefined ? {} : { maxAge: options.maxAge }),
      },
    },
    quarantine,
    audit,
    onReject: options.onReject ?? 'quarantine',
    ...(options.auditMore === undefined ? {} : { auditMore: options.auditMore }),
    ...(options.replay === undefined ? {} : { replay: options.replay }),
  });
  // These tests are about carrying bytes, not about their form.
  const policyText = readFileSync(policy, 'utf8');
  writeFileSync(policy, policyText.replaceAll('application/json', 'application/octet-stream'));
  const closing: (() => Promise<unknown>)[] = [];
  const sealwires: Sealwire[] = [];

  const kafka: Stage['kafka'] = async (agent, own = policy, open = {}) => {
    const sealwire = await openAs(agent, own, { watch: options.watch ?? true, ...open });
    sealwires.push(sealwire);
    const { NOTHING } = kafkajs.logLevel;
    return secureKafka(
      sealwire,
      { clientId: agent, brokers: fixture().kafka, logLevel: NOTHING },
      options.kafka,
    );
  };
  const stage: Stage = {
    topic,
    sessions,
    quarantine,
    audit,
    group,
    policy,
    kafka,
    variant(change) {
      const file = join(dirname(policy), `${fresh('variant')}.yaml`);
      writeFileSync(file, change(readFileSync(policy, 'utf8')));
      return file;
    },
    closes(client) {
      closing.push(() => client.disconnect());
      return client;
    },
    async producer(config) {
      const producer = stage.closes((await kafka('orchestrator')).producer(config));
      await producer.connect();
      return producer;
    },
    async consumer(config) {
      const consumer = stage.closes(
        (await kafka('researcher')).consumer({ groupId: group, maxWaitTimeInMs: 200, ...config }),
      );
      await consumer.connect();
      await consumer.subscribe({ topics: [topic], fromBeginning: true });
      return consumer;
    },
    raw: (from, count) => readRaw(from, (messages) => messages.length >= count),
    async audited(kind, count, fits = () => true) {
      const ofKind = (messages: readonly KafkaMessage[]) =>
        messages
          .map(({ value }) => auditEvent<Event>(value!))
          .filter((event) => event['kind'] === kind && fits(event));
      return ofKind(await readRaw(audit, (messages) => ofKind(messages).length >= count));
    },
    async committed() {
      const admin = bareKafka().admin();
      await admin.connect();
      const [offsets] = await admin.fetchOffsets({ groupId: group, topics: [topic] });
      await admin.disconnect();
      return offsets!.partitions.sort((a, b) => a.partition - b.partition).map(({ offset }) => offset);
    },
    async close() {
      for (const close of closing.reverse()) await close();
      for (const sealwire of sealwires) await sealwire.close();
    },
  };
  return stage;
}

async function readRaw(
  topic: string,
  enough: (messages: readonly KafkaMessage[]) => boolean,
): Promise<KafkaMessage[]> {
  const consumer = bareKafka().consumer({ groupId: fresh('raw'), maxWaitTimeInMs: 200 });
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  const messages: KafkaMessage[] = [];
  await new Promise<void>((resolve, reject) => {
    const eachMessage = async ({ message }: EachMessagePayload): Promise<void> => {
      messages.push(message);
      if (enough(messages)) resolve();
    };
    consumer.run({ eachMessage }).catch(reject);
  });
  await consumer.disconnect();
  return messages;
}

/** Runs a consumer until it has handed over that many messages. */
export async function take(consumer: Consumer, count: number): Promise<EachMessagePayload[]> {
  const taken: EachMessagePayload[] = [];
  await new Promise<void>((resolve, reject) => {
    const eachMessage = async (payload: EachMessagePayload): Promise<void> => {
      taken.push(payload);
      if (taken.length === count) resolve();
    };
    consumer.run({ eachMessage }).catch(reject);
  });
  return taken;
}

/** Resolves with the next event of a consumer that fits. */
export function next<Payload>(
  consumer: Consumer,
  name: string,
  fits: (payload: Payload) => boolean = () => true,
): Promise<Payload> {
  const on = consumer.on as (name: string, listener: (event: { payload: Payload }) => void) => () => void;
  return new Promise((resolve) => {
    const remove = on(name, ({ payload }) => {
      if (!fits(payload)) return;
      remove();
      resolve(payload);
    });
  });
}

/** Resolves when the researcher’s group has committed this offset of a partition. */
export const committedTo = (consumer: Consumer, offset: string, partition = 0): Promise<unknown> =>
  next<{ topics: { partitions: { partition: unknown; offset: unknown }[] }[] }>(
    consumer,
    consumer.events.COMMIT_OFFSETS,
    ({ topics }) =>
      topics.some(({ partitions }) =>
        partitions.some((each) => Number(each.partition) === partition && String(each.offset) === offset),
      ),
  );

/** Sends values one record each, all to partition 0. */
export const sendValues = (producer: Producer, topic: string, values: readonly (string | null)[]) =>
  producer.send({ topic, messages: values.map((value) => ({ value, partition: 0 })) });

export const text = ({ message }: { readonly message: KafkaMessage }): string => message.value!.toString();
