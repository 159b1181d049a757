// No two sends of an idempotent producer share sequence numbers, whatever became of the answer to one.
import { expect, test } from '@jest/globals';
import type { Producer, ProducerBatch, RecordMetadata, Transaction } from 'kafkajs';
import { InSequence, placeOf } from '../src/in-sequence.js';
import { Transactions } from '../src/transactions.js';
import { silent } from './doubles.js';

const refusal = Object.assign(new Error('too large'), { type: 'MESSAGE_TOO_LARGE' });
const lost = new Error('the connection was closed');

const batchOf = (...records: readonly [number, string][]): ProducerBatch => ({
  topicMessages: [{ topic: 't', messages: records.map(([partition, value]) => ({ partition, value })) }],
});
const valuesOf = ({ topicMessages = [] }: ProducerBatch): string =>
  topicMessages
    .flatMap(({ messages }) => (Array.isArray(messages) ? messages : []).map(({ value }) => String(value)))
    .join('+');

/** Fails where the test says so. */
function stage(failures: Record<number, Error> = {}) {
  const sent: string[] = [];
  let running = 0;
  let together = 0;
  const inner = {
    async sendBatch(batch: ProducerBatch): Promise<RecordMetadata[]> {
      together = Math.max(together, ++running);
      sent.push(valuesOf(batch));
      const failure = failures[sent.length];
      await new Promise(setImmediate);
      running--;
      if (failure !== undefined) throw failure;
      return batch.topicMessages!.flatMap(({ topic, messages }) =>
        messages.map(({ partition }) => ({ topicName: topic, partition: partition!, errorCode: 0 })),
      );
    },
  };
  const sends = new InSequence(inner, silent);
  const send = (...records: readonly [number, string][]) =>
    sends.turn(
      records.map(([partition]) => placeOf('t', partition)),
      () => sends.sendBatch(batchOf(...records)),
    );
  return { sent, send, sends, together: () => together };
}

test('sends to one partition go one after another, those to others beside them', async () => {
  const one = stage();
  await Promise.all([one.send([0, 'a']), one.send([0, 'b']), one.send([0, 'c'])]);
  expect([one.sent, one.together()]).toEqual([['a', 'b', 'c'], 1]);
  const two = stage();
  await Promise.all([two.send([0, 'a']), two.send([1, 'b'])]);
  expect(two.together()).toBe(2);
});

test('what an answer was lost for goes again before anything else to its partition, and only there', async () => {
  const { sent, send, sends } = stage({ 1: lost });
  await expect(send([0, 'a'])).rejects.toBe(lost);
  expect(sends.isSettled).toBe(false);
  await send([1, 'b']);
  await send([0, 'c']);
  expect([sent, sends.isSettled]).toEqual([['a', 'b', 'a', 'c'], true]);
});

test('while that cannot be settled nothing else is sent there, and who waited hears so at once', async () => {
  const { sent, send } = stage({ 1: lost, 2: lost });
  const all = await Promise.allSettled([send([0, 'a']), send([0, 'b']), send([0, 'c'])]);
  expect(all.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  expect(sent).toEqual(['a', 'a']);
  await send([0, 'd']);
  expect(sent.slice(2)).toEqual(['a', 'd']);
});

test('of a batch for several partitions each is settled alone: what is refused for good leaves no doubt', async () => {
  const { sent, send, sends } = stage({ 1: refusal, 4: refusal });
  await expect(send([0, 'a'], [1, 'large'])).rejects.toBe(refusal);
  await send([0, 'b']);
  await send([1, 'c']);
  expect([sent, sends.isSettled]).toEqual([['a+large', 'a', 'b', 'large', 'c'], true]);
});

test('a refusal of all there is leaves nothing in doubt', async () => {
  const { sent, send } = stage({ 1: refusal });
  await expect(send([0, 'large'])).rejects.toBe(refusal);
  await send([0, 'b']);
  expect(sent).toEqual(['large', 'b']);
});

test('what kafkajs refuses itself it refuses with its own error, and nothing is in doubt', async () => {
  const { sends } = stage({ 1: refusal, 2: refusal });
  for (const messages of [undefined as never, []])
    await expect(sends.sendBatch({ topicMessages: [{ topic: 't', messages }] })).rejects.toBe(refusal);
  expect(sends.isSettled).toBe(true);
});

test('after a transaction that leaves a batch in doubt, the next is of another producer with the same name', async () => {
  const made: string[] = [];
  const producerOf = (name: string, failure?: Error) => {
    const transaction = {
      sendBatch: () => (failure === undefined ? Promise.resolve([]) : Promise.reject(failure)),
    } as unknown as Transaction;
    return {
      connect: async () => void made.push(`${name} connects`),
      disconnect: async () => void made.push(`${name} goes`),
      transaction: async () => {
        made.push(`${name} begins`);
        return transaction;
      },
      logger: () => silent,
    } as unknown as Producer;
  };
  const others = [producerOf('second'), producerOf('third')];
  const transactions = new Transactions(producerOf('first', lost), () => others.shift()!);
  const doubtful = await transactions.begin();
  await expect(doubtful.sends.sendBatch(batchOf([0, 'a']))).rejects.toBe(lost);
  doubtful.ended();
  for (let i = 0; i < 2; i++) (await transactions.begin()).ended();
  await transactions.disconnect();
  expect(made).toEqual(['first begins', 'second connects', 'second begins', 'second begins', 'second goes']);
});
