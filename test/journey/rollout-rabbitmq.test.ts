// The README’s chapter on rolling out, followed on a queue that is filled and emptied all the while.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from '@jest/globals';
import { secureConnect } from '@sealwire/amqp';
import { origin } from '@sealwire/core';
import amqplib, { type Channel, type ChannelModel, type ConfirmChannel, type ConsumeMessage } from 'amqplib';
import { openSealwire, type OpenedSealwire } from 'sealwire';
import { auditEvent } from '../audit-event.js';
import { fixture } from '../fixture.ts';
import { confirmed, openStage, type Stage } from '../rabbitmq/stage.ts';
import { all, Feed, more, until } from './ledger.ts';
import { atStep, isAuditFile, open, steps, withFiles, type Step } from './rollout-chapter.ts';

type Event = Readonly<Record<string, unknown>>;
const payloadOf = (id: string): Buffer => Buffer.from(JSON.stringify({ id }));
const idOf = ({ content }: { readonly content: Buffer }): string =>
  (JSON.parse(content.toString()) as { id: string }).id;

/** An ordinary amqplib connection of an agent: what it had before. */
function bareAs(agent: string): Promise<ChannelModel> {
  const { tls, folder, rabbitmqUrl } = fixture();
  const file = (name: string): Buffer => readFileSync(join(folder, name));
  const password = file(`secrets/${agent}.password`).toString().trim();
  return amqplib.connect(rabbitmqUrl, {
    ca: [readFileSync(tls.caFile)],
    cert: file(`tls/${agent}.crt`),
    key: file(`tls/${agent}.key`),
    credentials: amqplib.credentials.plain(agent, password),
  });
}

/** Publishes as applications do, and waits for the confirm. */
const publishing =
  (channel: ConfirmChannel, exchange: string) =>
  (id: string): Promise<void> =>
    new Promise((resolve, reject) => {
      channel.publish(
        exchange,
        'orders',
        payloadOf(id),
        { userId: 'orchestrator' },
        (error: Error | null) => {
          if (error === null) resolve();
          else reject(error);
        },
      );
    });

/** An agent’s process, from its start to its end. */
class Process {
  readonly connection: ChannelModel;
  readonly #sealwire: OpenedSealwire;

  private constructor(connection: ChannelModel, sealwire: OpenedSealwire) {
    this.connection = connection;
    this.#sealwire = sealwire;
  }

  static async start(agent: string, policy: string): Promise<Process> {
    const sealwire = await openSealwire(policy, { agent });
    return new Process(await secureConnect(sealwire, fixture().rabbitmqUrl), sealwire);
  }

  /** Takes over what the policy says now, as it would by itself a little later. */
  async takeOver(): Promise<void> {
    await this.#sealwire.reload();
  }

  /** @param stop what has to end before */
  async end(stop: () => Promise<unknown> = () => Promise.resolve()): Promise<void> {
    await stop();
    await this.connection.close();
    await this.#sealwire.close();
  }
}

/** What can be done with a process besides its work. */
interface Taking {
  takeOver(): Promise<void>;
  end(): Promise<void>;
}

/** Reads what an agent’s trail has said so far, and remembers it. */
class Trail {
  readonly events: Event[] = [];
  readonly #stage: Stage;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  async read(): Promise<readonly Event[]> {
    for (;;) {
      const message = await this.#stage.bare.get(this.#stage.audit, { noAck: true });
      if (message === false) return this.events;
      this.events.push(auditEvent<Event>(message.content));
    }
  }

  async asked(question: (event: Event) => boolean, since = 0): Promise<Event[]> {
    return (await this.read()).slice(since).filter(question);
  }
}

