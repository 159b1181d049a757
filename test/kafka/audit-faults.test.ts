// Whatever happens to the audit topic while messages flow: nothing waits for it, nothing is lost, and the order holds.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { secureKafka, type SecureKafka } from '@sealwire/kafka';
import kafkajs, { type Admin } from 'kafkajs';
import type { OpenedSealwire } from 'sealwire';
import { auditEvent } from '../audit-event.ts';
import { command, jsonLines } from '../command.ts';
import { createTopics, fixture, openAs, withAdmin } from '../fixture.ts';
import { committedTo, openStage, sendValues, take, type Stage } from './stage.ts';

type Event = Record<string, string | number>;
const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs;
const count = 40;

let stage: Stage;
const sealwires: OpenedSealwire[] = [];
beforeEach(async () => {
  stage = await openStage();
});
afterEach(async () => {
  await endAgents();
  await stage.close();
});

async function endAgents(): Promise<void> {
  for (const sealwire of sealwires.splice(0)) await sealwire.close();
}

async function agent(name: string): Promise<SecureKafka> {
  const sealwire = await openAs(name, stage.policy);
  sealwires.push(sealwire);
  const { NOTHING } = kafkajs.logLevel;
  return secureKafka(sealwire, {
    clientId: name,
    brokers: fixture().kafka,
    logLevel: NOTHING,
    retry: { retries: 2 },
  });
}

/** Sends that many messages, one call each. */
async function sent(kafka: SecureKafka, from: number, to: number): Promise<void> {
  const producer = kafka.producer();
  await producer.connect();
  for (let n = from; n < to; n++) await sendValues(producer, stage.topic, [`value ${n}`]);
  await producer.disconnect();
}

/** Receives and commits that many. */
async function received(kafka: SecureKafka, number: number): Promise<void> {
  const consumer = kafka.consumer({ groupId: stage.group, maxWaitTimeInMs: 200 });
  await consumer.connect();
  await consumer.subscribe({ topics: [stage.topic], fromBeginning: true });
  const committed = committedTo(consumer, String(number));
  await take(consumer, number);
  await committed;
  await consumer.disconnect();
}

const spooled = (): number =>
  sealwires.flatMap((one) => one.auditStates()).reduce((sum, { spooledEvents }) => sum + spooledEvents, 0);

async function drained(): Promise<void> {
  while (spooled() > 0) await new Promise((resolve) => setTimeout(resolve, 50));
}

/** The trail as it lies there, a repeat once. */
async function events(): Promise<Event[]> {
  const total = await withAdmin(async (admin) =>
    (await admin.fetchTopicOffsets(stage.audit)).reduce(
      (sum, { high, low }) => sum + Number(high) - Number(low),
      0,
    ),
  );
  const all = (await stage.raw(stage.audit, total)).map(({ value }) => auditEvent<Event>(value!));
  return [...new Map(all.map((event) => [`${event['chain']}:${event['sequence']}`, event])).values()];
}

interface Finding {
  readonly finding?: string;
  readonly kind?: string;
}

async function verified(): Promise<{ exitCode: number; lines: Finding[] }> {
  const brokers = fixture().kafka.join(',');
  const ran = await command(
    'audit',
    'verify',
    '--brokers',
    brokers,
    '--policy',
    stage.policy,
    '--agent',
    'admin',
    '--json',
  );
  return { exitCode: ran.exitCode, lines: jsonLines<Finding>(ran.out) };
}

const alter = (setting: string, value: string) => (): Promise<unknown> =>
  withAdmin((admin: Admin) =>
    admin.alterConfigs({
      validateOnly: false,
      resources: [
        {
          type: kafkajs.ConfigResourceTypes.TOPIC,
          name: stage.audit,
          configEntries: [{ name: setting, value }],
        },
      ],
    }),
  );

const denials = () =>
  ['orchestrator', 'researcher'].map((name) => ({
    resourceType: AclResourceTypes.TOPIC,
    resourceName: stage.audit,
    principal: `User:${name}`,
    host: '*',
    operation: AclOperationTypes.WRITE,
    permissionType: AclPermissionTypes.DENY,
    resourcePatternType: ResourcePatternTypes.LITERAL,
  }));

interface Fault {
  readonly begin: () => Promise<unknown>;
  readonly end: () => Promise<unknown>;
}

const faults: Readonly<Record<string, Fault>> = {
  'takes no record of an event’s size': {
    begin: alter('max.message.bytes', '100'),
    end: alter('max.message.bytes', '1048588'),
  },
  'lets agents not write': {
    begin: () => withAdmin((admin) => admin.createAcls({ acl: denials() })),
    end: () => withAdmin((admin) => admin.deleteAcls({ filters: denials() })),
  },
};

