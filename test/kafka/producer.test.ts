// The producer’s side of the bargain with kafkajs’ users.
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import kafkajs, { type Message, type PartitionerArgs, type Producer } from 'kafkajs';
import { withAdmin } from '../fixture.ts';
import { openStage, sendValues, take, text, type Stage } from './stage.ts';

describe('a producer', () => {
  let stage: Stage;
  let producer: Producer;
  beforeAll(async () => {
    stage = await openStage({ partitions: 3 });
    producer = await stage.producer();
  });
  afterAll(() => stage.close());

  test('gives a custom partitioner the application’s own messages, once each', async () => {
    const seen: PartitionerArgs[] = [];
    const custom = await stage.producer({
      createPartitioner: () => (args) => {
        seen.push(args);
        return 1;
      },
    });
    const messages: Message[] = [{ key: 'a', value: 'clear' }, { value: 'text' }];
    const metadata = await custom.send({ topic: stage.topic, messages });
    expect(metadata.map(({ partition }) => partition)).toEqual([1]);
    expect(seen.map(({ message }) => message)).toEqual(messages);
    expect(seen.every(({ message }, i) => message === messages[i])).toBe(true);
    expect(seen[0]!.partitionMetadata.map(({ partitionId }) => partitionId).sort()).toEqual([0, 1, 2]);
  });

  test('puts keyed records where kafkajs’ partitioners put them', async () => {
    for (const createPartitioner of [
      kafkajs.Partitioners.DefaultPartitioner,
      kafkajs.Partitioners.LegacyPartitioner,
    ]) {
      const keyed = await stage.producer({ createPartitioner });
      const partitioner = createPartitioner();
      const partitionMetadata = [0, 1, 2].map((partitionId) => ({ partitionId, leader: 0 }) as never);
      for (const key of ['a', 'b', 'c', 'd', 'e']) {
        const message = { key, value: 'v' };
        const [{ partition } = { partition: -1 }] = await keyed.send({
          topic: stage.topic,
          messages: [message],
        });
        expect(partition).toBe(partitioner({ topic: stage.topic, partitionMetadata, message }));
      }
    }
  });

  test('refuses a partition that does not exist, where kafkajs would lose the record', async () => {
    const messages = [{ value: 'v', partition: 3 }];
    await expect(producer.send({ topic: stage.topic, messages })).rejects.toMatchObject({
      code: 'ERR_USAGE_MESSAGE',
    });
  });

  test('refuses what kafkajs would corrupt or quote, without quoting it', async () => {
    const refuse = async (message: object, code: string): Promise<void> => {
      const error = await producer.send({ topic: stage.topic, messages: [message as Message] }).then(
        () => null,
        (reason: unknown) => reason,
      );
      expect(error).toMatchObject({ name: 'UsageError', code });
      expect((error as Error).message).not.toContain('secret');
    };
    await refuse({ key: 'secret' }, 'ERR_USAGE_MESSAGE');
    await refuse({ value: { secret: 1 } }, 'ERR_USAGE_MESSAGE');
    await refuse({ value: 'v', key: 7 }, 'ERR_USAGE_MESSAGE');
    await refuse({ value: 'v', headers: { a: null } }, 'ERR_USAGE_HEADER');
    await refuse({ value: 'v', headers: { a: undefined } }, 'ERR_USAGE_HEADER');
    await refuse({ value: 'v', headers: { a: 5 } }, 'ERR_USAGE_HEADER');
    await refuse({ value: 'v', headers: { a: ['secret', null] } }, 'ERR_USAGE_HEADER');
  });

  test('rejects as kafkajs does where kafkajs refuses by itself', async () => {
    const { send, sendBatch } = producer;
    await expect(send({ topic: '', messages: [{ value: 'v' }] })).rejects.toMatchObject({
      name: 'KafkaJSNonRetriableError',
      message: 'Invalid topic',
    });
    await expect(send({ topic: stage.topic, messages: null as never })).rejects.toThrow(
      /Invalid messages array/,
    );
    expect(await sendBatch({ topicMessages: [] })).toEqual([]);
    const unconnected = (await stage.kafka('orchestrator')).producer();
    const record = { topic: stage.topic, messages: [{ value: 'v' }] };
    await expect(unconnected.send(record)).rejects.toThrow('The producer is disconnected');
  });

  test('neither changes nor keeps the caller’s objects', async () => {
    const message = Object.freeze({
      value: 'v',
      partition: 0,
      headers: Object.freeze({ a: Object.freeze(['b']) as never }),
    });
    const record = Object.freeze({ topic: stage.topic, messages: Object.freeze([message]) as never });
    const [metadata] = await producer.send(record);
    expect(metadata).toMatchObject({ partition: 0 });
  });

  test('answers nothing where no acknowledgement is asked for', async () => {
    expect(await producer.send({ topic: stage.topic, acks: 0, messages: [{ value: 'v' }] })).toEqual([]);
  });

  test('passes kafkajs’ own error on', async () => {
    const configEntries = [{ name: 'max.message.bytes', value: '2000' }];
    await withAdmin((admin) =>
      admin.alterConfigs({
        validateOnly: false,
        resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: stage.topic, configEntries }],
      }),
    );
    const messages = [{ value: Buffer.alloc(3000), partition: 0 }];
    let rejection: Promise<unknown>;
    // The controller answers before the broker knows the limit.
    for (let attempt = 0; attempt < 3_000; attempt++) {
      rejection = producer.send({ topic: stage.topic, messages });
      if (
        await rejection.then(
          () => false,
          () => true,
        )
      )
        break;
      await setTimeout(100);
    }
    await expect(rejection!).rejects.toMatchObject({
      name: 'KafkaJSProtocolError',
      type: 'MESSAGE_TOO_LARGE',
    });
    await expect(rejection!).rejects.toBeInstanceOf(kafkajs.KafkaJSProtocolError);
    const [event] = await stage.audited('message.sent', 1, ({ outcome }) => outcome === 'failed');
    expect(event).toMatchObject({ error: 'KafkaJSProtocolError' });
  });

  test('can be idempotent, and then insists on all acknowledgements as kafkajs does', async () => {
    const idempotent = await stage.producer({ idempotent: true });
    expect(idempotent.isIdempotent()).toBe(true);
    expect(await sendValues(idempotent, stage.topic, ['a', 'b'])).toHaveLength(1);
    await expect(
      idempotent.send({ topic: stage.topic, acks: 1, messages: [{ value: 'v' }] }),
    ).rejects.toThrow(/acks?/);
  });
});

test('a batch that fits the broker before sealing but not after arrives whole and in order', async () => {
  const stage = await openStage();
  try {
    const producer = await stage.producer();
    const values = Array.from({ length: 2000 }, (_, i) => String(i).padEnd(400));
    const metadata = await sendValues(producer, stage.topic, values);
    expect(metadata.length).toBeGreaterThan(1);
    expect(metadata.map(({ partition }) => partition)).toEqual(metadata.map(() => 0));
    const taken = await take(await stage.consumer(), values.length);
    expect(taken.map(text)).toEqual(values);
  } finally {
    await stage.close();
  }
});
