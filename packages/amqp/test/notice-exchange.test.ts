// The exchange of notices: who reads when, what is told again, and that what others put there is bounded.
import { EventEmitter } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { noticeQueues, type AuditSink, type Sealwire } from '@sealwire/core';
import type { ChannelModel } from 'amqplib';
import type { BrokerAccess } from '../src/broker-access.js';
import { makeLink } from '../src/link.js';
import { NoticeExchange } from '../src/notice-exchange.js';
import { OwnConnection } from '../src/own-connection.js';
import { sharedNotices } from '../src/shared-notices.js';
import { delivered } from './fakes.ts';

type Taker = (message: ReturnType<typeof delivered> | null) => void;

/** A broker with one exchange: what lies in each queue goes to its consumer, `prefetch` at a time. */
class FakeBroker {
  readonly exchanges = new Set(['notices']);
  readonly queues = new Map<string, { options: Record<string, unknown>; bound: boolean }>();
  readonly published: { exchange: string; text: string; options: Record<string, unknown> }[] = [];
  readonly channels: FakeChannel[] = [];
  readonly acked: number[] = [];
  mayConfigure = true;
  connections = 0;
  open = 0;

  readonly connect = async (): Promise<ChannelModel> => {
    this.connections++;
    this.open++;
    const model = new EventEmitter();
    return Object.assign(model, {
      createConfirmChannel: async () => {
        const channel = new FakeChannel(this);
        this.channels.push(channel);
        return Promise.resolve(channel);
      },
      close: async () => {
        this.open--;
        model.emit('close');
        return Promise.resolve();
      },
    }) as unknown as ChannelModel;
  };

  readonly own = new OwnConnection(this.connect);

  get reader(): FakeChannel | undefined {
    return this.channels.findLast(({ taker, isOpen }) => isOpen && taker !== null);
  }
}

class FakeChannel extends EventEmitter {
  readonly #broker: FakeBroker;
  taker: Taker | null = null;
  queue = '';
  isOpen = true;
  prefetched = 0;

  constructor(broker: FakeBroker) {
    super();
    this.#broker = broker;
  }

