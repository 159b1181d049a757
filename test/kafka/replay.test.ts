// A record that somebody writes again is refused, and what a broker gives again is not.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { EachBatchPayload, EachMessagePayload, Producer } from 'kafkajs';
import { withAdmin } from '../fixture.ts';
import { copy as copyOf } from './copy.ts';
import { groupOffset, resetGroup } from './group-offset.ts';
import { committedTo, openStage, sendValues, take, text, type Stage } from './stage.ts';

let stage: Stage;
let producer: Producer;
beforeEach(async () => {
  stage = await openStage({ replay: '{ retry_window: 0s }' });
  producer = await stage.producer();
});
afterEach(() => stage.close());

const send = (...values: (string | null)[]) => sendValues(producer, stage.topic, values);

const copy = (...offsets: number[]) => copyOf(stage, ...offsets);

/** What the group has committed. */
const metadata = () => groupOffset(stage);

/** Commits as a tool of somebody else would. */
const resetTo = (offset: string) => resetGroup(stage, offset);

describe('a copied record', () => {
  test('is refused, quarantined and audited, while the original is handed over once', async () => {
    await send('a', 'b');
    await copy(0, 1);
    await send('c');
    const consumer = await stage.consumer();
    const committed = committedTo(consumer, '5');
    expect((await take(consumer, 3)).map(text)).toEqual(['a', 'b', 'c']);
    await committed;
    const refused = await stage.audited('message.rejected', 2);
    expect(refused.map(({ code, offset }) => [code, offset])).toEqual([
      ['ERR_POLICY_REPLAY', '2'],
      ['ERR_POLICY_REPLAY', '3'],
    ]);
    expect(await stage.raw(stage.quarantine, 2)).toHaveLength(2);
  });

  test('is refused by a process that was not there when the original came', async () => {
    await send('a', 'b');
    const first = await stage.consumer();
    const committed = committedTo(first, '2');
    await take(first, 2);
    await committed;
    await first.disconnect();
    await copy(1, 0);
    await send('c');
    const second = await stage.consumer();
    expect((await take(second, 1)).map(text)).toEqual(['c']);
    expect((await stage.audited('message.rejected', 2)).map(({ offset }) => offset)).toEqual(['2', '3']);
    expect((await metadata()).metadata).toMatch(/^sw1\./);
  });

  test('of a tombstone is refused too', async () => {
    await send('a', null);
    await copy(1);
    await send('c');
    const consumer = await stage.consumer();
    const taken = await take(consumer, 3);
    expect(taken.map(({ message }) => message.value?.toString() ?? null)).toEqual(['a', null, 'c']);
    await stage.audited('message.rejected', 1, ({ code }) => code === 'ERR_POLICY_REPLAY');
  });

  test('is refused when somebody else’s tool has committed: the memory is rebuilt from the log', async () => {
    await send('a', 'b');
    const first = await stage.consumer();
    const committed = committedTo(first, '2');
    await take(first, 2);
    await committed;
    await first.disconnect();
    await resetTo('2');
    expect((await metadata()).metadata).toBeNull();
    await copy(0);
    await send('c');
    const second = await stage.consumer();
    expect((await take(second, 1)).map(text)).toEqual(['c']);
    await stage.audited(
      'message.rejected',
      1,
      ({ code, offset }) => code === 'ERR_POLICY_REPLAY' && offset === '2',
    );
    const [rebuilt] = await stage.audited('replay.rebuilt', 1);
    expect(rebuilt).toMatchObject({ from_offset: 0, to_offset: 2, complete: 'yes', group: stage.group });
  });

  test('is refused in each of two groups, which get everything once each', async () => {
    await send('a', 'b');
    await copy(0);
    await send('c');
    for (const groupId of [stage.group, `${stage.group}-2`]) {
      const consumer = await stage.consumer({ groupId });
      expect((await take(consumer, 3)).map(text)).toEqual(['a', 'b', 'c']);
    }
  });
});

describe('a redelivery', () => {
  test('after a handler’s error is no replay', async () => {
    await send('a', 'b', 'c');
    const consumer = await stage.consumer({ retry: { initialRetryTime: 50, retries: 8 } });
    const seen: string[] = [];
    let failed = false;
    await new Promise<void>((resolve, reject) => {
      const eachMessage = async ({ message }: EachMessagePayload): Promise<void> => {
        seen.push(message.value!.toString());
        if (seen.length === 2 && !failed) {
          failed = true;
          throw new Error('the application fails');
        }
        if (seen.length === 4) resolve();
      };
      consumer.run({ eachMessage }).catch(reject);
    });
    expect(seen).toEqual(['a', 'b', 'b', 'c']);
  });

  test('to another process, after one that committed nothing, is no replay; a copy still is', async () => {
    await send('a', 'b');
    const first = await stage.consumer();
    await new Promise<void>((resolve, reject) => {
      let count = 0;
      const eachMessage = async (): Promise<void> => {
        if (++count === 2) resolve();
      };
      first.run({ autoCommit: false, eachMessage }).catch(reject);
    });
    await first.disconnect();
    await copy(0);
    await send('c');
    const second = await stage.consumer();
    expect((await take(second, 3)).map(text)).toEqual(['a', 'b', 'c']);
    await stage.audited('message.rejected', 1, ({ offset }) => offset === '2');
  });

  test('after a seek back is no replay, within what is remembered and before it', async () => {
    await send('a', 'b', 'c');
    const consumer = await stage.consumer();
    const committed = committedTo(consumer, '3');
    const seen: string[] = [];
    const again = new Promise<void>((resolve, reject) => {
      const eachMessage = async ({ message }: EachMessagePayload): Promise<void> => {
        seen.push(message.value!.toString());
        if (seen.length === 6) resolve();
      };
      consumer.run({ eachMessage }).catch(reject);
    });
    await committed;
    consumer.seek({ topic: stage.topic, partition: 0, offset: '0' });
    await again;
    expect(seen).toEqual(['a', 'b', 'c', 'a', 'b', 'c']);
  });

  test('of half a batch that eachBatch resolved by itself is no replay', async () => {
    await send('a', 'b', 'c');
    const consumer = await stage.consumer();
    const seen: string[] = [];
    await new Promise<void>((resolve, reject) => {
      const eachBatch = async (payload: EachBatchPayload): Promise<void> => {
        const [first] = payload.batch.messages;
        for (const { value } of payload.batch.messages) seen.push(value!.toString());
        payload.resolveOffset(first!.offset);
        if (payload.batch.messages.length === 1) resolve();
      };
      consumer.run({ eachBatchAutoResolve: false, eachBatch }).catch(reject);
    });
    expect(seen).toEqual(['a', 'b', 'c', 'b', 'c', 'c']);
  });
});

test('a copy that a retry of its sender explains is skipped and audited, and not quarantined', async () => {
  await stage.close();
  stage = await openStage();
  producer = await stage.producer();
  await send('a');
  await copy(0);
  await send('b');
  const consumer = await stage.consumer();
  const committed = committedTo(consumer, '3');
  expect((await take(consumer, 2)).map(text)).toEqual(['a', 'b']);
  await committed;
  const [skipped] = await stage.audited('message.duplicate', 1);
  expect(skipped).toMatchObject({ code: 'ERR_POLICY_DUPLICATE', outcome: 'skipped', offset: '1' });
  await withAdmin(async (admin) => {
    const [{ high } = { high: 'none' }] = await admin.fetchTopicOffsets(stage.quarantine);
    expect(high).toBe('0');
  });
});
