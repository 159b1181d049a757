import { EventEmitter } from 'node:events';
import { expect, test } from '@jest/globals';
import type { ConfirmChannel } from 'amqplib';
import { AuditExchange } from '../src/audit-exchange.js';
import { ConfirmedWriter } from '../src/confirmed-writer.js';
import { declareAudit, declareQuarantine } from '../src/declare-target.js';
import type { OwnConnection } from '../src/own-connection.js';

/** What the broker does with a message, by its content. */
class FakeBroker {
  opened = 0;
  readonly published: [string, string, string, Record<string, unknown>][] = [];
  channel(): ConfirmChannel {
    this.opened++;
    const emitter = new EventEmitter();
    return Object.assign(emitter, {
      publish: (
        exchange: string,
        key: string,
        content: Buffer,
        options: Record<string, unknown>,
        confirm: (error: unknown) => void,
      ) => {
        const text = content.toString();
        this.published.push([exchange, key, text, options]);
        if (text === 'throws') throw new Error('closed');
        setImmediate(() => {
          if (text === 'unroutable')
            emitter.emit('return', { properties: { messageId: options['messageId'] } });
          confirm(text === 'nack' ? new Error('message nacked') : null);
        });
        return true;
      },
      close: () => {
        emitter.emit('close');
        return Promise.resolve();
      },
    }) as unknown as ConfirmChannel;
  }
}

function writerOver(broker: FakeBroker): ConfirmedWriter {
  const connection = {
    channel: async () => broker.channel(),
    during: <T>(work: () => Promise<T>) => work(),
  } as unknown as OwnConnection;
  return new ConfirmedWriter(connection, 'ERR_UNABLE_AUDIT', (open) => open());
}

const writing = (text: string) => ({
  exchange: 'e',
  routingKey: 'k',
  content: Buffer.from(text),
  options: {},
});

test('only what is routed and acknowledged counts as written', async () => {
  const writer = writerOver(new FakeBroker());

  expect(await writer.write(['fine', 'nack', 'unroutable', 'fine'].map(writing))).toEqual([
    true,
    false,
    false,
    true,
  ]);
});

test('every message is persistent and mandatory', async () => {
  const broker = new FakeBroker();
  await writerOver(broker).write([writing('fine')]);

  expect(broker.published).toEqual([
    ['e', 'k', 'fine', expect.objectContaining({ persistent: true, mandatory: true })],
  ]);
});

test('a channel that broke is replaced for the next write', async () => {
  const broker = new FakeBroker();
  const writer = writerOver(broker);
  expect(await writer.write([writing('throws')])).toEqual([false]);
  expect(await writer.write([writing('fine')])).toEqual([true]);
  expect(await writer.write([writing('fine')])).toEqual([true]);

  expect(broker.opened).toBe(2);
});

test('without a channel nothing is written and the error says what to check', async () => {
  const connection = {
    channel: () => Promise.reject(new Error('away')),
    during: <T>(work: () => Promise<T>) => work(),
  } as unknown as OwnConnection;
  const writer = new ConfirmedWriter(connection, 'ERR_UNABLE_QUARANTINE', (open) => open());

  await expect(writer.write([writing('x')])).rejects.toMatchObject({ code: 'ERR_UNABLE_QUARANTINE' });
  await expect(writer.ready()).rejects.toMatchObject({ code: 'ERR_UNABLE_QUARANTINE' });
});

test('an audit write is all or an error, with the writer as routing key', async () => {
  const broker = new FakeBroker();
  const sink = new AuditExchange('audit', writerOver(broker));
  const batch = (writer: string, ...texts: string[]) => ({
    chain: 'chain',
    writer,
    lines: texts.map((text) => Buffer.from(text)),
  });
  await sink.write(batch('alice', '{}'));
  await sink.write(batch('ä'.repeat(200), '{}'));
  await sink.write(batch('alice'));

  expect(broker.published[0]!.slice(0, 3)).toEqual(['audit', 'alice', '{}']);
  expect(Buffer.byteLength(broker.published[1]![1])).toBeLessThanOrEqual(255);
  await expect(sink.write(batch('k', 'nack'))).rejects.toMatchObject({ code: 'ERR_UNABLE_AUDIT' });
});

/** Refuses some requests, as a broker does: the channel is gone then. */
function refusing(refused: readonly string[], code = 403) {
  const calls: string[] = [];
  const open = async (): Promise<ConfirmChannel> => {
    calls.push('open');
    const answer = (name: string) => async (first: string) => {
      calls.push(`${name} ${first}`);
      if (refused.includes(name)) throw Object.assign(new Error(name), { code });
    };
    const names = ['assertExchange', 'checkExchange', 'assertQueue', 'checkQueue', 'bindQueue'];
    return Object.fromEntries(names.map((name) => [name, answer(name)])) as unknown as ConfirmChannel;
  };
  return { calls, open };
}

test('the audit exchange is declared with a queue for everything', async () => {
  const { calls, open } = refusing([]);
  await declareAudit('audit', open);

  expect(calls).toEqual(['open', 'assertExchange audit', 'assertQueue audit', 'bindQueue audit']);
});

test('without the right to declare, the audit exchange must be there', async () => {
  const { calls, open } = refusing(['assertExchange', 'assertQueue']);
  await declareAudit('audit', open);
  expect(calls).toEqual([
    'open',
    'assertExchange audit',
    'open',
    'checkExchange audit',
    'assertQueue audit',
    'open',
  ]);

  const missing = refusing(['assertExchange', 'checkExchange']);
  await expect(declareAudit('audit', missing.open)).rejects.toThrow('checkExchange');
});

test('a quarantine queue of another form than ours is taken as it is', async () => {
  const { calls, open } = refusing(['assertQueue'], 406);
  await declareQuarantine('held', '', open);

  expect(calls).toEqual(['open', 'assertQueue held', 'open', 'checkQueue held']);
});

test('a quarantine with an exchange is bound to it, or must be there with it', async () => {
  const free = refusing([]);
  await declareQuarantine('held', 'holding', free.open);
  expect(free.calls).toEqual(['open', 'assertQueue held', 'assertExchange holding', 'bindQueue held']);

  const { calls, open } = refusing(['assertQueue', 'assertExchange']);
  await declareQuarantine('held', 'holding', open);
  expect(calls).toEqual([
    'open',
    'assertQueue held',
    'open',
    'checkQueue held',
    'assertExchange holding',
    'open',
    'checkExchange holding',
  ]);

  const missing = refusing(['assertExchange', 'checkExchange']);
  await expect(declareQuarantine('held', 'holding', missing.open)).rejects.toThrow('checkExchange');
});

test('any other refusal is passed on', async () => {
  const { open } = refusing(['assertQueue'], 405);

  await expect(declareQuarantine('held', '', open)).rejects.toThrow('assertQueue');
});

test('a target that is gone is declared again before the next write, also while the old channel still closes', async () => {
  const broker = new FakeBroker();
  const writer = writerOver(broker);
  expect(await writer.write(['fine', 'unroutable'].map(writing))).toEqual([true, false]);
  expect(await writer.write(['unroutable', 'fine'].map(writing))).toEqual([false, true]);
  expect(await writer.write([writing('fine')])).toEqual([true]);
  expect(broker.opened).toBe(3);
  expect(await writer.write([writing('fine')])).toEqual([true]);
  expect(broker.opened).toBe(3);
});
