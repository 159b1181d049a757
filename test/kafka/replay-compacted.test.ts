// Replays on a compacted topic: records go missing in the middle, and with them what a memory could be rebuilt from.
import { afterEach, expect, test } from '@jest/globals';
import { origin } from '@sealwire/core';
import type { KafkaMessage, Producer } from 'kafkajs';
import { bareKafka, fresh, withAdmin } from '../fixture.ts';
import { groupOffset, resetGroup } from './group-offset.ts';
import { readTo } from './read-to.ts';
import { openStage, take, text, type Stage } from './stage.ts';

let stage: Stage;
let producer: Producer;
afterEach(() => stage.close());

const dayMs = 86_400_000;
const replay = '{ retry_window: 0s }';
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const refused = async (count: number) =>
  (await stage.audited('message.rejected', count)).map(({ code, offset }) => `${code} ${offset}`);

/** A topic whose records are compacted once they are older than this. */
async function open(minLagMs: number): Promise<void> {
  stage = await openStage({
    replay,
    topicConfig: {
      'cleanup.policy': 'compact',
      'min.compaction.lag.ms': `${minLagMs}`,
      'segment.ms': '100',
      'min.cleanable.dirty.ratio': '0.01',
    },
  });
  producer = await stage.producer();
}

async function send(...messages: (readonly [key: string, value: string])[]): Promise<void> {
  for (const [key, value] of messages)
    await producer.send({ topic: stage.topic, messages: [{ key, value, partition: 0 }] });
}

/** Writes a record again that somebody has kept. */
async function writeAgain({ key, value, headers }: KafkaMessage): Promise<void> {
  const bare = bareKafka().producer();
  await bare.connect();
  await bare.send({ topic: stage.topic, messages: [{ key, value, headers: headers!, partition: 0 }] });
  await bare.disconnect();
}

const endOf = () => withAdmin(async (admin) => (await admin.fetchTopicOffsets(stage.topic))[0]!.high);

/** Three messages, of which the first is superseded, read by the group and compacted away. @returns the first record */
async function compactedAway(): Promise<KafkaMessage> {
  await open(0);
  await send(['k', 'a'], ['other', 'b'], ['k', 'c']);
  expect(await readTo(await stage.consumer(), '3')).toEqual(['a', 'b', 'c']);
  const [first] = await stage.raw(stage.topic, 3);
  for (;;) {
    // What is written last is never compacted.
    await pause(1_000);
    await send(['last', 'z']);
    const [oldest] = await stage.raw(stage.topic, 1);
    if (oldest!.offset !== '0') return first!;
  }
}

test('the state that is committed refuses a copy of what is gone; a new group passes the gap', async () => {
  const first = await compactedAway();
  await writeAgain(first);
  await send(['new', 'd']);
  const withoutLast = (seen: readonly string[]) => seen.filter((value) => value !== 'z');
  const end = await endOf();
  expect(withoutLast(await readTo(await stage.consumer(), end))).toEqual(['d']);
  expect(await refused(1)).toEqual([`ERR_POLICY_REPLAY ${Number(end) - 2}`]);
  // To a group that has read nothing the copy is the one that there is.
  const other = fresh('other');
  const given = await readTo(await stage.consumer({ groupId: other }), end);
  // On a slow machine the broker compacts once more before it is read: then the copy has taken the newer one’s place.
  expect([
    ['b', 'c', 'a', 'd'],
    ['b', 'a', 'd'],
  ]).toContainEqual(withoutLast(given));
});

test('[R-15] a memory that would have to be rebuilt from it halts the partition, or by policy marks what comes', async () => {
  const first = await compactedAway();
  await resetGroup(stage, await endOf());
  await writeAgain(first);
  const halting = await stage.consumer();
  const seen: string[] = [];
  await halting.run({ eachMessage: async ({ message }) => void seen.push(message.value!.toString()) });
  while (halting.paused().length === 0) await pause(50);
  await halting.disconnect();
  expect(seen).toEqual([]);
  const policy = stage.variant((given) =>
    given.replace(replay, '{ retry_window: 0s, on_unverifiable: deliver }'),
  );
  const kafka = await stage.kafka('researcher', policy);
  const delivering = stage.closes(kafka.consumer({ groupId: stage.group, maxWaitTimeInMs: 200 }));
  await delivering.connect();
  await delivering.subscribe({ topics: [stage.topic] });
  const [taken] = await take(delivering, 1);
  expect([text(taken!), origin(taken!.message)!.unverifiable]).toEqual(['a', true]);
});

test('where it is not compacted before its messages are too old, the memory is rebuilt as ever', async () => {
  await open(2 * dayMs);
  await send(['k', 'a'], ['k', 'b']);
  expect(await readTo(await stage.consumer(), '2')).toEqual(['a', 'b']);
  await resetGroup(stage, '2');
  const [first] = await stage.raw(stage.topic, 1);
  await writeAgain(first!);
  await send(['k', 'c']);
  expect(await readTo(await stage.consumer(), '4')).toEqual(['c']);
  expect(await refused(1)).toEqual(['ERR_POLICY_REPLAY 2']);
  expect((await groupOffset(stage)).metadata).toMatch(/^sw1\./);
});
