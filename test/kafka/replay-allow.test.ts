// A deliberate re-read: bounded, audited, and what lies outside its bounds is judged as ever.
import { afterEach, describe, expect, test } from '@jest/globals';
import type { SecureKafka } from '@sealwire/kafka';
import type { Consumer, EachMessagePayload, Producer } from 'kafkajs';
import { command, type Ran } from '../command.ts';
import { fixture, fresh } from '../fixture.ts';
import { copy } from './copy.ts';
import { groupOffset } from './group-offset.ts';
import { readTo } from './read-to.ts';
import { committedTo, openStage, sendValues, take, type Stage } from './stage.ts';

let stage: Stage;
let producer: Producer;
afterEach(() => stage.close());

async function open(): Promise<void> {
  // Nothing that is copied passes for a duplicate.
  stage = await openStage({ replay: '{ retry_window: 0s }' });
  producer = await stage.producer();
}

const send = (...values: string[]) => sendValues(producer, stage.topic, values);
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const refused = async (count: number) =>
  (await stage.audited('message.rejected', count)).map(({ code, offset }) => `${code} ${offset}`);

/** Senders have another policy: their client tries for longer than receivers of this one would wait. */
const brief = (policy: string): string => policy.replace('max_age: 24h', 'max_age: 12s');
const older = () => pause(13_000);

async function consumerOf(kafka: SecureKafka): Promise<Consumer> {
  const consumer = stage.closes(kafka.consumer({ groupId: stage.group, maxWaitTimeInMs: 200 }));
  await consumer.connect();
  await consumer.subscribe({ topics: [stage.topic], fromBeginning: true });
  return consumer;
}

/** `sealwire replay allow`, as the operator types it. */
const allow = (policy: string, ...words: string[]): Promise<Ran> =>
  command(
    ...['replay', 'allow', '--group', stage.group, '--topic', stage.topic, '--partition', '0', '--by', 'ann'],
    ...['--policy', policy, '--agent', 'researcher', '--kafka', fixture().kafka.join(','), ...words],
  );

/** A consumer under a policy that differs. */
const under = async (change: (policy: string) => string) =>
  consumerOf(await stage.kafka('researcher', stage.variant(change)));

