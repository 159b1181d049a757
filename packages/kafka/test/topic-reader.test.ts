// A reader of a whole topic, over a consumer whose fetches the test decides.
import { EventEmitter } from 'node:events';
import { describe, expect, jest, test } from '@jest/globals';
import type { Consumer, ConsumerRunConfig, Logger } from 'kafkajs';
import type { RawMessage } from '../src/received.js';
import { TopicReader } from '../src/topic-reader.js';

/** One partition on one broker. */
class Topic {
  /** The end that kafkajs tells: where the first open transaction begins. */
  stable = 0;
  consumers = 0;
  readonly taken: string[] = [];
  #events = new EventEmitter();
  #run: ConsumerRunConfig = {};

  readonly reader = new TopicReader({
    topic: 'sessions',
    consumer: () => this.#consumer(),
    offsets: () =>
      Promise.resolve([{ partition: 0, offset: `${this.stable}`, high: `${this.stable}`, low: '0' }]),
    leaders: () => Promise.resolve([1]),
    take: (records) => void this.taken.push(...records.map(({ offset }) => offset)),
    logger: { warn: () => undefined } as unknown as Logger,
  });

  #consumer(): Consumer {
    this.consumers++;
    const events = (this.#events = new EventEmitter());
    return {
      events: { CRASH: 'crash', END_BATCH_PROCESS: 'end', FETCH_START: 'fetch' },
      on: (name: string, listener: (event: unknown) => void) => events.on(name, listener),
      connect: () => Promise.resolve(),
      subscribe: () => Promise.resolve(),
      run: (config: ConsumerRunConfig) => {
        this.#run = config;
        return Promise.resolve();
      },
      disconnect: () => Promise.resolve(),
    } as unknown as Consumer;
  }

  /** The broker ends it. */
  crash(error: Error): void {
    this.#events.emit('crash', { payload: { error } });
  }

  /** A fetch that brings records up to an offset, or none. */
  async fetch(from = 0, to = from, highWatermark = to): Promise<void> {
    this.#events.emit('fetch', { payload: { nodeId: 1 } });
    if (to === from) return;
    const messages = Array.from({ length: to - from }, (_, i) => ({ offset: `${from + i}` }));
    await this.#run.eachBatch!({
      batch: { messages: messages as unknown as RawMessage[], partition: 0 },
    } as never);
    const payload = { partition: 0, lastOffset: `${to - 1}`, highWatermark: `${highWatermark}` };
    this.#events.emit('end', { payload });
  }
}

/** Lets whatever is not waiting for a fetch go on. */
const settled = async (): Promise<void> => {
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
};

function watched(promise: Promise<void>): { done: boolean; error: unknown } {
  const state = { done: false, error: null as unknown };
  promise.then(
    () => (state.done = true),
    (error: unknown) => (state.error = error),
  );
  return state;
}

describe('a reader of a whole topic', () => {
  test('[E-34] reads behind the beginning of an open transaction before it says that it is at the end', async () => {
    const topic = new Topic();
    const reading = watched(topic.reader.readToEnd());
    await settled();
    await topic.fetch();
    await topic.fetch();
    await settled();
    expect(reading.done).toBe(false);
    await topic.fetch(0, 2, 4);
    await topic.fetch(2, 4);
    await settled();
    expect(reading).toEqual({ done: true, error: null });
    expect(topic.taken).toEqual(['0', '1', '2', '3']);
  });

  test('does not begin anew because a transaction is open: whoever may write could have it read everything each time', async () => {
    const topic = new Topic();
    const first = watched(topic.reader.readToEnd());
    await settled();
    for (const [from, to] of [
      [0, 4],
      [4, 4],
      [4, 4],
      [4, 4],
    ] as const)
      await topic.fetch(from, to);
    await settled();
    expect(first.done).toBe(true);
    const again = watched(topic.reader.readToStable());
    await settled();
    expect(again).toEqual({ done: true, error: null });
    expect(topic.consumers).toBe(1);
  });

  test('begins anew by itself while the broker loads its groups, and fails for any other reason', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'performance', 'nextTick'] });
    const topic = new Topic();
    topic.stable = 2;
    const reading = watched(topic.reader.readToStable());
    await settled();
    topic.crash(Object.assign(new Error('the coordinator is loading'), { type: 'GROUP_LOAD_IN_PROGRESS' }));
    await settled();
    expect(reading).toEqual({ done: false, error: null });
    await jest.advanceTimersByTimeAsync(1_000);
    await settled();
    expect(topic.consumers).toBe(2);
    const refused = Object.assign(new Error('no'), { type: 'GROUP_AUTHORIZATION_FAILED' });
    topic.crash(refused);
    await settled();
    expect(reading).toEqual({ done: false, error: refused });
    jest.useRealTimers();
  });

  test('begins anew where the topic is shorter than it was', async () => {
    const topic = new Topic();
    topic.stable = 4;
    const first = watched(topic.reader.readToStable());
    await settled();
    await topic.fetch(0, 4);
    await settled();
    expect(first.done).toBe(true);
    topic.stable = 2;
    const again = watched(topic.reader.readToStable());
    await settled();
    expect(topic.consumers).toBe(2);
    expect(again.done).toBe(false);
    await topic.fetch(0, 2);
    await settled();
    expect(again.done).toBe(true);
  });
});
