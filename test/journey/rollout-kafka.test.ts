// The README’s chapter on rolling out, followed on a topic that is written and read all the while.
import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { origin, secureKafka } from '@sealwire/kafka';
import kafkajs, { type Consumer, type KafkaMessage, type Producer } from 'kafkajs';
import { openSealwire, type OpenedSealwire } from 'sealwire';
import { auditEvent } from '../audit-event.js';
import { bareKafka, createTopics, fixture, fresh, withAdmin, writePolicy } from '../fixture.ts';
import { all, Feed, more, until } from './ledger.ts';
import { atStep, open, steps, type Step } from './rollout-chapter.ts';

type Event = Readonly<Record<string, unknown>>;
const payloadOf = (id: string): string => JSON.stringify({ id });
const idOf = ({ value }: KafkaMessage): string => (JSON.parse(value!.toString()) as { id: string }).id;
const quiet = { logLevel: kafkajs.logLevel.NOTHING };

/** Everything that lies in a topic now. */
async function lyingIn(topic: string): Promise<KafkaMessage[]> {
  const ends = await withAdmin((admin) => admin.fetchTopicOffsets(topic));
  const count = ends.reduce((sum, { high, low }) => sum + Number(high) - Number(low), 0);
  const messages: KafkaMessage[] = [];
  if (count === 0) return messages;
  const consumer = bareKafka().consumer({ groupId: fresh('raw'), maxWaitTimeInMs: 200 });
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  await consumer.run({ eachMessage: async ({ message }) => void messages.push(message) });
  await until(() => messages.length >= count, `${count} records of ${topic}`);
  await consumer.disconnect();
  return messages;
}

/** An agent’s process, from its start to its end. */
class Process<Client extends Consumer | Producer> {
  readonly #client: Client;
  readonly #sealwire: OpenedSealwire;

  private constructor(client: Client, sealwire: OpenedSealwire) {
    this.#client = client;
    this.#sealwire = sealwire;
  }

  static async start<Client extends Consumer | Producer>(
    agent: string,
    policy: string,
    make: (kafka: ReturnType<typeof secureKafka>) => Client,
    begin: (client: Client) => Promise<void> = () => Promise.resolve(),
  ): Promise<Process<Client>> {
    const sealwire = await openSealwire(policy, { agent });
    const client = make(secureKafka(sealwire, { clientId: agent, brokers: fixture().kafka, ...quiet }));
    await client.connect();
    await begin(client);
    return new Process(client, sealwire);
  }

  get client(): Client {
    return this.#client;
  }

  /** Takes over what the policy says now, as it would by itself a little later. */
  async takeOver(): Promise<void> {
    await this.#sealwire.reload();
  }

  async end(): Promise<void> {
    await this.#client.disconnect();
    await this.#sealwire.close();
  }
}

