// Nothing is committed before its audit event is safe.
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import kafkajs, { type EachMessagePayload, type Producer } from 'kafkajs';
import { bareKafka, withAdmin } from '../fixture.ts';
import { committedTo, openStage, sendValues, take, text, type Stage } from './stage.ts';

let stage: Stage;
let producer: Producer;
async function begin(failurePolicy: 'spool' | 'block'): Promise<void> {
  stage = await openStage({ auditMore: `, failure_policy: ${failurePolicy}` });
  producer = await stage.producer();
  await sendValues(producer, stage.topic, ['a', 'b']);
}
beforeEach(() => begin('block'));
afterEach(() => stage.close());

const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs;

const denial = (topic: string) => ({
  resourceType: AclResourceTypes.TOPIC,
  resourceName: topic,
  principal: 'User:researcher',
  host: '*',
  operation: AclOperationTypes.WRITE,
  permissionType: AclPermissionTypes.DENY,
});

/** Makes a topic unwritable for the researcher. @returns what makes it writable again */
async function deny(topic: string): Promise<() => Promise<unknown>> {
  const acl = [{ ...denial(topic), resourcePatternType: ResourcePatternTypes.LITERAL }];
  await withAdmin((admin) => admin.createAcls({ acl }));
  const filters = [{ ...denial(topic), resourcePatternType: ResourcePatternTypes.LITERAL }];
  return () => withAdmin((admin) => admin.deleteAcls({ filters }));
}

test('while the audit topic cannot be written nothing is committed, and it recovers by itself', async () => {
  const allow = await deny(stage.audit);
  const waiting: string[] = [];
  const consumer = await stage.consumer({ heartbeatInterval: 100 });
  // A heartbeat during the wait shows that the member is alive and the handler has returned.
  const taken = await take(consumer, 2);
  await new Promise<void>((resolve) => {
    const remove = consumer.on(consumer.events.HEARTBEAT, () => {
      waiting.push('heartbeat');
      if (waiting.length < 8) return;
      remove();
      resolve();
    });
  });
  expect(taken.map(text)).toEqual(['a', 'b']);
  expect(await stage.committed()).toEqual(['-1']);
  const committed = committedTo(consumer, '2');
  await allow();
  await committed;
  const events = await stage.audited('message.received', 2);
  expect(events.map(({ offset }) => offset)).toEqual(['0', '1']);
  expect(taken).toHaveLength(2);
});

test('a consumer that is stopped while it waits commits nothing, and its successor delivers again', async () => {
  const allow = await deny(stage.audit);
  const consumer = await stage.consumer();
  expect((await take(consumer, 2)).map(text)).toEqual(['a', 'b']);
  await consumer.disconnect();
  expect(await stage.committed()).toEqual(['-1']);
  await allow();
  const successor = await stage.consumer();
  const committed = committedTo(successor, '2');
  expect((await take(successor, 2)).map(text)).toEqual(['a', 'b']);
  await committed;
});

test('by failure_policy: spool, messages are committed while the topic is away, and their events follow in order (A-16)', async () => {
  await stage.close();
  await begin('spool');
  const allow = await deny(stage.audit);
  const consumer = await stage.consumer();
  const committed = committedTo(consumer, '2');
  expect((await take(consumer, 2)).map(text)).toEqual(['a', 'b']);
  await committed;
  await allow();
  const events = await stage.audited('message.received', 2);
  expect(events.map(({ offset }) => offset)).toEqual(['0', '1']);
  expect(new Set(events.map(({ chain }) => chain)).size).toBe(1);
});

test('while the quarantine cannot be written nothing behind a rejected record is committed', async () => {
  const bare = bareKafka().producer();
  await bare.connect();
  await sendValues(bare, stage.topic, ['junk']);
  await bare.disconnect();
  await sendValues(producer, stage.topic, ['c']);
  const allow = await deny(stage.quarantine);
  const consumer = await stage.consumer({ heartbeatInterval: 100 });
  const seen: string[] = [];
  let heartbeats = 0;
  await new Promise<void>((resolve, reject) => {
    const eachMessage = async (payload: EachMessagePayload): Promise<void> => {
      seen.push(text(payload));
      if (seen.length < 3) return;
      consumer.on(consumer.events.HEARTBEAT, () => ++heartbeats === 8 && resolve());
    };
    consumer.run({ eachMessage }).catch(reject);
  });
  expect(await stage.committed()).toEqual(['-1']);
  const committed = committedTo(consumer, '4');
  await allow();
  await committed;
  expect(seen).toEqual(['a', 'b', 'c']);
  expect((await stage.raw(stage.quarantine, 1)).map(({ value }) => value!.toString())).toEqual(['junk']);
});
