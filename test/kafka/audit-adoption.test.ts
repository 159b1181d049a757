// What a killed process had in its audit spool, published by another process of its agent that runs on.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text as textOf } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { secureKafka } from '@sealwire/kafka';
import kafkajs from 'kafkajs';
import type { OpenedSealwire } from 'sealwire';
import { auditEvent } from '../audit-event.ts';
import { command } from '../command.ts';
import { createTopics, fixture, fresh, openAs, withAdmin } from '../fixture.ts';
import type { KilledSenderStart } from './killed-sender.ts';
import { openStage, sendValues, type Stage } from './stage.ts';

type Event = Readonly<Record<string, string | number>>;
const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs;
const agent = 'orchestrator';
const values = Array.from({ length: 20 }, (_, i) => `value ${i}`);

let stage: Stage;
let policy: string;
const observed = fresh('observed');
/** Runs all the while. */
let other: OpenedSealwire;

beforeAll(async () => {
  stage = await openStage();
  await createTopics([observed]);
  const inAMonth = new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10);
  policy = stage.variant((given) =>
    given.replace(
      /^connections:/m,
      `  observed:
    kafka: { topics: [${observed}] }
    messages:
      - { type: agent.note, from: [${agent}], to: [team], content_type: application/octet-stream }
    max_age: 24h
    mode: observe
    plaintext: { insecure_until: ${inAMonth}, insecure_from: anybody }
connections:`,
    ),
  );
  other = await openAs(agent, policy);
});
afterAll(async () => {
  await other.close();
  await stage.close();
});

const denial = () => [
  {
    resourceType: AclResourceTypes.TOPIC,
    resourceName: stage.audit,
    principal: `User:${agent}`,
    host: '*',
    operation: AclOperationTypes.WRITE,
    permissionType: AclPermissionTypes.DENY,
    resourcePatternType: ResourcePatternTypes.LITERAL,
  },
];

/** @returns what the process said before it was killed */
async function killedSender(): Promise<{ readonly spooled: number }> {
  const program = new URL('killed-sender.ts', import.meta.url).pathname;
  const start: KilledSenderStart = {
    ...{ agent, policy, topic: stage.topic, values, observed },
    brokers: fixture().kafka,
  };
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.end(JSON.stringify(start));
  const [out, [exitCode, signal]] = await Promise.all([textOf(child.stdout), once(child, 'exit')]);
  expect([exitCode, signal]).toEqual([null, 'SIGKILL']);
  return JSON.parse(out) as { spooled: number };
}

/** In the order of the topic, each event once. */
async function eventsOf(topic: string): Promise<Event[]> {
  const ends = await withAdmin((admin) => admin.fetchTopicOffsets(topic));
  const count = ends.reduce((sum, { high }) => sum + Number(high), 0);
  const all = count === 0 ? [] : await stage.raw(topic, count);
  return all.map(({ value }) => auditEvent<Event>(value!));
}

test('another process of the agent publishes it within half a minute of the topic’s return, each message with its outcome (A-16)', async () => {
  const clients = { brokers: fixture().kafka, logLevel: kafkajs.logLevel.NOTHING };
  const producer = secureKafka(other, clients).producer();
  await producer.connect();
  await sendValues(producer, stage.topic, ['of the other']);
  while (other.auditStates()[0]!.spooledEvents > 0) await new Promise((resolve) => setTimeout(resolve, 50));
  const [{ chain: own }] = (await eventsOf(stage.audit)) as [Event];
  await withAdmin((admin) => admin.createAcls({ acl: denial() }));

  const { spooled } = await killedSender();
  expect(spooled).toBeGreaterThanOrEqual(values.length);
  expect((await eventsOf(stage.audit)).filter(({ chain }) => chain !== own)).toEqual([]);

  await withAdmin((admin) => admin.deleteAcls({ filters: denial() }));
  const allowedAt = performance.now();
  let left: Event[] = [];
  while (!left.some(({ kind }) => kind === 'audit.checkpoint')) {
    // Five times as long: a busy machine may stand still for a while.
    expect(performance.now() - allowedAt).toBeLessThan(150_000);
    await new Promise((resolve) => setTimeout(resolve, 500));
    left = (await eventsOf(stage.audit)).filter(({ chain }) => chain !== own);
  }
  const passedMs = performance.now() - allowedAt;
  process.stderr.write(`What the killed process left was published ${Math.round(passedMs)} ms later\n`);
  expect(new Set(left.map(({ chain }) => chain)).size).toBe(1);
  expect(left.map(({ sequence }) => sequence)).toEqual(left.map((_event, i) => i));
  const sent = left.filter(({ kind }) => kind === 'message.sent');
  expect(sent.map(({ channel, outcome }) => `${channel} ${outcome}`)).toEqual([
    ...values.map(() => 'orders acknowledged'),
    // Its entry stood before kafkajs was called; whether the broker has it nobody can tell.
    'observed unknown',
  ]);
  expect(sent.at(-1)).toMatchObject({ encryption_status: 'plaintext', mode: 'observe', after: 'restart' });

  await producer.disconnect();
  await other.close();
  const reading = ['--brokers', fixture().kafka.join(','), '--policy', policy, '--agent', 'researcher'];
  const { exitCode, out } = await command('audit', 'verify', ...reading, '--no-reconcile', '--json');
  expect([exitCode, JSON.parse(out.trim().split('\n').at(-1)!)]).toEqual([
    0,
    expect.objectContaining({ ok: true, chains: 2, unfinished: 0 }),
  ]);
});
