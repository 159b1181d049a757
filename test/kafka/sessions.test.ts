// Sessions by reference on a real Kafka: written before they are referred to, looked up, and never a reason to lose a message.
import { afterEach, describe, expect, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { decodeSessionRecord, referenceOf, selfContained } from '@sealwire/envelope';
import kafkajs, { type Message } from 'kafkajs';
import { bareKafka, createTopics, fresh, withAdmin } from '../fixture.ts';
import { committedTo, keptForEver, openStage, sendValues, take, text, type Stage } from './stage.ts';

let stage: Stage;
afterEach(() => stage.close());

async function sendBare(topic: string, messages: Message[]): Promise<void> {
  const bare = bareKafka().producer();
  await bare.connect();
  await bare.send({ topic, messages });
  await bare.disconnect();
}

const changed = (bytes: Buffer, at: number): Buffer => {
  const copy = Buffer.from(bytes);
  copy[at < 0 ? copy.length + at : at]! ^= 1;
  return copy;
};

/** A record that refers to a session which nobody wrote. */
async function lost(): Promise<Buffer> {
  const [record] = await stage.raw(stage.topic, 1);
  const reference = referenceOf(record!.value!)!;
  const at = record!.value!.indexOf(reference);
  return Buffer.concat([record!.value!.subarray(0, at), randomBytes(16), record!.value!.subarray(at + 16)]);
}

/** Deletes what lies before an offset of partition 0. */
const forget = (offset: string) =>
  withAdmin(async (admin) => {
    // kafkajs needs to know of the topic first.
    await admin.fetchTopicOffsets(stage.topic);
    await admin.deleteTopicRecords({ topic: stage.topic, partitions: [{ partition: 0, offset }] });
  });

describe('messages by reference', () => {
  test('lie in the topic without their session, which lies in the session topic once, and are read by who joins late', async () => {
    stage = await openStage({ byReference: true });
    const producer = await stage.producer();
    await Promise.all([
      sendValues(producer, stage.topic, ['a', null]),
      producer.sendBatch({
        topicMessages: [{ topic: stage.topic, messages: [{ value: 'b', partition: 0 }] }],
      }),
    ]);
    const consumer = await stage.consumer();
    const values = (await take(consumer, 3)).map(({ message }) => message.value?.toString() ?? null);
    expect(values.sort()).toEqual(['a', 'b', null]);
    for (const record of await stage.raw(stage.topic, 3)) {
      const bytes = record.value ?? (record.headers!['sealwire'] as Buffer);
      expect(referenceOf(bytes)).not.toBeNull();
    }
    await sendValues(producer, stage.topic, ['c']);
    expect(await withAdmin((admin) => admin.fetchTopicOffsets(stage.sessions))).toMatchObject([
      { high: '1' },
    ]);
    const late = await stage.consumer({ groupId: `${stage.group}-late` });
    expect((await take(late, 4)).length).toBe(4);
  });

  test('stand beside self-contained ones, and are read again after a restart', async () => {
    stage = await openStage({ byReference: true });
    const producer = await stage.producer();
    await sendValues(producer, stage.topic, ['a', 'b']);
    const [first] = await stage.raw(stage.topic, 2);
    const [session] = await stage.raw(stage.sessions, 1);
    const bytes = decodeSessionRecord(session!.key, session!.value).session.bytes;
    await sendBare(stage.topic, [{ value: selfContained(first!.value!, bytes), partition: 0 }]);
    // In place of the original, of which it would be a copy.
    await forget('1');
    const consumer = await stage.consumer();
    const committed = committedTo(consumer, '3');
    expect((await take(consumer, 2)).map(text)).toEqual(['b', 'a']);
    await committed;
    await consumer.disconnect();
    await sendValues(producer, stage.topic, ['c']);
    expect((await take(await stage.consumer(), 1)).map(text)).toEqual(['c']);
  });

  test('of a transaction that is aborted leave their session behind', async () => {
    stage = await openStage({ byReference: true });
    const producer = await stage.producer({
      transactionalId: stage.group,
      maxInFlightRequests: 1,
      idempotent: true,
    });
    const aborted = await producer.transaction();
    await aborted.send({ topic: stage.topic, messages: [{ value: 'a', partition: 0 }] });
    await aborted.abort();
    const transaction = await producer.transaction();
    await transaction.send({ topic: stage.topic, messages: [{ value: 'b', partition: 0 }] });
    await transaction.commit();
    expect((await take(await stage.consumer(), 1)).map(text)).toEqual(['b']);
  });

  test('are not sent where their session cannot be written', async () => {
    stage = await openStage({ byReference: true });
    const producer = await stage.producer();
    await withAdmin((admin) => admin.deleteTopics({ topics: [stage.sessions] }));
    await expect(sendValues(producer, stage.topic, ['a'])).rejects.toMatchObject({
      code: 'ERR_UNABLE_SESSIONS',
    });
    await createTopics([stage.sessions], 1, keptForEver);
    await sendValues(producer, stage.topic, ['b']);
    expect((await take(await stage.consumer(), 1)).map(text)).toEqual(['b']);
    expect(await stage.audited('message.sent', 2)).toMatchObject([
      { outcome: 'failed' },
      { outcome: 'acknowledged' },
    ]);
  });
});

describe('a reference to a session that nobody wrote', () => {
  test('is a verdict, again and again, and stalls nothing', async () => {
    stage = await openStage({ byReference: true });
    const producer = await stage.producer();
    await sendValues(producer, stage.topic, ['a']);
    await sendBare(stage.topic, [
      { value: await lost(), partition: 0 },
      { value: await lost(), partition: 0 },
    ]);
    await sendValues(producer, stage.topic, ['b']);
    const consumer = await stage.consumer();
    expect((await take(consumer, 2)).map(text)).toEqual(['a', 'b']);
    const kept = await stage.raw(stage.quarantine, 2);
    for (const { headers } of kept) {
      expect(String(headers!['sealwire-code'])).toBe('ERR_FORMAT_SESSION_UNKNOWN');
      expect(headers!['sealwire-session']).toBeUndefined();
    }
  });

  test('waits while the session topic may not be read, and so does everything behind it; then all goes on', async () => {
    stage = await openStage({ byReference: true });
    const producer = await stage.producer();
    await sendValues(producer, stage.topic, ['a', 'b']);
    const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs;
    const denied = {
      resourceType: AclResourceTypes.TOPIC,
      resourceName: stage.sessions,
      resourcePatternType: ResourcePatternTypes.LITERAL,
      principal: 'User:researcher',
      host: '*',
      operation: AclOperationTypes.READ,
      permissionType: AclPermissionTypes.DENY,
    };
    await withAdmin((admin) => admin.createAcls({ acl: [denied] }));
    const consumer = await stage.consumer();
    const taking = take(consumer, 2);
    const early = await Promise.race([taking.then(() => 'read'), waitsFor(consumer)]);
    expect(early).toBe('waits');
    expect(await stage.committed()).toEqual(['-1']);
    await withAdmin((admin) => admin.deleteAcls({ filters: [denied] }));
    expect((await taking).map(text)).toEqual(['a', 'b']);
  });
});

describe('what lies in a session topic', () => {
  test('is ignored where it is junk, forged or another’s, however much of it there is', async () => {
    stage = await openStage({ byReference: true });
    const producer = await stage.producer();
    await sendValues(producer, stage.topic, ['a']);
    const [honest] = await stage.raw(stage.sessions, 1);
    const key = honest!.key!;
    const value = honest!.value!;
    await sendBare(stage.sessions, [
      { key: null, value: 'junk' },
      { key, value: null },
      { key, value: changed(value, -1) },
      { key, value: changed(value, 40) },
      { key: changed(key, 20), value },
      ...Array.from({ length: 2000 }, () => ({ key: randomBytes(32), value: randomBytes(300) })),
    ]);
    expect((await take(await stage.consumer(), 1)).map(text)).toEqual(['a']);
    await sendValues(producer, stage.topic, ['b']);
    const late = await stage.consumer({ groupId: `${stage.group}-late` });
    expect((await take(late, 2)).map(text)).toEqual(['a', 'b']);
  });

  test('has its end where a transaction was aborted, or is still open', async () => {
    stage = await openStage({ byReference: true });
    const producer = await stage.producer();
    const junk = { topic: stage.sessions, messages: [{ key: randomBytes(32), value: randomBytes(300) }] };
    const bare = [fresh('aborted'), fresh('open')].map((transactionalId) =>
      stage.closes(bareKafka().producer({ transactionalId, idempotent: true, maxInFlightRequests: 1 })),
    );
    for (const each of bare) await each.connect();
    const open = await bare[1]!.transaction();
    await open.send(junk);
    await sendValues(producer, stage.topic, ['a']);
    const aborted = await bare[0]!.transaction();
    await aborted.send(junk);
    await aborted.abort();
    expect((await take(await stage.consumer(), 1)).map(text)).toEqual(['a']);
    await sendBare(stage.topic, [{ value: await lost(), partition: 0 }]);
    const [kept] = await stage.raw(stage.quarantine, 1);
    expect(String(kept!.headers!['sealwire-code'])).toBe('ERR_FORMAT_SESSION_UNKNOWN');
    await open.abort();
  });

  test('and is signed by another than its session names opens nothing', async () => {
    stage = await openStage({ byReference: true });
    const producer = await stage.producer();
    await sendValues(producer, stage.topic, ['a']);
    const [honest] = await stage.raw(stage.sessions, 1);
    await withAdmin((admin) => admin.deleteTopics({ topics: [stage.sessions] }));
    await createTopics([stage.sessions], 1, keptForEver);
    await sendBare(stage.sessions, [{ key: honest!.key!, value: changed(honest!.value!, -1) }]);
    await sendBare(stage.topic, [{ value: 'end', partition: 0 }]);
    const consumer = await stage.consumer();
    const committed = committedTo(consumer, '2');
    void take(consumer, 1);
    await committed;
    const [kept] = await stage.raw(stage.quarantine, 2);
    expect(String(kept!.headers!['sealwire-code'])).toBe('ERR_FORMAT_SESSION_UNKNOWN');
    // The record is not lost: with its session back, it is whole again.
    expect(
      selfContained(kept!.value!, decodeSessionRecord(honest!.key, honest!.value).session.bytes).length,
    ).toBeGreaterThan(kept!.value!.length);
  });
});

test('a rejected message takes its session into quarantine and is whole again there', async () => {
  stage = await openStage({ byReference: true, partitions: 2 });
  const producer = await stage.producer();
  await sendValues(producer, stage.topic, ['a']);
  const [record] = await stage.raw(stage.topic, 1);
  // Copied to another partition than it was sealed for.
  await sendBare(stage.topic, [{ value: record!.value, partition: 1 }]);
  const consumer = await stage.consumer();
  expect((await take(consumer, 1)).map(text)).toEqual(['a']);
  const [kept] = await stage.raw(stage.quarantine, 1);
  expect(String(kept!.headers!['sealwire-code'])).toBe('ERR_POLICY_PARTITION');
  const whole = selfContained(kept!.value!, kept!.headers!['sealwire-session'] as Buffer);
  await sendBare(stage.topic, [{ value: whole, partition: 0 }]);
  await forget('1');
  const late = await stage.consumer({ groupId: `${stage.group}-late` });
  expect((await take(late, 1)).map(text)).toEqual(['a']);
});

describe('a client refuses to connect', () => {
  test.each([
    ['compacted', { 'cleanup.policy': 'compact' }, 'cleanup.policy=delete'],
    ['limited by size', { ...keptForEver, 'retention.bytes': '1000000' }, 'retention.bytes=-1'],
    // Topics keep messages for seven days; sessions must be kept for a day, the epoch, longer.
    ['kept too short', { 'retention.ms': '604800000' }, 'retention.ms=691200000'],
  ])('where the session topic is %s, and says what to type', async (_, config, command) => {
    stage = await openStage({ byReference: true });
    await withAdmin((admin) => admin.deleteTopics({ topics: [stage.sessions] }));
    await createTopics([stage.sessions], 1, config);
    const refusal = { code: 'ERR_USAGE_TOPIC', message: expect.stringContaining(command) };
    await expect(stage.producer()).rejects.toMatchObject(refusal);
    await expect(stage.consumer()).rejects.toMatchObject(refusal);
  });

  test('where it does not exist', async () => {
    stage = await openStage({ byReference: true });
    await withAdmin((admin) => admin.deleteTopics({ topics: [stage.sessions] }));
    await expect(stage.producer()).rejects.toMatchObject({ code: 'ERR_USAGE_TOPIC' });
  });
});

/** Resolves when the consumer has fetched several times while a batch waits. */
function waitsFor(consumer: {
  on: (name: never, listener: () => void) => () => void;
  events: { HEARTBEAT: string };
}): Promise<string> {
  return new Promise((resolve) => {
    const remove = consumer.on(consumer.events.HEARTBEAT as never, () => {
      remove();
      resolve('waits');
    });
  });
}
