// Partitions are chosen once, and kafkajs is held to the choice.
import { describe, expect, test } from '@jest/globals';
import kafkajs, { type PartitionerArgs, type PartitionMetadata } from 'kafkajs';
import { PartitionChoice } from '../src/partition-choice.js';

const partitions = (count: number): PartitionMetadata[] =>
  Array.from({ length: count }, (_, partitionId) => ({
    partitionId,
    partitionErrorCode: 0,
    leader: 0,
    replicas: [0],
    isr: [0],
  }));

/** A choice whose topic has the numbers of partitions given, one after another. */
function choiceOf(counts: number[], maxAgeMs = 60_000, chosen?: (args: PartitionerArgs) => number) {
  const fetched: string[] = [];
  const choice = new PartitionChoice(
    chosen === undefined ? kafkajs.Partitioners.DefaultPartitioner : () => chosen,
    async (topic) => {
      fetched.push(topic);
      return partitions(counts.length > 1 ? counts.shift()! : counts[0]!);
    },
    maxAgeMs,
  );
  return { choice, fetched };
}

describe('a partition choice', () => {
  test('asks the partitioner once, with the application’s own message', async () => {
    const seen: PartitionerArgs[] = [];
    const { choice } = choiceOf([3], 60_000, (args) => {
      seen.push(args);
      return 2;
    });
    await choice.learn('t');
    const message = { key: 'k', value: 'v' };
    expect(choice.choose('t', message)).toBe(2);
    expect(seen).toHaveLength(1);
    expect(seen[0]!.message).toBe(message);
    const pinned = choice.pinned();
    const partitionMetadata = partitions(3);
    for (let retry = 0; retry < 3; retry++) {
      expect(pinned({ topic: 't', partitionMetadata, message: { value: 'x', partition: 2 } })).toBe(2);
    }
    expect(seen).toHaveLength(1);
  });

  test('takes a partition as text, as kafkajs does, and knows when there is none of that number', async () => {
    const { choice } = choiceOf([2], 60_000, ({ message }) => message.value as unknown as number);
    await choice.learn('t');
    expect(choice.choose('t', { value: '1' })).toBe(1);
    for (const value of ['2', '-1', '0.5', 'x']) expect(choice.choose('t', { value })).toBeNull();
  });

  test('shares one request among those who ask at the same time, and asks again after an age or a doubt', async () => {
    const { choice, fetched } = choiceOf([1]);
    expect(choice.isKnown('t')).toBe(false);
    await Promise.all([choice.learn('t'), choice.learn('t')]);
    expect(fetched).toEqual(['t']);
    expect(choice.isKnown('t')).toBe(true);
    choice.doubt('t');
    expect(choice.isKnown('t')).toBe(false);
    expect(choice.choose('t', { value: 'v' })).toBe(0);
    const aged = choiceOf([1], 0).choice;
    await aged.learn('t');
    expect(aged.isKnown('t')).toBe(false);
  });

  test('passes on why partitions cannot be learnt, and asks again the next time', async () => {
    const failure = new Error('no');
    let calls = 0;
    const choice = new PartitionChoice(
      kafkajs.Partitioners.DefaultPartitioner,
      () => (++calls === 1 ? Promise.reject(failure) : Promise.resolve(partitions(1))),
      60_000,
    );
    await expect(choice.learn('t')).rejects.toBe(failure);
    await choice.learn('t');
    expect(choice.isKnown('t')).toBe(true);
  });

  test('makes kafkajs refresh and retry where its own picture lacks the partition: it would drop the record', async () => {
    const { choice } = choiceOf([3]);
    await choice.learn('t');
    const pinned = choice.pinned();
    const attempt = (count: number) => () =>
      pinned({ topic: 't', partitionMetadata: partitions(count), message: { value: 'v', partition: 2 } });
    expect(attempt(1)).toThrow(
      expect.objectContaining({ name: 'KafkaJSMetadataNotLoaded', retriable: true }),
    );
    expect(attempt(3)()).toBe(2);
    const unpinned = () => pinned({ topic: 't', partitionMetadata: partitions(3), message: { value: 'v' } });
    expect(unpinned).toThrow(expect.objectContaining({ name: 'KafkaJSMetadataNotLoaded' }));
  });
});
