// How sessions are looked up: how often the topic is read, what is remembered, and what is no verdict.
import { describe, expect, jest, test } from '@jest/globals';
import type { SessionRules } from '@sealwire/core';
import type { RawMessage } from '../src/received.js';
import { SessionTopics } from '../src/session-topics.js';
import type { TopicReader } from '../src/topic-reader.js';
import { record } from './doubles.js';

const reference = (n: number): string => String(n).padStart(16, '0');
const keyOf = (n: number): Buffer => Buffer.from(reference(n).padEnd(32, '.'));

/** A topic in memory. Each reader begins at its beginning, as the real one does. */
class Topic {
  readonly records: RawMessage[] = [];
  reads = 0;
  readers = 0;
  failing: Error | null = null;
  hanging = false;
  /** By an open transaction. */
  heldUp = false;

  put(n: number): void {
    this.records.push(record(this.records.length, `session ${n}`, { key: keyOf(n) }));
  }

  reader(take: (records: readonly RawMessage[], partition: number) => void | Promise<void>): TopicReader {
    this.readers++;
    let at = 0;
    const takeAll = async () => {
      if (this.failing !== null) throw this.failing;
      if (this.hanging) await new Promise(() => undefined);
      const from = at;
      at = this.records.length;
      await take(this.records.slice(from), 0);
    };
    return {
      readToStable: () => {
        this.reads++;
        return this.heldUp ? Promise.resolve() : takeAll();
      },
      readToEnd: takeAll,
      close: async () => undefined,
    } as unknown as TopicReader;
  }
}

const rules: SessionRules = {
  topics: [],
  epochMs: 1000,
  directoryVersion: 1,
  read: (key, value) =>
    key?.length === 32
      ? {
          reference: key.toString('latin1', 0, 16),
          session: value!,
          signature: Buffer.alloc(64),
          senderKeyId: 'alice',
        }
      : null,
  isListed: () => true,
  isSigned: () => true,
};

function open(topic: Topic, maxIndexBytes = 1_000_000) {
  const clock = { nowMs: 0 };
  const topics = new SessionTopics({
    rules,
    maxIndexBytes,
    nowMs: () => clock.nowMs,
    reader: ({ take }) => topic.reader(take),
  });
  const find = async (...wanted: number[]): Promise<string[]> => {
    const found = await topics.find('sessions', wanted.map(reference));
    return [...found.values()].map(String);
  };
  return { clock, find };
}

describe('looking sessions up', () => {
  test('[E-34] reads the topic once for all that is unknown, and not at all for what is known', async () => {
    const topic = new Topic();
    for (let n = 0; n < 5; n++) topic.put(n);
    const { find } = open(topic);
    expect(await find(1, 3)).toEqual(['session 1', 'session 3']);
    expect(await find(0, 4)).toEqual(['session 0', 'session 4']);
    expect(topic.reads).toBe(1);
  });

  test('[E-34] finds what was written before it was asked, and reads again for what is not there', async () => {
    const topic = new Topic();
    const { find } = open(topic);
    expect(await find(1)).toEqual([]);
    topic.put(2);
    expect(await find(2)).toEqual(['session 2']);
    expect(topic.readers).toBe(1);
  });

  test('[E-34] says that something is not there only of the whole topic, open transactions included', async () => {
    const topic = new Topic();
    topic.put(1);
    topic.heldUp = true;
    const { find } = open(topic);
    expect(await find(1, 2)).toEqual(['session 1']);
  });

  test('[E-34] remembers for ten seconds that a reference is not there, one by one', async () => {
    const topic = new Topic();
    const { find, clock } = open(topic);
    await find(1);
    for (let i = 0; i < 100; i++) await find(1);
    expect(topic.reads).toBe(1);
    await find(1, 2);
    expect(topic.reads).toBe(2);
    topic.put(1);
    clock.nowMs = 10_000;
    expect(await find(1)).toEqual(['session 1']);
  });

  test('[E-35] is unable, and says so, while the topic cannot be read; nothing of that is remembered', async () => {
    const topic = new Topic();
    topic.put(1);
    const { find } = open(topic);
    topic.failing = new Error('no such topic');
    for (let i = 0; i < 3; i++) {
      await expect(find(1)).rejects.toMatchObject({ code: 'ERR_UNABLE_SESSIONS', name: 'InabilityError' });
    }
    topic.failing = null;
    expect(await find(1)).toEqual(['session 1']);
  });

  test('[E-35] is unable rather than late: its caller must go on with its heartbeats', async () => {
    jest.useFakeTimers();
    try {
      const topic = new Topic();
      topic.hanging = true;
      const finding = open(topic).find(1);
      const refused = expect(finding).rejects.toMatchObject({ code: 'ERR_UNABLE_SESSIONS' });
      await jest.advanceTimersByTimeAsync(10_000);
      await refused;
    } finally {
      jest.useRealTimers();
    }
  });

  test('finds what did not fit by reading the topic once more, for all that wait', async () => {
    const topic = new Topic();
    for (let n = 0; n < 20; n++) topic.put(n);
    const { find } = open(topic, 10 * 409);
    expect(await find(19)).toEqual(['session 19']);
    const found = await Promise.all([find(0), find(0, 1), find(0)]);
    expect(found[0]).toEqual(['session 0']);
    expect(topic.readers).toBe(2);
  });
});
