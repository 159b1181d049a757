// Several groups on one topic, those that are hours behind among them, by the broker’s clock and by their own.
import { afterEach, describe, expect, test } from '@jest/globals';
import type { Consumer, Producer } from 'kafkajs';
import { fresh } from '../fixture.ts';
import { copy } from './copy.ts';
import { groupOffset, resetGroup } from './group-offset.ts';
import { readTo } from './read-to.ts';
import { openStage, sendValues, type Stage } from './stage.ts';

let stage: Stage;
let producer: Producer;
afterEach(() => stage.close());

async function open(timestamps: 'CreateTime' | 'LogAppendTime'): Promise<void> {
  stage = await openStage({
    replay: '{ retry_window: 0s }',
    topicConfig: { 'message.timestamp.type': timestamps },
  });
  producer = await stage.producer();
}

const send = (...values: string[]) => sendValues(producer, stage.topic, values);
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** A consumer to whose machine it is later, under a policy with a shorter age. */
async function later(group: string, hours: number, maxAge: string): Promise<Consumer> {
  const policy = stage.variant((given) => given.replace('max_age: 24h', `max_age: ${maxAge}`));
  const clock = { nowMs: () => Date.now() + hours * 3_600_000 };
  const kafka = await stage.kafka('researcher', policy, { clock });
  const consumer = stage.closes(kafka.consumer({ groupId: group, maxWaitTimeInMs: 200 }));
  await consumer.connect();
  await consumer.subscribe({ topics: [stage.topic], fromBeginning: true });
  return consumer;
}

describe.each(['CreateTime', 'LogAppendTime'] as const)('on a topic with %s', (timestamps) => {
  test('each group gets every message once, and a reset of one is nothing to another', async () => {
    await open(timestamps);
    const other = { ...stage, group: fresh('other') };
    await send('a', 'b');
    await copy(stage, 1);
    expect(await readTo(await stage.consumer(), '3')).toEqual(['a', 'b']);
    expect(await readTo(await stage.consumer({ groupId: other.group }), '3')).toEqual(['a', 'b']);
    await resetGroup(stage, '1');
    await copy(stage, 0);
    await send('c');
    expect(await readTo(await stage.consumer(), '5')).toEqual(['b', 'c']);
    expect(await readTo(await stage.consumer({ groupId: other.group }), '5')).toEqual(['c']);
    const rejected = await stage.audited('message.rejected', 5);
    expect(rejected.map(({ code, offset }) => `${code} ${offset}`).sort()).toEqual([
      ...Array.from({ length: 3 }, () => 'ERR_POLICY_REPLAY 2'),
      ...Array.from({ length: 2 }, () => 'ERR_POLICY_REPLAY 3'),
    ]);
    // What is committed for one is of no use to the other.
    const [one, two] = [await groupOffset(stage), await groupOffset(other)];
    expect([one.offset, two.offset]).toEqual(['5', '5']);
    expect(one.metadata).not.toBe(two.metadata);
  });
});

test('[R-8] a group that is hours behind gets all that was fresh when the broker appended it, and no copy, rebuilt or not', async () => {
  await open('LogAppendTime');
  await send('a', 'b');
  await copy(stage, 0);
  await send('c');
  expect(await readTo(await later(stage.group, 6, '1h'), '4')).toEqual(['a', 'b', 'c']);
  await copy(stage, 1);
  await send('d');
  expect(await readTo(await later(stage.group, 12, '1h'), '6')).toEqual(['d']);
  await resetGroup(stage, '6');
  await copy(stage, 4, 5);
  await send('e');
  expect(await readTo(await later(stage.group, 18, '1h'), '9')).toEqual(['e']);
  const rejected = await stage.audited('message.rejected', 4);
  expect(rejected.map(({ code, offset }) => `${code} ${offset}`)).toEqual(
    [2, 4, 6, 7].map((offset) => `ERR_POLICY_REPLAY ${offset}`),
  );
});

test('where the broker does not stamp, what waited longer than it may is refused and kept, and what is fresh behind it is not', async () => {
  await open('CreateTime');
  await send('a', 'b');
  await pause(13_000);
  await send('c');
  expect(await readTo(await later(stage.group, 0, '12s'), '3')).toEqual(['c']);
  const rejected = await stage.audited('message.rejected', 2);
  expect(rejected.map(({ code, offset }) => `${code} ${offset}`)).toEqual([
    'ERR_POLICY_AGE 0',
    'ERR_POLICY_AGE 1',
  ]);
  expect(await stage.raw(stage.quarantine, 2)).toHaveLength(2);
});