describe('`sealwire replay allow`', () => {
  test('[R-16] has what lies between its ends delivered once more, though it is too old, over restarts, and nothing else', async () => {
    await open();
    await send('a', 'b');
    await copy(stage, 0);
    await send('c');
    expect(await readTo(await under(brief), '4')).toEqual(['a', 'b', 'c']);
    await older();
    await send('d');
    const { group, topic } = stage;
    const ran = await allow(stage.variant(brief), '--from', '0', '--to', '3', '--json');
    expect(ran).toMatchObject({ exitCode: 0, err: '' });
    expect(JSON.parse(ran.out)).toEqual({ group, topic, partition: 0, from: 0, to: 3, by: 'ann', ok: true });
    const [event] = await stage.audited('replay.allowed', 1);
    expect(event).toMatchObject({ group, topic, partition: 0, from_offset: 0, to_offset: 3, by: 'ann' });
    expect((await groupOffset(stage)).offset).toBe('0');
    // The first process ends in the middle of it.
    const first = await under(brief);
    const seen: string[] = [];
    const committed = committedTo(first, '1');
    const eachMessage = async ({ message }: EachMessagePayload): Promise<void> => {
      if (message.offset !== '0') throw new Error('the application fails');
      seen.push(message.value!.toString());
    };
    await first.run({ eachMessage });
    await committed;
    await first.disconnect();
    expect([...seen, ...(await readTo(await under(brief), '5'))]).toEqual(['a', 'b', 'd']);
    expect(new Set(await refused(3))).toEqual(new Set(['ERR_POLICY_REPLAY 2', 'ERR_POLICY_AGE 3']));
    // It was for once: from the end on nothing of it is left.
    await copy(stage, 1);
    await send('e');
    expect(await readTo(await under(brief), '7')).toEqual(['e']);
  });

  test('[R-16] has what is fresh behind its end come again too, each from where it lies, and copies of it refused', async () => {
    await open();
    await send('a', 'b', 'c');
    expect(await readTo(await stage.consumer(), '3')).toEqual(['a', 'b', 'c']);
    const ran = await allow(stage.policy, '--from', '1', '--to', '2');
    expect(ran).toMatchObject({ exitCode: 0, err: '' });
    expect(ran.out).toContain('again from 1 up to, but not including, 2.');
    await copy(stage, 1, 2);
    await send('d');
    expect(await readTo(await stage.consumer(), '6')).toEqual(['b', 'c', 'd']);
    expect(await refused(2)).toEqual(['ERR_POLICY_REPLAY 3', 'ERR_POLICY_REPLAY 4']);
  });

  test('concerns one group: others are where they were, and what is committed for one is of no use to another', async () => {
    await open();
    await send('a', 'b');
    const other = { ...stage, group: fresh('other') };
    expect(await readTo(await stage.consumer(), '2')).toEqual(['a', 'b']);
    expect(await readTo(await stage.consumer({ groupId: other.group }), '2')).toEqual(['a', 'b']);
    expect((await allow(stage.policy, '--from', '0')).exitCode).toBe(0);
    const before = await groupOffset(other);
    expect(before.offset).toBe('2');
    await copy(stage, 0);
    await send('c');
    expect(await readTo(await stage.consumer({ groupId: other.group }), '4')).toEqual(['c']);
    expect(await readTo(await stage.consumer(), '4')).toEqual(['a', 'b', 'c']);
    expect(await refused(2)).toEqual(['ERR_POLICY_REPLAY 2', 'ERR_POLICY_REPLAY 2']);
  });

  test('is refused while the group has members, where there is nothing, and without a name; nothing is moved', async () => {
    await open();
    await send('a');
    const wrong = [
      [['--from', '1'], 'ERR_USAGE_RECORD', 'holds 0 up to, but not including, 1'],
      [['--from', '0', '--to', '2'], 'ERR_USAGE_RECORD', 'holds 0 up to, but not including, 1'],
      [['--from', '0', '--partition', '1'], 'ERR_USAGE_RECORD', 'it has 1 partitions'],
      [['--from', '0', '--topic', fresh('none')], 'ERR_USAGE_RECORD', 'no such topic'],
      [['--from', 'yesterday'], 'ERR_USAGE_ARGUMENT', 'whole numbers'],
      [['--from', '0', '--by', 'a\nb'], 'ERR_USAGE_ARGUMENT', 'who decided'],
    ] as const;
    for (const [words, code, reason] of wrong) {
      const { exitCode, out, err } = await allow(stage.policy, ...words);
      expect([exitCode, out]).toEqual([code === 'ERR_USAGE_ARGUMENT' ? 2 : 1, '']);
      expect(err).toContain(code);
      expect(err).toContain(reason);
    }
    await take(await stage.consumer(), 1);
    const { exitCode, err } = await allow(stage.policy, '--from', '0');
    expect([exitCode, err]).toEqual([1, expect.stringContaining('ERR_USAGE_REPLAY')]);
    expect(err).toContain('members');
  });
});

test('a re-read is allowed by a call of a SecureKafka too', async () => {
  await open();
  await send('a', 'b');
  expect(await readTo(await stage.consumer(), '2')).toEqual(['a', 'b']);
  const operator = await stage.kafka('researcher');
  const { group, topic } = stage;
  const reread = { group, topic, partition: 0, from: 1, to: null, by: 'ann' };
  expect(await operator.allowReread(reread)).toEqual({ ...reread, to: 2 });
  expect(await readTo(await stage.consumer(), '2')).toEqual(['b']);
  await expect(operator.allowReread({ ...reread, from: 2 })).rejects.toMatchObject({
    code: 'ERR_USAGE_RECORD',
  });
});
