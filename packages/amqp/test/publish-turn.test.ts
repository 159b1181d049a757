import { beforeEach, expect, test } from '@jest/globals';
import { InabilityError } from '@sealwire/core';
import { Publisher } from '../src/publisher.js';
import { FakeChannel, fakeLink, FakeSides, turns } from './fakes.ts';

let channel: FakeChannel;
let sides: FakeSides;
let finished: number[];
let lost: unknown[];
let publisher: Publisher;
beforeEach(() => {
  channel = new FakeChannel();
  sides = new FakeSides();
  finished = [];
  lost = [];
  const { finish } = sides.outlet;
  sides.outlet.finish = (begun) => {
    finished.push(begun.length);
    return finish(begun);
  };
  publisher = new Publisher(fakeLink(sides), channel, true, (error) => lost.push(error));
});
const content = Buffer.from('x');

test('the first message of a turn goes at once, those behind it together, in order', async () => {
  for (let i = 0; i < 5; i++) publisher.publish('', `key ${i}`, content, { persistent: true });
  expect(channel.calls).toHaveLength(1);
  await turns();

  expect(finished).toEqual([1, 4]);
  expect(channel.published.map(({ routingKey }) => routingKey)).toEqual(
    [0, 1, 2, 3, 4].map((i) => `key ${i}`),
  );
});

test('a burst is sent every 64 messages, so that the answer about the buffer is not older than that', () => {
  const answers = Array.from({ length: 130 }, (_, i) => {
    if (i === 60) channel.room = false;
    return publisher.publish('', 'orders', content, {});
  });

  expect(finished).toEqual([1, 64, 64]);
  expect(answers.indexOf(false)).toBe(64);
});

test('what amqplib could refuse goes at once, behind what waits, and its error is thrown', () => {
  publisher.publish('', 'one', content, {});
  publisher.publish('', 'two', content, {});
  channel.publish = (
    (inner) =>
    (...args: Parameters<FakeChannel['publish']>) => {
      if (args[1] === 'three') throw new TypeError('expiration');
      return inner.apply(channel, args);
    }
  )(channel.publish.bind(channel));

  expect(() => publisher.publish('', 'three', content, { expiration: 'soon' })).toThrow('expiration');
  expect(channel.published.map(({ routingKey }) => routingKey)).toEqual(['one', 'two']);
});

test('nothing waits once it is asked to flush', () => {
  publisher.publish('', 'one', content, {});
  publisher.publish('', 'two', content, {});
  publisher.flush();

  expect(channel.calls).toHaveLength(2);
});

test('a message that cannot be signed after all is told to its callback, or else reported', async () => {
  const calls: unknown[] = [];
  publisher.publish('', 'one', content, {});
  sides.outlet.finish = () => {
    throw new InabilityError('ERR_UNABLE_AUDIT', 'full');
  };
  publisher.publish('', 'two', content, {}, (error) => calls.push(error));
  publisher.publish('', 'three', content, {});
  await turns();

  expect(channel.calls).toHaveLength(1);
  expect(calls).toMatchObject([{ code: 'ERR_UNABLE_AUDIT' }]);
  expect(lost).toMatchObject([{ code: 'ERR_UNABLE_AUDIT' }]);
});