  async assertExchange(name: string, type: string): Promise<void> {
    if (!this.#broker.mayConfigure) return this.fail(403);
    expect(type).toBe('fanout');
    this.#broker.exchanges.add(name);
  }
  async checkExchange(name: string): Promise<void> {
    if (!this.#broker.exchanges.has(name)) return this.fail(404);
  }
  async assertQueue(name: string, options: Record<string, unknown>): Promise<{ queue: string }> {
    this.queue = name;
    this.#broker.queues.set(this.queue, { options, bound: false });
    return Promise.resolve({ queue: this.queue });
  }
  async bindQueue(queue: string, exchange: string): Promise<void> {
    if (!this.#broker.exchanges.has(exchange)) return this.fail(404);
    this.#broker.queues.get(queue)!.bound = true;
  }
  async prefetch(count: number): Promise<void> {
    this.prefetched = count;
    return Promise.resolve();
  }
  async consume(queue: string, taker: Taker): Promise<void> {
    expect(queue).toBe(this.queue);
    this.taker = taker;
    return Promise.resolve();
  }
  ack({ fields }: ReturnType<typeof delivered>, allUpTo?: boolean): void {
    if (!this.isOpen) throw new Error('Channel closed');
    expect(allUpTo).toBe(true);
    this.#broker.acked.push(fields.deliveryTag);
  }
  publish(
    exchange: string,
    _key: string,
    content: Buffer,
    options: Record<string, unknown>,
    confirm: (error: unknown) => void,
  ): boolean {
    this.#broker.published.push({ exchange, text: content.toString(), options });
    setImmediate(() => confirm(this.#broker.exchanges.has(exchange) ? null : new Error('no exchange')));
    return true;
  }
  async close(): Promise<void> {
    if (!this.isOpen) throw new Error('Channel closed');
    this.isOpen = false;
    this.#broker.queues.delete(this.queue);
    this.emit('close');
    return Promise.resolve();
  }
  /** The broker closes it. */
  fail(code: number): Promise<never> {
    void this.close();
    return Promise.reject(Object.assign(new Error(`refused with ${code}`), { code }));
  }
}

function world(more: { tellEveryMs?: number; bindEveryMs?: number } = {}) {
  const broker = new FakeBroker();
  const taken: string[][] = [];
  const hold: { current: Promise<void> } = { current: Promise.resolve() };
  const board = new NoticeExchange({
    exchange: 'notices',
    queues: 'q-alice:',
    own: broker.own,
    firstRetryMs: 5,
    ...more,
  });
  board.follow(async (notices) => {
    taken.push(notices.map(String));
    await hold.current;
  });
  return { broker, board, taken, hold };
}

async function until(ask: () => boolean): Promise<void> {
  for (let round = 0; !ask(); round++) {
    if (round > 60_000) throw new Error('it does not come');
    await pause(5);
  }
}

let warned: jest.SpiedFunction<typeof process.emitWarning>;
beforeEach(() => {
  warned = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
});
afterEach(() => void jest.restoreAllMocks());

describe('an exchange of notices', () => {
  test('is written whether or not anybody reads, and a notice that it does not take is rejected', async () => {
    const { board, broker } = world();
    await board.put('chain', Buffer.from('a'));
    expect(broker.published).toMatchObject([
      { exchange: 'notices', text: 'a', options: { mandatory: false, persistent: false } },
    ]);
    broker.exchanges.clear();
    await expect(board.put('chain', Buffer.from('b'))).rejects.toThrow('The exchange of notices notices');
    // What was written with is closed when there is nothing to do.
    await until(() => broker.open === 0);
  });

  test('is read while a client is connected, by a bounded queue that is this process’s alone', async () => {
    const { board, broker } = world();
    await pause(20);
    expect(broker.connections).toBe(0);
    board.join();
    board.join();
    await until(() => broker.reader !== undefined);
    const [[name, { options, bound }]] = [...broker.queues] as [
      [string, { options: Record<string, unknown>; bound: boolean }],
    ];
    expect(name).toMatch(/^q-alice:[0-9a-f]{32}$/);
    expect(bound).toBe(true);
    expect(options).toMatchObject({
      exclusive: true,
      autoDelete: true,
      durable: false,
      maxLength: 4_096,
      arguments: { 'x-max-length-bytes': 4 * 1024 * 1024, 'x-overflow': 'drop-head' },
    });
    expect(options['messageTtl']).toBeLessThanOrEqual(3 * 3_600_000);
    board.leave();
    await pause(20);
    expect(broker.reader).toBeDefined();
    board.leave();
    await until(() => broker.reader === undefined && broker.open === 0);
    board.join();
    await until(() => broker.reader !== undefined);
    board.leave();
    await until(() => broker.open === 0);
    expect(warned).not.toHaveBeenCalled();
  });

  test('gives nothing more, and acknowledges nothing, before what it gave was taken', async () => {
    const { board, broker, taken, hold } = world();
    board.join();
    await until(() => broker.reader !== undefined);
    const channel = broker.reader!;
    expect(channel.prefetched).toBe(64);
    let go = (): void => undefined;
    hold.current = new Promise((resolve) => (go = resolve));
    channel.taker!(delivered(1, Buffer.from('a')));
    channel.taker!(delivered(2, Buffer.from('b')));
    channel.taker!(delivered(3, Buffer.alloc(5_000)));
    await pause(10);
    expect([taken, broker.acked]).toEqual([[['a']], []]);
    go();
    await until(() => broker.acked.includes(3));
    expect([taken, broker.acked]).toEqual([
      [['a'], ['b']],
      [1, 3],
    ]);
    // Too large to be one, and alone: nobody is asked.
    channel.taker!(delivered(4, Buffer.alloc(5_000)));
    await until(() => broker.acked.includes(4));
    expect(taken).toHaveLength(2);
    board.leave();
    channel.taker!(delivered(5, Buffer.from('c')));
  });

  test('A-22: is told the newest of each chain again, the same bytes, while a client is connected', async () => {
    const { board, broker } = world({ tellEveryMs: 20 });
    board.join();
    for (const [chain, text] of ['a1', 'b1', 'a2'].map((word) => [word[0]!, word] as const))
      await board.put(chain, Buffer.from(text));
    await until(() => broker.published.length >= 7);
    const again = broker.published.slice(3, 7).map(({ text }) => text);
    expect(again).toEqual(['a2', 'b1', 'a2', 'b1']);
    board.leave();
    await pause(50);
    const { length } = broker.published;
    await pause(50);
    expect(broker.published).toHaveLength(length);
  });

  test('is read by another queue where the channel is lost, or the queue goes', async () => {
    const { board, broker } = world();
    board.join();
    for (const lose of [
      () => void broker.reader!.close(),
      () => broker.reader!.taker!(null),
      () => void broker.reader!.close(),
    ]) {
      await until(() => broker.reader !== undefined);
      const lost = broker.reader!.queue;
      lose();
      await until(() => broker.reader !== undefined && broker.reader.queue !== lost);
    }
    // Of several within a minute one is told.
    expect(warned).toHaveBeenCalledTimes(1);
    expect(broker.connections).toBe(1);
    board.leave();
  });

  test('that was deleted is declared and bound again', async () => {
    const { board, broker } = world({ bindEveryMs: 10 });
    board.join();
    await until(() => broker.reader !== undefined);
    const lost = broker.reader!.queue;
    broker.exchanges.clear();
    await until(() => broker.exchanges.has('notices') && (broker.reader?.queue ?? lost) !== lost);
    board.leave();
  });

  test('is used as it is where it may not be declared; one that is missing then is told, and tried again', async () => {
    const { board, broker } = world();
    broker.mayConfigure = false;
    board.join();
    await until(() => broker.reader !== undefined);
    await board.put('chain', Buffer.from('a'));
    board.leave();
    broker.exchanges.clear();
    board.join();
    await until(() => warned.mock.calls.length > 0);
    expect(String(warned.mock.calls[0]![0])).toContain(
      'cannot be read from the exchange notices: refused with 404',
    );
    expect(String(warned.mock.calls[0]![0])).toContain('Declare a durable fanout exchange of that name');
    broker.exchanges.add('notices');
    await until(() => broker.reader !== undefined);
    board.leave();
  });
});

describe('connections of one Sealwire', () => {
  const sealwireOf = (noticeExchange: string | null): Sealwire =>
    ({
      agent: 'alice',
      noticeExchange,
      auditTarget: () => 'audit',
      quarantine: () => ({ onReject: 'halt', name: 'q' }),
      inlet: () => ({}),
      outlet: () => ({}),
      claims: () => null,
    }) as unknown as Sealwire;
  const accessOf = (port: number): BrokerAccess =>
    ({
      address: { hostname: 'h', port, vhost: 'v' },
      openOwn: () => Promise.reject(new Error('away')),
    }) as unknown as BrokerAccess;
  const sink = (): AuditSink => ({ write: () => Promise.resolve() });

  test('to one broker share what comes there, and those to another have their own', () => {
    const sealwire = sealwireOf('notices');
    const board = sharedNotices(sealwire, accessOf(1), sink);
    expect(board).toBeInstanceOf(NoticeExchange);
    expect(sharedNotices(sealwire, accessOf(1), sink)).toBe(board);
    expect(sharedNotices(sealwire, accessOf(2), sink)).not.toBe(board);
    expect(sharedNotices(sealwireOf('notices'), accessOf(1), sink)).not.toBe(board);
    expect(sharedNotices(sealwireOf(null), accessOf(1), sink)).toBeNull();
  });

  test('of an agent with a name of any length read by a queue that its rights cover', async () => {
    for (const agent of ['alice', 'a'.repeat(255), '%'.repeat(255)]) {
      const broker = new FakeBroker();
      const { address } = accessOf(1);
      const access = { address, openOwn: broker.connect } as unknown as BrokerAccess;
      const board = sharedNotices({ ...sealwireOf('notices'), agent }, access, sink)!;
      board.follow(() => Promise.resolve());
      board.join();
      await until(() => broker.reader !== undefined);
      const [name = ''] = broker.queues.keys();
      expect(name.startsWith(noticeQueues(agent))).toBe(true);
      expect(Buffer.byteLength(name)).toBeLessThanOrEqual(255);
      board.leave();
      await until(() => broker.open === 0);
    }
  });

  test('count once each from when they are connected until they are released', () => {
    const sealwire = sealwireOf('notices');
    const [one, other] = [0, 1].map(() => makeLink(sealwire, accessOf(1), null)) as [
      ReturnType<typeof makeLink>,
      ReturnType<typeof makeLink>,
    ];
    const board = one.sink.notices as NoticeExchange;
    expect(other.sink.notices).toBe(board);
    const calls: string[] = [];
    jest.spyOn(board, 'join').mockImplementation(() => void calls.push('join'));
    jest.spyOn(board, 'leave').mockImplementation(() => void calls.push('leave'));
    one.connected();
    one.connected();
    other.release();
    other.connected();
    one.release();
    one.release();
    expect(calls).toEqual(['join', 'leave']);
    expect(makeLink(sealwireOf(null), accessOf(1), null).sink.notices).toBeUndefined();
  });
});