describe.each(Object.entries(faults))('a topic that %s', (_, fault) => {
  test('keeps nobody waiting; every event is there afterwards, once or as the same bytes, and in order (A-17)', async () => {
    const [orchestrator, researcher] = [await agent('orchestrator'), await agent('researcher')];
    await sent(orchestrator, 0, 5);
    // A client that starts while the topic is so refuses it.
    const first = researcher.producer();
    await first.connect();
    await first.disconnect();
    await drained();
    await fault.begin();
    await sent(orchestrator, 5, count);
    await received(researcher, count);
    expect(spooled()).toBeGreaterThanOrEqual(count + count - 5);
    await fault.end();
    await drained();
    await endAgents();

    const all = await events();
    const chains = new Set(all.map(({ chain }) => chain));
    expect(chains.size).toBe(2);
    for (const name of chains) {
      const sequences = all.filter(({ chain }) => chain === name).map(({ sequence }) => sequence);
      expect(sequences).toEqual(sequences.map((_sequence, i) => i));
    }
    const offsets = all.filter(({ kind }) => kind === 'message.received').map(({ offset }) => Number(offset));
    expect(offsets).toEqual(Array.from({ length: count }, (_value, i) => i));
    const hashes = new Set(
      all.filter(({ kind }) => kind === 'message.sent').map((one) => one['message_hash']),
    );
    expect(hashes.size).toBe(count);
    expect(await verified()).toMatchObject({ exitCode: 0 });
  });
});

test('what waited when the process ended is published by its next start, in the same chain', async () => {
  const fault = faults['lets agents not write']!;
  const orchestrator = await agent('orchestrator');
  await sent(orchestrator, 0, 5);
  await drained();
  await fault.begin();
  await sent(orchestrator, 5, count);
  await endAgents();
  await fault.end();
  await sent(await agent('orchestrator'), count, count + 1);
  await drained();
  await endAgents();
  const all = await events();
  expect(new Set(all.map(({ chain }) => chain)).size).toBe(1);
  expect(all.map(({ sequence }) => sequence)).toEqual(all.map((_event, i) => i));
  expect(all.filter(({ kind }) => kind === 'message.sent')).toHaveLength(count + 1);
  expect(await verified()).toMatchObject({ exitCode: 0 });
});

test('a topic that is deleted and made anew gets what waited, and what it had lost is told by verify', async () => {
  const orchestrator = await agent('orchestrator');
  await sent(orchestrator, 0, 5);
  await drained();
  await withAdmin((admin) => admin.deleteTopics({ topics: [stage.audit] }));
  await sent(orchestrator, 5, count);
  expect(spooled()).toBeGreaterThanOrEqual(count - 5);
  await createTopics([stage.audit]);
  await drained();
  await endAgents();
  const all = await events();
  const first = Number(all[0]!['sequence']);
  expect(first).toBeGreaterThanOrEqual(5);
  expect(all.map(({ sequence }) => sequence)).toEqual(all.map((_event, i) => first + i));
  expect(all.filter(({ kind }) => kind === 'message.sent')).toHaveLength(count - 5);
  expect((await verified()).exitCode).toBe(1);
});

test('a topic that gets more partitions loses nothing', async () => {
  const orchestrator = await agent('orchestrator');
  await sent(orchestrator, 0, 5);
  await withAdmin((admin) => admin.createPartitions({ topicPartitions: [{ topic: stage.audit, count: 4 }] }));
  await endAgents();
  await sent(await agent('orchestrator'), 5, count);
  await drained();
  await endAgents();
  const all = await events();
  const sequences = all.map(({ sequence }) => Number(sequence)).sort((one, other) => one - other);
  expect(sequences).toEqual(sequences.map((_sequence, i) => i));
  expect(all.filter(({ kind }) => kind === 'message.sent')).toHaveLength(count);
});

test('records that retention took from the front are no finding (A-11)', async () => {
  await sent(await agent('orchestrator'), 0, count);
  await drained();
  await endAgents();
  await sent(await agent('orchestrator'), count, count + 5);
  await endAgents();
  await withAdmin(async (admin) => {
    // kafkajs knows where a topic is only when it has asked for it.
    await admin.fetchTopicOffsets(stage.audit);
    await admin.deleteTopicRecords({ topic: stage.audit, partitions: [{ partition: 0, offset: '20' }] });
  });
  const { exitCode, lines } = await verified();
  expect({ exitCode, lines }).toMatchObject({ exitCode: 0 });
});
