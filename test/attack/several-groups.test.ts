// One channel for two groups on a real broker: both read it, and a member who knows the data key can neither re-address nor forge.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { nodePrimitives } from '@sealwire/crypto';
import { decodeHeader, decodeOuter, decodeSession } from '@sealwire/envelope';
import { secureKafka } from '@sealwire/kafka';
import kafkajs, { type Consumer, type KafkaMessage, type Producer } from 'kafkajs';
import type { Sealwire } from 'sealwire';
import { bareKafka, createTopics, fixture, fresh, openAs, writePolicy } from '../fixture.ts';
import { Arrivals } from './arrivals.ts';
import { withParts } from './envelope-parts.ts';
import { forge, keysOf } from './forge.ts';

const names = ['shared', 'quarantine', 'audit'].map(fresh);
const [topic, quarantine, audit] = names as [string, string, string];
const key = Buffer.from('k');
let policy: string;
let producer: Producer;
const bare = bareKafka();
const insider = bare.producer();
const sealwires: Sealwire[] = [];
const clients: (Producer | Consumer)[] = [];
/** What each reader was handed. */
const handed = { orchestrator: new Arrivals<string>(), researcher: new Arrivals<string>() };
const quarantined = new Arrivals<string>();

async function kafkaOf(agent: string) {
  const sealwire = await openAs(agent, policy);
  sealwires.push(sealwire);
  return secureKafka(sealwire, {
    clientId: agent,
    brokers: fixture().kafka,
    logLevel: kafkajs.logLevel.NOTHING,
  });
}

async function reads(consumer: Consumer, from: string, take: (message: KafkaMessage) => void) {
  clients.push(consumer);
  await consumer.connect();
  await consumer.subscribe({ topics: [from], fromBeginning: true });
  await consumer.run({
    eachMessage: ({ message }) => {
      take(message);
      return Promise.resolve();
    },
  });
}

const send = (text: string) => producer.send({ topic, messages: [{ key, value: `"${text}"` }] });
const both = (text: string) =>
  Promise.all(
    Object.values(handed).map((arrivals) => arrivals.until((items) => items.includes(`"${text}"`))),
  );

beforeAll(async () => {
  await createTopics(names);
  const channel = { topics: [topic], from: ['orchestrator'], to: ['auditors', 'team'] };
  policy = writePolicy({ channels: { shared: channel }, quarantine, audit });
  producer = (await kafkaOf('orchestrator')).producer();
  clients.push(producer, insider);
  await Promise.all([producer.connect(), insider.connect()]);
  // The orchestrator is of the team alone, the researcher of both.
  for (const agent of ['orchestrator', 'researcher'] as const) {
    const consumer = (await kafkaOf(agent)).consumer({ groupId: fresh(agent) });
    await reads(consumer, topic, ({ value }) => handed[agent].add(value!.toString()));
  }
  await reads(bare.consumer({ groupId: fresh('bare') }), quarantine, ({ headers }) =>
    quarantined.add(String(headers!['sealwire-code'])),
  );
});
afterAll(async () => {
  await Promise.all(clients.map((client) => client.disconnect()));
  await Promise.all(sealwires.map((sealwire) => sealwire.close()));
});

/** What lies on the broker. */
async function onBroker(): Promise<Buffer> {
  const found = new Arrivals<Buffer>();
  await reads(bare.consumer({ groupId: fresh('raw') }), topic, ({ value }) => found.add(value!));
  await found.until(({ length }) => length > 0);
  return found.items[0]!;
}

const lp = (bytes: Buffer) => {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
};

