// The topic of notices: how it is made, and that nothing waits for it.
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import type { ITopicConfig, Producer } from 'kafkajs';
import { NoticeTopic } from '../src/notice-topic.js';
import { prepareNoticeTopic, type NoticeAdmin } from '../src/prepare-notice-topic.js';
import type { RawMessage } from '../src/received.js';
import { silent } from './doubles.js';

const create = { partitions: 12, replicationFactor: 3, retentionMs: 90 * 86_400_000 };

function adminOf(topics: readonly string[], refusal: Error | null = null) {
  const made: ITopicConfig[] = [];
  const admin = {
    listTopics: async () => [...topics],
    createTopics: async ({ topics: asked }: { topics: ITopicConfig[] }) => {
      if (refusal !== null) throw refusal;
      made.push(...asked);
      return true;
    },
  } as NoticeAdmin;
  return { admin, made };
}

describe('a topic of notices that is missing', () => {
  test('is made where the policy makes the audit topic, with one partition, for hours only', async () => {
    const { admin, made } = adminOf([]);
    await prepareNoticeTopic('notices', create, admin, silent);
    expect(made).toMatchObject([{ topic: 'notices', numPartitions: 1, replicationFactor: 3 }]);
    expect(made[0]!.configEntries).toEqual(
      expect.arrayContaining([
        { name: 'cleanup.policy', value: 'delete' },
        { name: 'retention.ms', value: String(3 * 3_600_000) },
        { name: 'segment.ms', value: String(3_600_000) },
      ]),
    );
  });

  test('is kept as the broker has unpacked it, so that no batch ends the reading of all', async () => {
    const { admin, made } = adminOf([]);
    await prepareNoticeTopic('notices', create, admin, silent);
    const settings = new Map(made[0]!.configEntries?.map(({ name, value }) => [name, value]));
    expect(settings.get('compression.type')).toBe('uncompressed');
    // What it unpacks to is bounded by this, for the broker looks at it again.
    expect(Number(settings.get('max.message.bytes'))).toBeLessThanOrEqual(16 * 1024);
    const told = prepareNoticeTopic('notices', null, admin, silent);
    await expect(told).rejects.toThrow(/max\.message\.bytes=16384 .*compression\.type=uncompressed/);
  });

  test('is told with what to type where nobody or not this agent is to make it', async () => {
    const told = {
      code: 'ERR_USAGE_TOPIC',
      message: expect.stringContaining('Type: kafka-topics.sh --create --topic notices'),
    };
    await expect(prepareNoticeTopic('notices', null, adminOf([]).admin, silent)).rejects.toMatchObject(told);
    const refused = adminOf([], new Error('no')).admin;
    await expect(prepareNoticeTopic('notices', create, refused, silent)).rejects.toMatchObject(told);
  });

  test('is not made where it is there', async () => {
    const { admin, made } = adminOf(['notices']);
    await prepareNoticeTopic('notices', create, admin, silent);
    expect(made).toEqual([]);
  });
});