test('a live topic comes from plaintext to enforcement, and back, and loses and doubles nothing', async () => {
  const [topic, quarantine, audit] = ['orders', 'quarantine', 'audit'].map(fresh) as [string, string, string];
  await createTopics([topic], 2);
  await createTopics([quarantine, audit]);
  const policy = writePolicy({ channels: { orders: { topics: [topic] } }, quarantine, audit });
  const text = readFileSync(policy, 'utf8');
  const policyAt = Object.fromEntries(
    Object.keys(steps).map((step) => {
      const file = `${policy}.${step}.yaml`;
      writeFileSync(file, atStep(text, step as Step));
      return [step, file];
    }),
  ) as Record<Step, string>;
  const asked = async (question: (event: Event) => boolean, since = 0): Promise<Event[]> =>
    (await lyingIn(audit))
      .map(({ value }) => auditEvent<Event>(value!))
      .slice(since)
      .filter(question);

  const isPlainReceived = ({ kind, encryption_status: status }: Event): boolean =>
    kind === 'message.received' && status === 'plaintext';

  // The system as it is.
  const oldProducer = bareKafka().producer();
  await oldProducer.connect();
  const sendOld = (id: string): Promise<unknown> =>
    oldProducer.send({
      topic,
      messages: [{ key: id, value: payloadOf(id), headers: { 'x-agent': 'orchestrator' } }],
    });
  const oldTaken: string[] = [];
  const oldConsumer = bareKafka().consumer({ groupId: fresh('old'), maxWaitTimeInMs: 200 });
  await oldConsumer.connect();
  await oldConsumer.subscribe({ topics: [topic], fromBeginning: true });
  await oldConsumer.run({ eachMessage: async ({ message }) => void oldTaken.push(idOf(message)) });
  const old = new Feed('old', sendOld);
  await more(oldTaken, 'old');

  const groupId = fresh('new');
  const taken: string[] = [];
  const verified = new Map<string, boolean>();
  const consumeAt = (step: Step): Promise<Process<Consumer>> =>
    Process.start(
      'researcher',
      policyAt[step],
      (kafka) => kafka.consumer({ groupId, maxWaitTimeInMs: 200 }),
      async (consumer) => {
        await consumer.subscribe({ topics: [topic], fromBeginning: true });
        await consumer.run({
          eachMessage: async ({ message }) => {
            taken.push(idOf(message));
            verified.set(idOf(message), origin(message)!.verified);
          },
        });
      },
    );
  const produceAt = async (
    step: Step,
    name: string,
  ): Promise<{ feed: Feed; takeOver(): Promise<void>; end(): Promise<void> }> => {
    const process = await Process.start('orchestrator', policyAt[step], (kafka) => kafka.producer());
    const feed = new Feed(name, (id) =>
      process.client.send({
        topic,
        messages: [{ key: id, value: payloadOf(id), headers: { 'x-agent': 'orchestrator' } }],
      }),
    );
    return {
      feed,
      takeOver: () => process.takeOver(),
      async end() {
        await feed.stop();
        await process.end();
      },
    };
  };

  // 1. Consumers first, then producers; old and new side by side.
  let consumer = await consumeAt('observe');
  await more(taken, 'old');
  const observed = await produceAt('observe', 'observed');
  for (const list of [taken, oldTaken]) await more(list, 'observed');
  await more(taken, 'old');
  expect(await asked(open.observe)).toEqual([]);
  expect(
    await asked(
      ({ kind, encryption_status: status }) => kind === 'message.received' && status !== 'plaintext',
    ),
  ).toEqual([]);

  // 2. Old consumers have gone: they could not read what comes now.
  const before = [...old.sent, ...observed.feed.sent];
  await all(oldTaken, before);
  await oldConsumer.disconnect();
  expect(new Set(oldTaken).size).toBe(oldTaken.length);
  await consumer.end();
  consumer = await consumeAt('migrate');
  await more(taken, 'observed');
  await observed.end();
  const migrated = await produceAt('migrate', 'migrated');
  await more(taken, 'migrated');
  await more(taken, 'old');
  await until(
    async () => (await asked(open.migrate)).some(({ code }) => code === 'ERR_POLICY_DOWNGRADE'),
    'the event of an old process of a sender that seals',
  );
  await old.stop();
  await all(taken, old.sent);
  // Nothing more is printed, once what was handled is audited.
  await until(
    async () => (await asked(isPlainReceived)).length >= old.sent.length + observed.feed.sent.length,
    'the events of all plaintext',
  );
  const silent = (await lyingIn(audit)).length;
  await more(taken, 'migrated');
  expect(await asked(open.migrate, silent)).toEqual([]);

  // 3. Running processes take it over.
  writeFileSync(policyAt.migrate, atStep(text, 'enforce'));
  await consumer.takeOver();
  await migrated.takeOver();
  await more(taken, 'migrated');
  await sendOld('late');
  await until(async () => (await lyingIn(quarantine)).length > 0, 'the refused plaintext');
  const [refused, ...others] = await lyingIn(quarantine);
  expect(others).toEqual([]);
  expect([idOf(refused!), String(refused!.headers!['sealwire-code'])]).toEqual([
    'late',
    'ERR_FORMAT_NOT_SEALED',
  ]);

  // Back.
  writeFileSync(policyAt.migrate, atStep(text, 'migrate'));
  await consumer.takeOver();
  await migrated.takeOver();
  await sendOld('again');
  await all(taken, ['again']);
  await more(taken, 'migrated');
  await migrated.end();
  await all(taken, migrated.feed.sent);
  await consumer.end();
  await oldProducer.disconnect();

  const feeds = [old, observed.feed, migrated.feed];
  const sent = [...feeds.flatMap((feed) => feed.sent), 'again'];
  expect([...taken].sort()).toEqual([...sent].sort());
  const sealed = taken.filter((id) => verified.get(id) === true);
  expect(sealed.sort()).toEqual([...migrated.feed.sent].sort());
  // What left in clear left so on purpose, and nothing else did.
  const clear = (await lyingIn(topic)).filter(({ value }) => value![0] === 0x7b).map(idOf);
  expect(clear.sort()).toEqual([...old.sent, ...observed.feed.sent, 'late', 'again'].sort());
});
