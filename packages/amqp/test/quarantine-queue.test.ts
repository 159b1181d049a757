import { expect, test } from '@jest/globals';
import { InabilityError, type Rejected } from '@sealwire/core';
import type { ConsumeMessage } from 'amqplib';
import type { ConfirmedWriter, Writing } from '../src/confirmed-writer.js';
import { receivedFrom } from '../src/open-delivery.js';
import { QuarantineQueue } from '../src/quarantine-queue.js';
import { delivered, rejectedFake } from './fakes.ts';

function queueOver(write: (writings: readonly Writing[]) => boolean[], exchange?: string) {
  const writings: Writing[] = [];
  const writer = {
    ready: () => Promise.resolve(),
    write: async (batch: readonly Writing[]) => {
      writings.push(...batch);
      return write(batch);
    },
    unwritten: (count: number) => new InabilityError('ERR_UNABLE_QUARANTINE', `${count}`),
  };
  return {
    writings,
    queue: new QuarantineQueue(
      { name: 'held', ...(exchange === undefined ? {} : { exchange }) },
      'bob',
      writer as unknown as ConfirmedWriter,
      testify,
    ),
  };
}

function testify(rejected: readonly Rejected[]): Promise<Buffer[]> {
  return Promise.resolve(rejected.map(() => Buffer.from('ff00', 'hex')));
}

const rejection = (raw: ConsumeMessage): { raw: ConsumeMessage; rejected: Rejected } => ({
  raw,
  rejected: rejectedFake(receivedFrom(raw, 'orders')),
});

test('bytes stay as they were, with the reason and where they came from', async () => {
  const { queue, writings } = queueOver((batch) => batch.map(() => true));
  const content = Buffer.from('junk');
  await queue.write([rejection(delivered(7, content))]);

  expect(writings).toEqual([
    {
      exchange: '',
      routingKey: 'held',
      content,
      options: {
        headers: expect.objectContaining({
          'sealwire-code': 'ERR_FORMAT_NOT_SEALED',
          'sealwire-rejected-by': 'bob',
          'sealwire-queue': 'orders',
          'sealwire-routing-key': 'orders',
          'sealwire-evidence': Buffer.from('ff00', 'hex'),
        }),
      },
    },
  ]);
  expect(writings[0]!.content).toBe(content);
});

test('a quarantine with an exchange is written to it, and not to the default exchange', async () => {
  const raw = delivered(7, Buffer.from('junk'));
  const { queue, writings } = queueOver((batch) => batch.map(() => true), 'holding');
  await queue.write([rejection(raw)]);
  expect(writings).toMatchObject([{ exchange: 'holding', routingKey: 'held' }]);
});

test('properties and headers that the broker acts on, or that amqplib could not encode, are left out', async () => {
  const { queue, writings } = queueOver((batch) => batch.map(() => true));
  const headers = JSON.parse('{"__proto__":{"a":1}}') as Record<string, unknown>;
  Object.assign(headers, {
    CC: ['x'],
    BCC: ['x'],
    'x-death': [],
    'x-tenant': 'kept',
    'sealwire-code': 'forged',
    nan: NaN,
    huge: -1e300,
    table: {},
    ['n'.repeat(256)]: 'x',
    flag: false,
  });
  const grown = '\ufffd'.repeat(200); // 200 bytes that are not UTF-8, as amqplib decodes them
  await queue.write([
    rejection(
      delivered(1, Buffer.from('x'), {
        headers,
        userId: 'u',
        expiration: '1',
        replyTo: 'r',
        priority: 9,
        type: grown,
        appId: 'kept',
      }),
    ),
  ]);

  const { headers: kept, ...properties } = writings[0]!.options;
  expect(properties).toEqual({ appId: 'kept' });
  expect(Object.keys(kept as object).filter((name) => !name.startsWith('sealwire-'))).toEqual([
    'x-tenant',
    'original-sealwire-code',
    'flag',
  ]);
  expect((kept as Record<string, unknown>)['sealwire-code']).toBe('ERR_FORMAT_NOT_SEALED');
});

test('large headers are kept up to half of what amqplib takes', async () => {
  const { queue, writings } = queueOver((batch) => batch.map(() => true));
  const headers = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`h${i}`, 'x'.repeat(1000)]));
  await queue.write([rejection(delivered(1, Buffer.from('x'), { headers }))]);

  const kept = JSON.stringify(writings[0]!.options.headers);
  expect(kept.length).toBeGreaterThan(30_000);
  expect(kept.length).toBeLessThan(40_000);
});

test('what is not confirmed is written again, and only that', async () => {
  let round = 0;
  const { queue, writings } = queueOver((batch) => batch.map((_, i) => ++round > 2 || i === 0));
  const both = [rejection(delivered(1, Buffer.from('a'))), rejection(delivered(2, Buffer.from('b')))];
  await expect(queue.write(both)).rejects.toMatchObject({ code: 'ERR_UNABLE_QUARANTINE' });
  await queue.write(both);
  await queue.write(both);

  expect(writings.map(({ content }) => content.toString())).toEqual(['a', 'b', 'b']);
});