test('a live queue comes from plaintext to enforcement, and back, and loses and doubles nothing', async () => {
  const stage = await openStage();
  const text = readFileSync(stage.policy, 'utf8');
  const policyAt = Object.fromEntries(
    Object.keys(steps).map((step) => {
      const file = join(dirname(stage.policy), `${step}.yaml`);
      writeFileSync(file, atStep(text, step as Step));
      return [step, file];
    }),
  ) as Record<Step, string>;
  const trail = new Trail(stage);
  // What goes over the wire, beside it.
  await stage.bare.assertQueue(`${stage.queue}.tap`, { durable: true });
  await stage.bare.bindQueue(`${stage.queue}.tap`, stage.exchange, '#');

  const taken: string[] = [];
  const verified = new Map<string, boolean>();
  /** @returns how to stop: what is not wanted any more first, and then what wants it */
  const takeWith = async (
    channel: Channel,
    name: (message: ConsumeMessage) => void,
  ): Promise<() => Promise<void>> => {
    await channel.prefetch(5);
    const { consumerTag } = await channel.consume(stage.queue, (message) => {
      if (message === null) return;
      name(message);
      channel.ack(message);
    });
    return async () => {
      await channel.cancel(consumerTag);
      await channel.close();
    };
  };

  // The system as it is.
  const oldSender = await bareAs('orchestrator');
  const sendOld = publishing(await oldSender.createConfirmChannel(), stage.exchange);
  const oldReceiver = await bareAs('researcher');
  const oldTaken: string[] = [];
  const oldChannel = await oldReceiver.createChannel();
  const stopOld = await takeWith(oldChannel, (message) => void oldTaken.push(idOf(message)));
  const old = new Feed('old', sendOld);
  await more(oldTaken, 'old');

  const consumeAt = async (step: Step): Promise<Taking> => {
    const process = await Process.start('researcher', policyAt[step]);
    const stop = await takeWith(await process.connection.createChannel(), (message) => {
      taken.push(idOf(message));
      verified.set(idOf(message), origin(message)!.verified);
    });
    return { takeOver: () => process.takeOver(), end: () => process.end(stop) };
  };
  const produceAt = async (step: Step, name: string): Promise<Taking & { feed: Feed }> => {
    const process = await Process.start('orchestrator', policyAt[step]);
    const feed = new Feed(name, publishing(await process.connection.createConfirmChannel(), stage.exchange));
    return {
      feed,
      takeOver: () => process.takeOver(),
      async end() {
        await feed.stop();
        await process.end();
      },
    };
  };

  // 1. Consumers first, then producers; old and new compete for one queue.
  let consumer = await consumeAt('observe');
  await more(taken, 'old');
  const observed = await produceAt('observe', 'observed');
  for (const list of [taken, oldTaken]) await more(list, 'observed');
  await more(taken, 'old');
  expect(await trail.asked(open.observe)).toEqual([]);

  // 2. Old consumers have gone: they could not read what comes now.
  await stopOld();
  await oldReceiver.close();
  await consumer.end();
  consumer = await consumeAt('migrate');
  await more(taken, 'observed');
  await observed.end();
  const migrated = await produceAt('migrate', 'migrated');
  await more(taken, 'migrated');
  await more(taken, 'old');
  await until(
    async () => (await trail.asked(open.migrate)).some(({ code }) => code === 'ERR_POLICY_DOWNGRADE'),
    'the event of an old process of a sender that seals',
  );
  await old.stop();
  await until(() => old.sent.every((id) => taken.includes(id) || oldTaken.includes(id)), 'all of the old');
  // Nothing more is printed, once what was handled is audited.
  const ofNew = old.sent.filter((id) => taken.includes(id)).length;
  const oldReceived = ({ kind, sender_known_by: by }: Event): boolean =>
    kind === 'message.received' && by === 'user_id';
  await until(
    async () =>
      (await trail.asked(oldReceived)).length >=
      ofNew + observed.feed.sent.filter((id) => taken.includes(id)).length,
    'the events of all plaintext',
  );
  const silent = trail.events.length;
  await more(taken, 'migrated');
  expect(await trail.asked(open.migrate, silent)).toEqual([]);

  // 3. Running processes take it over.
  writeFileSync(policyAt.migrate, atStep(text, 'enforce'));
  await consumer.takeOver();
  await migrated.takeOver();
  await more(taken, 'migrated');
  await sendOld('late');
  await until(async () => (await stage.depth(stage.quarantine)) > 0, 'the refused plaintext');
  const refused = await stage.raw(stage.quarantine);
  expect([idOf(refused), refused.properties.headers!['sealwire-code']]).toEqual([
    'late',
    'ERR_FORMAT_NOT_SEALED',
  ]);
  expect(await stage.depth(stage.quarantine)).toBe(0);

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
  await oldSender.close();

  const feeds = [old, observed.feed, migrated.feed];
  const sent = [...feeds.flatMap((feed) => feed.sent), 'again'];
  expect([...taken, ...oldTaken].sort()).toEqual([...sent].sort());
  const sealed = taken.filter((id) => verified.get(id) === true);
  expect(sealed.sort()).toEqual([...migrated.feed.sent].sort());
  // What left in clear left so on purpose, and nothing else did.
  const clear: string[] = [];
  for (;;) {
    const message = await stage.bare.get(`${stage.queue}.tap`, { noAck: true });
    if (message === false) break;
    if (message.content[0] === 0x7b) clear.push(idOf(message));
  }
  expect(clear.sort()).toEqual([...old.sent, ...observed.feed.sent, 'late', 'again'].sort());
  await stage.bare.deleteQueue(`${stage.queue}.tap`);
  await stage.close();
});

test('the chapter’s lines for RabbitMQ have the same events written to files', async () => {
  const stage = await openStage({ auditMore: withFiles });
  const trail = new Trail(stage);
  await confirmed(await stage.sender(), stage.queue, 'counted');
  await until(
    async () => (await trail.read()).some(({ kind }) => kind === 'message.sent'),
    'the event of the send',
  );
  const folder = join(dirname(stage.policy), 'logs');
  const filed = readdirSync(folder)
    .filter(isAuditFile)
    .flatMap((name) => readFileSync(join(folder, name), 'utf8').trim().split('\n'))
    .map((line) => auditEvent<Event>(Buffer.from(line)));
  const sent = (events: readonly Event[]) => events.filter(({ kind }) => kind === 'message.sent');
  expect(sent(filed)).toEqual(sent(await trail.read()));
  await stage.close();
});
