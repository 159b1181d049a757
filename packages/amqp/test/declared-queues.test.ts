// Which queues would drop a message, as far as their declaration tells.
import { beforeEach, expect, test } from '@jest/globals';
import type { Options } from 'amqplib';
import { DeclaredQueues } from '../src/declared-queues.js';

let queues: DeclaredQueues;
beforeEach(() => {
  queues = new DeclaredQueues();
});

const quorum = (more: Record<string, unknown> = {}): Options.AssertQueue => ({
  arguments: { 'x-queue-type': 'quorum', ...more },
});
const check = (options: Options.AssertQueue, version: string | null = '4.1.2') => {
  queues.declared('orders', options);
  return () => queues.check('orders', version);
};

test('a quorum queue with a delivery limit and no dead-letter target is refused, with what to write', () => {
  expect(check(quorum({ 'x-delivery-limit': 7 }))).toThrow(
    expect.objectContaining({
      code: 'ERR_USAGE_QUEUE',
      message: expect.stringMatching(/orders.*more than 7 times.*deadLetterExchange.*checkQueue/) as unknown,
      facts: { queue: 'orders', returns: 7 },
    }),
  );
});

test('RabbitMQ 4 has a limit of 20 where none is given, and so has a broker that does not tell its version', () => {
  for (const version of ['4.0.5', '10.1', null, 'new'])
    expect(check(quorum(), version)).toThrow(
      expect.objectContaining({ facts: { queue: 'orders', returns: 20 } }),
    );
  expect(check(quorum(), '3.13.7')()).toBe('safe');
});

test('a negative limit is none since RabbitMQ 4, and was 0 before', () => {
  expect(check(quorum({ 'x-delivery-limit': -1 }))()).toBe('safe');
  expect(check(quorum({ 'x-delivery-limit': -1 }), '3.10.8')).toThrow(
    expect.objectContaining({ facts: { queue: 'orders', returns: 0 } }),
  );
});

test('a dead-letter exchange will do, the default one too, in either way of saying it', () => {
  expect(check({ ...quorum(), deadLetterExchange: '' })()).toBe('safe');
  expect(check(quorum({ 'x-dead-letter-exchange': 'dead' }))()).toBe('safe');
});

test('arguments whose type on the wire is chosen are read as what they hold', () => {
  const typed = (type: string, value: unknown) => ({ '!': type, value });
  expect(check({ arguments: { 'x-queue-type': typed('string', 'quorum') } })).toThrow(
    expect.objectContaining({ code: 'ERR_USAGE_QUEUE' }),
  );
  expect(check(quorum({ 'x-delivery-limit': typed('int', 3) }), '3.13.7')).toThrow(
    expect.objectContaining({ facts: { queue: 'orders', returns: 3 } }),
  );
  expect(check(quorum({ 'x-delivery-limit': typed('int', -1) }))()).toBe('safe');
  expect(check(quorum({ 'x-dead-letter-exchange': typed('string', 'dead') }))()).toBe('safe');
});

test('classic queues and streams have no limit; of a queue without a type nothing is known', () => {
  for (const type of ['classic', 'stream'])
    expect(check({ arguments: { 'x-queue-type': type } })()).toBe('safe');
  expect(check({})()).toBe('unknown');
  expect(queues.check('another', '4.0.5')).toBe('unknown');
});

test('what was deleted or refused is not known any more', () => {
  const again = check(quorum());
  queues.forget('orders');
  expect(again()).toBe('unknown');
});
