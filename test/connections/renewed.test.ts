// Client certificates that are renewed and run out while messages go, over connections that are cut.
import { mkdtempSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { TLSSocket } from 'node:tls';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { secureConnect } from '@sealwire/amqp';
import { secureKafka } from '@sealwire/kafka';
import type { ChannelModel, ConfirmChannel } from 'amqplib';
import kafkajs from 'kafkajs';
import type { Sealwire } from 'sealwire';
import { fixture, openAs } from '../fixture.ts';
import { openStage as openKafkaStage } from '../kafka/stage.ts';
import { confirmed, openStage as openRabbitmqStage } from '../rabbitmq/stage.ts';
import { Authority } from './authority.ts';
import './one-realm.ts';

/** Long enough for every client to connect by the first certificates. */
const shortMs = 12_000;
const agents = ['orchestrator', 'researcher'];

/** Certificates of both agents in a folder of their own. */
async function renewables() {
  const { folder } = fixture();
  const passphrase = readFileSync(join(folder, 'root', 'passphrase'), 'utf8').trim();
  const authority = await Authority.fromFiles(`${folder}/tls/ca.crt`, `${folder}/tls/ca.key`, passphrase);
  const own = mkdtempSync(join(tmpdir(), 'sealwire-renewed-'));
  return {
    async lay(lifeMs: number): Promise<number> {
      const toMs = Date.now() + lifeMs;
      for (const agent of agents) {
        const validity = { fromMs: Date.now() - 60_000, toMs };
        const { chain, key } = await authority.issue(agent, { usage: 'clientAuth', validity });
        for (const [name, text] of [
          ['key', key],
          ['crt', chain],
        ] as const) {
          writeFileSync(join(own, 'new'), text, { mode: 0o600 });
          renameSync(join(own, 'new'), join(own, `${agent}.${name}`));
        }
      }
      return toMs;
    },
    /** The policy with these in place of the agents’ own. */
    within(policy: string): string {
      const file = join(own, `${Math.random()}.yaml`);
      const pair = `cert_file: '${own}/{agent}.crt', key_file: '${own}/{agent}.key'`;
      writeFileSync(
        file,
        readFileSync(policy, 'utf8').replaceAll(/cert_file: '[^']*', key_file: '[^']*'/g, pair),
      );
      return file;
    },
  };
}

/** Sockets of every connection that was judged. */
const sockets = new Set<TLSSocket>();

async function watched(agent: string, policy: string): Promise<Sealwire> {
  const sealwire = await openAs(agent, policy);
  return {
    ...sealwire,
    connection(transport) {
      const guard = sealwire.connection(transport);
      const judge = (socket: TLSSocket) => {
        sockets.add(socket);
        return guard.judge(socket);
      };
      return { ...guard, judge };
    },
  };
}

function cutAll(): number {
  const open = [...sockets].filter(({ destroyed }) => !destroyed);
  for (const socket of open) socket.destroy(new Error('cut by the test'));
  sockets.clear();
  return open.length;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Messages that go one after the other, each until it is acknowledged. */
interface Load {
  readonly sent: () => number;
  readonly received: ReadonlySet<string>;
  /** Ends the sending, waits until everything was received, and closes. */
  end(): Promise<void>;
}

function loadOf(
  send: (value: string) => Promise<unknown>,
  received: ReadonlySet<string>,
  close: () => Promise<void>,
): Load {
  let [going, sent] = [true, 0];
  const sending = (async () => {
    while (going) {
      // Whoever sends over a connection that is cut sends again.
      for (;;) {
        try {
          await send(String(sent));
          break;
        } catch {
          await pause(50);
        }
      }
      sent++;
      await pause(10);
    }
  })();
  return {
    sent: () => sent,
    received,
    async end() {
      going = false;
      await sending;
      while (received.size < sent) await pause(50);
      await close();
    },
  };
}

async function kafkaLoad(policyOf: (policy: string) => string): Promise<Load> {
  const stage = await openKafkaStage();
  const policy = policyOf(stage.policy);
  const [sender, receiver] = [await watched('orchestrator', policy), await watched('researcher', policy)];
  const config = {
    brokers: fixture().kafka,
    logLevel: kafkajs.logLevel.NOTHING,
    retry: { retries: 200, initialRetryTime: 50, maxRetryTime: 200 },
  };
  const producer = secureKafka(sender, config).producer();
  const consumer = secureKafka(receiver, config).consumer({ groupId: stage.group, maxWaitTimeInMs: 200 });
  const received = new Set<string>();
  await producer.connect();
  await consumer.connect();
  await consumer.subscribe({ topics: [stage.topic], fromBeginning: true });
  await consumer.run({ eachMessage: async ({ message }) => void received.add(message.value!.toString()) });
  const send = (value: string) => producer.send({ topic: stage.topic, messages: [{ value, partition: 0 }] });
  return loadOf(send, received, async () => {
    await producer.disconnect();
    await consumer.disconnect();
    await sender.close();
    await receiver.close();
    await stage.close();
  });
}

async function rabbitmqLoad(policyOf: (policy: string) => string): Promise<Load> {
  const stage = await openRabbitmqStage();
  const policy = policyOf(stage.policy);
  const [sender, receiver] = [await watched('orchestrator', policy), await watched('researcher', policy)];
  const received = new Set<string>();
  const recovering = { initialDelay: 20, maxDelay: 100 };
  const setup = async (model: ChannelModel): Promise<void> => {
    const channel = await model.createChannel();
    channel.on('error', () => undefined);
    await channel.consume(stage.queue, (message) => {
      if (message === null) return;
      received.add(JSON.parse(message.content.toString()) as string);
      channel.ack(message);
    });
  };
  const url = fixture().rabbitmqUrl;
  const to = await secureConnect(sender, url, { recovery: recovering });
  const from = await secureConnect(receiver, url, { recovery: { ...recovering, setup } });
  for (const model of [to, from]) (model as unknown as NodeJS.EventEmitter).on('error', () => undefined);
  let open: { readonly channel: ConfirmChannel; readonly lost: Promise<never> } | null = null;
  const send = async (value: string): Promise<void> => {
    if (open === null) {
      const channel = await to.createConfirmChannel();
      channel.on('error', () => undefined);
      const lost = new Promise<never>((_, reject) => {
        channel.once('close', () => {
          open = null;
          reject(new Error('lost'));
        });
      });
      lost.catch(() => undefined);
      open = { channel, lost };
    }
    await Promise.race([confirmed(open.channel, stage.queue, value), open.lost]);
  };
  return loadOf(send, received, async () => {
    await to.close();
    await from.close();
    await sender.close();
    await receiver.close();
    await stage.close();
  });
}

/** Both connected while their short certificates are good: a busy machine gets longer ones. */
async function loadsOf(certificates: Awaited<ReturnType<typeof renewables>>) {
  const short = (policy: string): string => certificates.within(policy);
  for (let lifeMs = shortMs; ; lifeMs *= 2) {
    const endMs = await certificates.lay(lifeMs);
    const opened = await Promise.allSettled([kafkaLoad(short), rabbitmqLoad(short)]);
    const loads = opened.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    const failed = opened.find((one) => one.status === 'rejected');
    if (Date.now() < endMs) {
      if (failed !== undefined) throw failed.reason;
      return { loads, endMs };
    }
    for (const load of loads) await load.end();
  }
}

test('nothing is lost when certificates are renewed and the old ones run out, on either broker', async () => {
  const certificates = await renewables();
  await certificates.lay(86_400_000);
  const { loads, endMs } = await loadsOf(certificates);

  const goOn = async (): Promise<void> => {
    const wanted = loads.map(({ sent }) => sent() + 5);
    while (loads.some(({ sent }, i) => sent() < wanted[i]!)) await pause(20);
  };
  await goOn();
  await certificates.lay(86_400_000);
  expect(cutAll()).toBeGreaterThan(3);
  await goOn();
  await pause(Math.max(0, endMs + 1_000 - Date.now()));
  expect(cutAll()).toBeGreaterThan(3);
  await goOn();

  for (const load of loads) {
    await load.end();
    expect(load.received.size).toBe(load.sent());
  }
});
