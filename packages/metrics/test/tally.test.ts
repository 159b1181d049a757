// Counting never throws, and takes bounded memory.
import { expect, it } from '@jest/globals';
import type { AuditEvent } from '@sealwire/core';
import fc from 'fast-check';
import { counterTable } from '../src/counter-table.js';
import { messagingTable } from '../src/messaging-table.js';
import { Tally } from '../src/tally.js';
import { event } from './events.js';

const messages = counterTable.find(({ name }) => name === 'sealwire_messages_total')!;

it('adds up what is the same', () => {
  const tally = new Tally(counterTable);
  tally.observe(
    [event('message.sent'), event('message.sent'), event('message.sent', { outcome: 'failed' })],
    'kafka',
  );
  tally.observe([event('message.sent')], 'rabbitmq');
  expect([...tally.series(messages)].map(({ values, count }) => [...values, count])).toEqual([
    ['kafka', 'orders', 'sent', 'acknowledged', 'sealed', 2],
    ['kafka', 'orders', 'sent', 'failed', 'sealed', 1],
    ['rabbitmq', 'orders', 'sent', 'acknowledged', 'sealed', 1],
  ]);
});

it('folds further channels into one when there are too many, and loses no count', () => {
  const tally = new Tally(counterTable, 100);
  for (let i = 0; i < 1_000; i++)
    tally.observe([event('message.sent', { channel: `channel-${i}` })], 'kafka');
  tally.observe([event('message.sent', { channel: 'channel-7' })], 'kafka');
  const series = [...tally.series(messages)];
  expect(series).toHaveLength(101);
  expect(series.find(({ values }) => values[1] === 'channel-7')?.count).toBe(2);
  expect(series.find(({ values }) => values[1] === '_other')?.count).toBe(900);
});

it('does not throw, whatever it is shown', () => {
  const tally = new Tally([...counterTable, ...messagingTable]);
  const kinds = fc.oneof(fc.constantFrom(...counterTable.flatMap((row) => row.kinds)), fc.string());
  const anything = fc.oneof(
    fc.anything(),
    fc.record({ kind: kinds, channel: fc.anything(), facts: fc.anything(), code: fc.anything() }),
  );
  fc.assert(
    fc.property(fc.array(anything), (events) => {
      tally.observe(events as AuditEvent[], 'kafka');
    }),
  );
});
