// A quarantine that cannot be written, and what lies in one that can.
import { afterEach, expect, test } from '@jest/globals';
import kafkajs, { type Message } from 'kafkajs';
import { auditEvent } from '../audit-event.js';
import { command } from '../command.ts';
import { bareKafka, createTopics, fixture, withAdmin } from '../fixture.ts';
import { redrivePolicy } from '../redrive-policy.ts';
import { committedTo, next, openStage, sendValues, text, type Stage } from './stage.ts';

let stage: Stage;
afterEach(() => stage.close());

async function sendBare(topic: string, messages: Message[]): Promise<void> {
  const bare = bareKafka().producer();
  await bare.connect();
  await bare.send({ topic, messages });
  await bare.disconnect();
}

const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs;

/** Takes the researcher’s right to write. @returns what gives it back */
async function deny(topic: string): Promise<() => Promise<unknown>> {
  const denial = {
    resourceType: AclResourceTypes.TOPIC,
    resourceName: topic,
    resourcePatternType: ResourcePatternTypes.LITERAL,
    principal: 'User:researcher',
    host: '*',
    operation: AclOperationTypes.WRITE,
    permissionType: AclPermissionTypes.DENY,
  };
  await withAdmin((admin) => admin.createAcls({ acl: [denial] }));
  return () => withAdmin((admin) => admin.deleteAcls({ filters: [denial] }));
}

test.each([
  ['may not be written', async () => deny(stage.quarantine)],
  [
    'was deleted',
    async () => {
      await withAdmin((admin) => admin.deleteTopics({ topics: [stage.quarantine] }));
      return () => createTopics([stage.quarantine]);
    },
  ],
])('while the quarantine topic %s the partition waits, and goes on by itself', async (_, break_) => {
  stage = await openStage();
  const producer = await stage.producer();
  await sendValues(producer, stage.topic, ['a']);
  await sendBare(stage.topic, [{ value: 'junk', partition: 0 }]);
  await sendValues(producer, stage.topic, ['b']);
  const mend = await break_();
  const seen: string[] = [];
  const consumer = await stage.consumer({ heartbeatInterval: 100 });
  const done = committedTo(consumer, '3');
  await consumer.run({ eachMessage: async (payload) => void seen.push(text(payload)) });
  // Heartbeats during the wait show that the member is alive.
  for (let beats = 0; beats < 12; beats++) await next(consumer, consumer.events.HEARTBEAT);
  const committed = await stage.committed();
  expect(['-1', '0', '1']).toContain(committed[0]);
  await mend();
  await done;
  expect(seen).toEqual(['a', 'b']);
  const [kept] = await stage.raw(stage.quarantine, 1);
  expect(kept!.value!.toString()).toBe('junk');
  expect(await stage.audited('message.rejected', 1)).toMatchObject([{ outcome: 'quarantined', offset: '1' }]);
});