/** A body and mac that open under the data key, which every member of the audience can unwrap. */
async function resealed(record: Buffer, plaintext: string): Promise<Buffer> {
  const keys = await keysOf('researcher', policy);
  const { header: headerBytes, session: sessionBytes } = decodeOuter(record);
  const [session, header] = [decodeSession(sessionBytes), decodeHeader(headerBytes)];
  const { keyId, encapsulated, wrapped } = session.wraps.find(({ keyId: id }) =>
    keys.holds(id.toString('latin1')),
  )!;
  const info = Buffer.concat([Buffer.from('sealwire/v1/wrap'), keyId, lp(session.wrapContext)]);
  const dataKey = await keys.unwrap(keyId.toString('latin1'), encapsulated, wrapped, info);
  const batch = nodePrimitives.expand(
    dataKey,
    Buffer.concat([Buffer.from('sealwire/v1/batch'), header.salt]),
    64,
  );
  const iv = Buffer.alloc(12);
  iv.writeUInt32BE(header.position, 8);
  const bytes = Buffer.concat([Buffer.of(0, plaintext.length * 2), Buffer.from(plaintext), Buffer.of(0)]);
  const aad = Buffer.concat([session.hash, headerBytes]);
  const body = nodePrimitives.aeadKey(batch.subarray(0, 32)).seal(iv, aad, bytes);
  const keyHash = Buffer.from(nodePrimitives.hash(key), 'latin1');
  const content = Buffer.concat([session.hash, lp(headerBytes), lp(body), keyHash]);
  const mac = nodePrimitives.macKey(batch.subarray(32)).mac(nodePrimitives.hash(content));
  return withParts(record, { body, mac: Buffer.from(mac, 'latin1') });
}

/** The session with some of its bytes replaced; `wraps` counts those that are kept. */
function readdressed(record: Buffer, audience: string, wraps: 1 | 2): Buffer {
  const { session: bytes } = decodeOuter(record);
  const { wrapContext } = decodeSession(bytes);
  const at = wrapContext.indexOf(Buffer.from('0410', 'hex'));
  const end =
    wrapContext.indexOf(Buffer.from('08'.concat(Buffer.from('team').toString('hex'), '00'), 'hex')) + 6;
  const context = Buffer.concat([
    wrapContext.subarray(0, at),
    Buffer.from(audience, 'hex'),
    wrapContext.subarray(end),
  ]);
  const wrapBytes = (bytes.length - wrapContext.length - 2) / 2;
  const kept = bytes.subarray(wrapContext.length + 1, wrapContext.length + 1 + wraps * wrapBytes);
  return withParts(record, { session: Buffer.concat([context, Buffer.of(wraps * 2), kept, Buffer.of(0)]) });
}

const hexOf = (text: string) => Buffer.from(text).toString('hex');
const everybody = `0410${hexOf('auditors')}08${hexOf('team')}00`;
const teamOnly = `0208${hexOf('team')}00`;

test('members of both groups read what is sent to both', async () => {
  await send('before');
  expect(await both('before')).toEqual([true, true]);
});

test('a member who knows the data key gets nothing forged or re-addressed to the others', async () => {
  const record = await onBroker();
  const keys = await keysOf('researcher', policy);
  const inAnotherName = forge(
    { agent: 'orchestrator', keys, policy },
    {
      destination: { transport: 'kafka', topic },
      payload: Buffer.from('"forged"'),
      key,
      headers: [],
      partition: 0,
      description: {},
    },
  );
  const attacks = [
    ['ERR_POLICY_AUDIENCE', readdressed(record, teamOnly, 2)],
    ['ERR_INTEGRITY_SIGNATURE', readdressed(record, everybody, 1)],
    ['ERR_INTEGRITY_SIGNATURE', await resealed(record, '"forged"')],
    ['ERR_KEY_OWNER', inAnotherName.value!],
  ] as const;
  for (const [code, value] of attacks) {
    const before = quarantined.items.length;
    await insider.send({ topic, messages: [{ key, value }] });
    // Both readers put it away.
    await quarantined.until(({ length }) => length >= before + 2);
    expect(quarantined.items.slice(before)).toEqual([code, code]);
  }
  await send('after');
  expect(await both('after')).toEqual([true, true]);
  expect(handed.orchestrator.items).toEqual(['"before"', '"after"']);
  expect(handed.researcher.items).toEqual(['"before"', '"after"']);
});
