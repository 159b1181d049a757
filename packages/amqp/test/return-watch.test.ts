// The warning that the broker may soon drop a message.
import { EventEmitter } from 'node:events';
import { beforeEach, expect, jest, test } from '@jest/globals';
import type { Message } from 'amqplib';
import { ReturnWatch } from '../src/return-watch.js';

let outside: EventEmitter;
let watch: ReturnWatch;
beforeEach(() => {
  outside = new EventEmitter();
  watch = new ReturnWatch(outside);
});

const returned = (count: unknown): Message =>
  ({ properties: { headers: { 'x-delivery-count': count } } }) as unknown as Message;

test('near the limit listeners are told, once for all that comes of a queue in a minute', () => {
  const told: unknown[] = [];
  outside.on('often-returned', (...facts) => told.push(facts));
  watch.watch('orders', true);
  for (const count of [1, 14, 15, 16]) watch.see(returned(count), 'orders');
  watch.watch('others', true);
  watch.see(returned(19), 'others');

  expect(told).toEqual([
    ['orders', 15],
    ['others', 19],
  ]);
});

test('without a listener a process warning says what may happen', () => {
  const warned = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
  watch.watch('orders', true);
  watch.see(returned(17), 'orders');

  expect(warned.mock.calls).toEqual([
    [expect.stringMatching(/orders 17 times.*after 20.*lost/), 'SealwireWarning'],
  ]);
  warned.mockRestore();
});

test('where it is known what the queue does, and by headers that are no count, nothing is told', () => {
  outside.on('often-returned', () => {
    throw new Error('told');
  });
  watch.see(returned(20), 'orders');
  watch.watch('orders', true);
  watch.watch('orders', false);
  watch.see(returned(20), 'orders');
  watch.watch('orders', true);
  for (const count of ['20', null, undefined, {}]) watch.see(returned(count), 'orders');
  watch.see({ properties: {} } as unknown as Message, 'orders');
});