test('there is no plaintext in quarantine, whatever its messages were refused for', async () => {
  stage = await openStage({ partitions: 2, byReference: true, clearHeaders: ['tenant'] });
  const policy = redrivePolicy(stage.policy);
  const canary = 'canary-6f1e';
  const producer = await stage.producer();
  const message = (n: number) => ({
    key: 'k',
    value: `${canary} ${n}`,
    headers: { tenant: 'acme', inside: canary },
    partition: 0,
  });
  await producer.send({ topic: stage.topic, messages: [message(0), message(1)] });
  const [wire] = await stage.raw(stage.topic, 2);
  const first = { key: wire!.key, value: wire!.value!, headers: wire!.headers! };
  const bent = (at: number): Buffer => {
    const value = Buffer.from(first.value);
    value[at < 0 ? value.length + at : at]! ^= 1;
    return value;
  };
  const { headers } = first;
  await sendBare(stage.topic, [
    { ...first, partition: 1 },
    { key: 'k', value: bent(-5), headers, partition: 0 },
    { key: 'k', value: bent(3), headers, partition: 0 },
    { key: 'k', value: bent(14), headers, partition: 0 },
    { key: 'other', value: first.value, headers, partition: 0 },
    { key: 'k', value: first.value, headers: { tenant: 'other' }, partition: 0 },
    { key: 'k', value: first.value.subarray(0, -40), headers, partition: 0 },
    { key: 'k', value: null, headers: { sealwire: first.value }, partition: 0 },
  ]);
  const read = async (upTo: string): Promise<void> => {
    const consumer = await stage.consumer();
    const done = [committedTo(consumer, upTo), committedTo(consumer, '1', 1)];
    await consumer.run({ eachMessage: async () => undefined });
    await Promise.all(done);
    await consumer.disconnect();
  };
  policy.refuse();
  await read('9');
  policy.cure();
  const kept = await stage.raw(stage.quarantine, 10);
  const codes = new Set(kept.map(({ headers: beside }) => String(beside!['sealwire-code'])));
  for (const code of [
    'ERR_POLICY_SENDER',
    'ERR_POLICY_PARTITION',
    'ERR_POLICY_HEADERS',
    'ERR_FORMAT_TOMBSTONE',
  ])
    expect([...codes]).toContain(code);
  expect(codes.size).toBeGreaterThanOrEqual(6);
  const forms = [
    canary,
    Buffer.from(canary).toString('hex'),
    Buffer.from(canary).toString('base64').slice(0, -4),
  ];
  for (const { key, value, headers: beside } of kept) {
    const all = Buffer.concat([
      key ?? Buffer.alloc(0),
      value ?? Buffer.alloc(0),
      Buffer.from(
        JSON.stringify(beside, (_, each: unknown) =>
          Buffer.isBuffer(each) ? each.toString('latin1') : each,
        ),
      ),
    ]);
    for (const form of forms) expect(all.includes(form)).toBe(false);
  }
});

test('a flood of junk is kept as offsets and a digest, with one event each, and what is good keeps flowing', async () => {
  stage = await openStage();
  const producer = await stage.producer();
  const junk = Array.from({ length: 6000 }, (_, i) => ({ value: `junk ${i}`, partition: 0 }));
  await sendBare(stage.topic, junk);
  await sendValues(producer, stage.topic, ['a']);
  const consumer = await stage.consumer();
  const done = committedTo(consumer, '6001');
  const seen: string[] = [];
  const began = performance.now();
  await consumer.run({ eachMessage: async (payload) => void seen.push(text(payload)) });
  await done;
  const passedMs = performance.now() - began;
  expect(seen).toEqual(['a']);
  const audited = async () => {
    const [end] = await withAdmin((admin) => admin.fetchTopicOffsets(stage.audit));
    const lines = await stage.raw(stage.audit, Number(end!.high));
    const events = lines
      .map(({ value }) => auditEvent(value!))
      .filter(({ kind }) => kind === 'message.rejected');
    const ranges = events.filter(({ rejected_count: count }) => count !== undefined);
    const singles = events.length - ranges.length;
    const counted = ranges.reduce((sum, { rejected_count: count }) => sum + Number(count), singles);
    return { events, ranges, counted };
  };
  let found = await audited();
  // They are published after what they are about is committed.
  while (found.counted < 6000) found = await audited();
  const { events, ranges, counted } = found;
  expect([counted, ranges.length > 0]).toEqual([6000, true]);
  // A thousand at once, and a hundred a second.
  expect(events.length - ranges.length).toBeLessThanOrEqual(1000 + Math.ceil(passedMs / 10));
  const { out } = await command(
    ...[
      'quarantine',
      'list',
      '--kafka',
      fixture().kafka.join(','),
      '--policy',
      stage.policy,
      '--agent',
      'researcher',
    ],
  );
  expect(out).toMatch(/stands for \d+ records at \d+-\d+/);
});
