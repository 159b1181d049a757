// What consumers have done with for good, from their journals and the broker’s word.
import { expect, test } from '@jest/globals';
import { atPlace, deliveredBy, taggedBy } from './account-audit.ts';
import { takenFromKafka, takenFromRabbitmq } from './taken.ts';

const pids = new Map([
  ['c.0', 40],
  ['c.1', 41],
]);
const handling = (id: string, place: string, session: string) => ({
  id,
  place,
  session,
  atMs: 1,
  copy: null,
  doneAtMs: 2,
});
const commit = (session: string, offset: number) => ({ session, topic: 't', partition: 0, offset, atMs: 3 });

test('on Kafka a record below the group’s offset is taken, and a handling where its own session committed behind it', () => {
  const taken = takenFromKafka({
    handlings: [
      handling('a', 't/0/4', 'c.0/1'),
      handling('b', 't/0/5', 'c.0/1'),
      handling('b', 't/0/5', 'c.1/1'),
      handling('c', 't/0/6', 'c.1/1'),
    ],
    commits: [commit('c.0/1', 5), commit('c.0/1', 4), commit('c.1/1', 6)],
    pids,
    places: ['t/0/3', 't/0/4', 't/0/5', 't/0/6', 't/1/0'],
    committed: new Map([['t/0', 6]]),
  });
  expect(taken.flatMap(({ names }) => names)).toEqual([
    deliveredBy(40, 't/0/4'),
    deliveredBy(41, 't/0/5'),
    atPlace('t/0/3'),
  ]);
});

test('on RabbitMQ each acknowledgement is taken, by its tag and the hash of message or record', () => {
  const given = { name: 'c.1', tag: 3, messageHash: 'aa', recordHash: 'bb' };
  expect(takenFromRabbitmq([given, given], pids).map(({ names }) => names)).toEqual([
    [taggedBy(41, 3, 'aa'), taggedBy(41, 3, 'bb')],
    [taggedBy(41, 3, 'aa'), taggedBy(41, 3, 'bb')],
  ]);
});