/** A topic whose records a test hands over. */
function world() {
  const sent: unknown[] = [];
  const readers: { take: (records: RawMessage[]) => unknown; reads: number; closed: boolean }[] = [];
  const warned: string[] = [];
  const state = { isWanted: true, missing: false, unreadable: false, silent: false };
  const released: string[] = [];
  const topic = new NoticeTopic({
    topic: 'notices',
    create: null,
    admin: {
      use: (action: (client: NoticeAdmin) => Promise<unknown>) =>
        action(adminOf(state.missing ? [] : ['notices']).admin),
      release: async () => void released.push('admin'),
    } as never,
    producer: {
      use: (action: (client: Producer) => Promise<unknown>) =>
        action({
          send: async (batch: unknown) => {
            if (state.missing) throw new Error('This server does not host this topic-partition');
            sent.push(batch);
          },
        } as unknown as Producer),
      release: async () => void released.push('producer'),
    } as never,
    reader: ({ take }) => {
      const reader = { take: (records: RawMessage[]) => take(records, 0), reads: 0, closed: false };
      readers.push(reader);
      return {
        readToStable: async () => {
          reader.reads++;
          if (state.unreadable) throw new Error('away');
          if (state.silent) await new Promise(() => undefined);
        },
        close: async () => void (reader.closed = true),
      } as never;
    },
    isWanted: () => state.isWanted,
    logger: { ...silent, warn: (message: string) => void warned.push(message) },
  });
  return { topic, sent, readers, warned, state, released };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const record = (value: Buffer | null): RawMessage => ({ value }) as RawMessage;

afterEach(() => void jest.useRealTimers());

describe('the topic of notices', () => {
  test('is written keyed by the chain, to all in-sync replicas', async () => {
    const { topic, sent } = world();
    await topic.put('chain', Buffer.from('notice'));
    expect(sent).toEqual([
      { topic: 'notices', acks: -1, messages: [{ key: 'chain', value: Buffer.from('notice') }] },
    ]);
  });

  test('rejects what cannot be written, and asks again whether it is there', async () => {
    const { topic, sent, state } = world();
    state.missing = true;
    await expect(topic.put('chain', Buffer.from('a'))).rejects.toMatchObject({ code: 'ERR_USAGE_TOPIC' });
    state.missing = false;
    await topic.put('chain', Buffer.from('b'));
    expect(sent).toHaveLength(1);
  });

  test('that was deleted is looked for again after a notice that it did not take', async () => {
    const { topic, state } = world();
    await topic.put('chain', Buffer.from('a'));
    state.missing = true;
    await expect(topic.put('chain', Buffer.from('b'))).rejects.toThrow(
      'This server does not host this topic',
    );
    await expect(topic.put('chain', Buffer.from('c'))).rejects.toMatchObject({ code: 'ERR_USAGE_TOPIC' });
  });

  test('that was deleted is looked for again after it could not be read', async () => {
    const { topic, warned, state, readers } = world();
    topic.follow(async () => undefined);
    await settled();
    state.missing = state.unreadable = true;
    topic.read();
    await settled();
    topic.read();
    await settled();
    expect(readers[0]!.reads).toBe(2);
    expect(warned).toHaveLength(1);
  });

  test('gives values, and no tombstones, to who follows; it reads while somebody is connected', async () => {
    const { topic, readers, state, released } = world();
    state.isWanted = false;
    const taken: Buffer[] = [];
    topic.follow(async (notices) => void taken.push(...notices));
    await settled();
    expect(readers).toEqual([]);
    state.isWanted = true;
    topic.read();
    await settled();
    await readers[0]!.take([record(Buffer.from('a')), record(null), record(Buffer.from('b'))]);
    expect(taken.map(String)).toEqual(['a', 'b']);
    await topic.release();
    expect(readers[0]!.closed).toBe(true);
    // Otherwise the process would not end.
    expect(released.toSorted()).toEqual(['admin', 'producer']);
    topic.read();
    await settled();
    expect(readers).toHaveLength(2);
  });

  test('that cannot be read is warned of once in a while, and read again with the next notice', async () => {
    const { topic, readers, warned, state } = world();
    state.unreadable = true;
    topic.follow(async () => undefined);
    await settled();
    await topic.put('chain', Buffer.from('a'));
    await settled();
    expect(readers[0]!.reads).toBe(2);
    expect(warned).toHaveLength(1);
  });

  test('has another reader in place of one that neither comes to the end nor brings anything', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
    const { topic, readers, state } = world();
    state.silent = true;
    topic.follow(async () => undefined);
    await settled();
    topic.read();
    await settled();
    expect(readers).toHaveLength(1);
    jest.advanceTimersByTime(29_999);
    await readers[0]!.take([record(Buffer.from('a'))]);
    jest.advanceTimersByTime(29_999);
    topic.read();
    await settled();
    expect(readers).toHaveLength(1);
    jest.advanceTimersByTime(1);
    await topic.put('chain', Buffer.from('a'));
    await settled();
    expect(readers.map(({ closed }) => closed)).toEqual([true, false]);
  });

  test('is not read where nobody follows', async () => {
    const { topic, readers } = world();
    topic.read();
    await topic.put('chain', Buffer.from('a'));
    await settled();
    expect(readers).toEqual([]);
  });
});
