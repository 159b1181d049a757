// Idempotent producers whose broker takes a batch and whose connection ends before the answer: no record of theirs is lost.
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import Broker from 'kafkajs/src/broker/index.js';
import type { EachMessagePayload, Producer, ProducerConfig } from 'kafkajs';
import { KafkaJSConnectionClosedError } from 'kafkajs/src/errors.js';
import { fresh, withAdmin } from '../fixture.ts';
import { openStage, text, type Stage } from './stage.ts';

const once = { idempotent: true, maxInFlightRequests: 1 };
/** Two attempts. */
const briefly = { retries: 1, initialRetryTime: 50 };
let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());
afterEach(() => {
  jest.restoreAllMocks();
});

/** The broker takes the next batches for the topic; of their answers nobody hears. */
function loseAnswers(count: number): void {
  const { produce } = Broker.prototype;
  let left = count;
  jest.spyOn(Broker.prototype, 'produce').mockImplementation(async function (this: Broker, request) {
    const answer = await produce.call(this, request);
    if (!request.topicData.some(({ topic }) => topic === stage.topic) || left-- <= 0) return answer;
    const { host, port } = this.connectionPool;
    throw new KafkaJSConnectionClosedError('Closed connection', { host, port });
  });
}

const send = (producer: Pick<Producer, 'send'>, value: string) =>
  producer.send({ topic: stage.topic, messages: [{ value }] });

/** How many records the topic got from `work`, each counted once however often it stands there. */
async function written(work: () => Promise<unknown>): Promise<number> {
  const end = async (): Promise<number> =>
    Number((await withAdmin((admin) => admin.fetchTopicOffsets(stage.topic)))[0]!.high);
  const before = await end();
  await work();
  const records = await stage.raw(stage.topic, await end());
  return new Set(records.slice(before).map(({ value }) => value!.toString('hex'))).size;
}

describe('an idempotent producer whose broker’s answer is lost', () => {
  const producer = (config: ProducerConfig = {}) => stage.producer({ ...once, ...config });

  test('does not have the broker take the next record for a repeat of that one', async () => {
    const sender = await producer();
    loseAnswers(1);
    expect(await written(() => Promise.all(['a', 'b', 'c'].map((value) => send(sender, value))))).toBe(3);
  });

  test('has that one settled before it sends another, where it was given up', async () => {
    const sender = await producer({ retry: briefly });
    loseAnswers(2);
    const work = async (): Promise<void> => {
      await expect(send(sender, 'a')).rejects.toThrow(/Closed connection/);
      await send(sender, 'b');
    };
    expect(await written(work)).toBe(2);
  });

  test('sends nothing while that one cannot be settled', async () => {
    const sender = await producer({ retry: briefly });
    loseAnswers(4);
    const work = async (): Promise<void> => {
      for (const value of ['a', 'b']) await expect(send(sender, value)).rejects.toThrow(/Closed connection/);
      await send(sender, 'c');
    };
    expect(await written(work)).toBe(2);
  });
});

test('a transaction after one that gave up on a lost answer has its records written', async () => {
  const retry = { retries: 3, initialRetryTime: 50, maxRetryTime: 100 };
  const producer = await stage.producer({ ...once, transactionalId: fresh('tx'), retry });
  const plain = await stage.producer();
  loseAnswers(retry.retries + 1);
  const first = await producer.transaction();
  await expect(send(first, 'given up')).rejects.toThrow(/Closed connection/);
  await first.abort();
  const second = await producer.transaction();
  await send(second, 'kept');
  await second.commit();
  await send(plain, 'the last');
  const consumer = await stage.consumer({ groupId: fresh('g') });
  const read: (string | null)[] = [];
  await new Promise<void>((resolve, reject) => {
    const eachMessage = async (payload: EachMessagePayload): Promise<void> => {
      read.push(text(payload));
      if (read.at(-1) === 'the last') resolve();
    };
    consumer.run({ eachMessage }).catch(reject);
  });
  expect(read.slice(-2)).toEqual(['kept', 'the last']);
  expect(read).not.toContain('given up');
});
