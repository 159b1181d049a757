// What the clients of one SecureKafka share comes when it is needed and goes with the last of them.
import { describe, expect, test } from '@jest/globals';
import type { AuditEvent, Sealwire } from '@sealwire/core';
import { connectionReports } from '../src/connection-reports.js';
import { LazyClient } from '../src/lazy-client.js';
import { LiveClients } from '../src/live-clients.js';
import { SeekCommits } from '../src/seek-commits.js';
import { isSpecial, specialOffset } from '../src/special-offsets.js';
import { subscribedTopics } from '../src/subscribed-topics.js';

function lazy(keep: () => boolean, failures: Error[] = []) {
  const events: string[] = [];
  const client = new LazyClient(
    {
      connect: async () => {
        events.push('connect');
        const failure = failures.shift();
        if (failure !== undefined) throw failure;
      },
      disconnect: async () => {
        await Promise.resolve();
        events.push('disconnect');
      },
    },
    keep,
  );
  const use = (name: string) => client.use(async () => events.push(name));
  return { client, events, use };
}

describe('a lazy client', () => {
  test('connects once for all who use it, and stays while it is kept', async () => {
    let kept = true;
    const { client, events, use } = lazy(() => kept);
    await Promise.all([use('a'), use('b')]);
    expect(events).toEqual(['connect', 'a', 'b']);
    kept = false;
    await client.release();
    await client.release();
    expect(events).toEqual(['connect', 'a', 'b', 'disconnect']);
  });

  test('never connects while it disconnects', async () => {
    const { client, events, use } = lazy(() => false);
    await use('a');
    void client.release();
    await use('b');
    expect(events).toEqual(['connect', 'a', 'disconnect', 'connect', 'b']);
    await client.release();
  });

  test('tries anew after it could not connect', async () => {
    const failure = new Error('away');
    const { events, use } = lazy(() => true, [failure]);
    await expect(use('a')).rejects.toBe(failure);
    await use('b');
    expect(events).toEqual(['connect', 'connect', 'b']);
  });
});

test('the last client that goes takes along what all shared', async () => {
  const gone: string[] = [];
  const clients = new LiveClients(async () => gone.push('all'));
  const [one, two] = [{}, {}];
  clients.add(one);
  clients.add(two);
  clients.remove(one);
  clients.remove(one);
  expect([clients.any, gone]).toEqual([true, []]);
  clients.remove(two);
  await clients.left();
  expect([clients.any, gone]).toEqual([false, ['all']]);
});

describe('connection reports', () => {
  const peer = {
    protocol: 'TLSv1.3',
    cipher: 'c',
    peerName: 'p',
    peerFingerprint: 'f',
    peerIssuer: 'CN=ca',
    peerSerial: '0A',
  };
  function reports(wanted = true) {
    const events: AuditEvent[] = [];
    const sealwire = {
      agent: 'alice',
      report: async (_transport: unknown, _sink: unknown, event: AuditEvent) => {
        events.push(event);
        throw new Error('audit is away');
      },
    } as unknown as Sealwire;
    return { events, observer: connectionReports(sealwire, { write: async () => undefined }, () => wanted) };
  }

  test('tell every opened connection, and a refusal once for its reason and place', async () => {
    const { events, observer } = reports();
    observer.opened('h', 1, peer);
    observer.opened('h', 1, peer);
    const refusal = Object.assign(new Error('secret text'), { code: 'ECONNREFUSED' });
    for (const port of [1, 1, 2]) observer.refused('h', port, refusal);
    observer.refused('h', 1, Object.assign(new Error('x'), { code: 'ERR_USAGE_CONNECTION' }));
    await new Promise((resolve) => setImmediate(resolve));
    expect(events.map(({ kind, code, facts }) => [kind, code, facts['port']])).toEqual([
      ['connection.opened', null, 1],
      ['connection.opened', null, 1],
      ['connection.refused', 'ERR_UNABLE_CONNECTION', 1],
      ['connection.refused', 'ERR_UNABLE_CONNECTION', 2],
      ['connection.refused', 'ERR_USAGE_CONNECTION', 1],
    ]);
    expect(events[0]!.facts).toMatchObject({ tls_version: 'TLSv1.3', peer_fingerprint: 'f' });
    expect(JSON.stringify(events)).not.toContain('secret text');
  });

  test('leave out connections that only the audit itself needs', async () => {
    const { events, observer } = reports(false);
    observer.opened('h', 1, peer);
    await new Promise((resolve) => setImmediate(resolve));
    expect(events).toEqual([]);
  });
});

describe('a seek', () => {
  test('is committed after the next fetch, the last one of each partition, where auto-commit is on', () => {
    const committed: unknown[] = [];
    const seeks = new SeekCommits(async (offsets) => void committed.push(offsets));
    seeks.add({ topic: 't', partition: 0, offset: '1' });
    seeks.commit();
    expect(committed).toEqual([]);
    seeks.enabled = true;
    for (const offset of ['1', '2', '-1']) seeks.add({ topic: 't', partition: 0, offset });
    seeks.commit();
    seeks.commit();
    expect(committed).toEqual([[{ topic: 't', partition: 0, offset: '2' }]]);
  });
});

describe('a special offset', () => {
  const offsets = [{ partition: 1, low: '3', high: '9' }];

  test('is looked up', () => {
    expect([isSpecial('-1'), isSpecial('-2'), isSpecial('0')]).toEqual([true, true, false]);
    expect(specialOffset(offsets, { topic: 't', partition: 1, offset: '-1' })).toBe('9');
    expect(specialOffset(offsets, { topic: 't', partition: 1, offset: '-2' })).toBe('3');
    expect(() => specialOffset(offsets, { topic: 't', partition: 0, offset: '-2' })).toThrow(
      /no partition 0/,
    );
  });
});

describe('a subscription', () => {
  const list = async () => ['a', 'ab', 'b'];

  test('means the topics that exist now', async () => {
    expect(await subscribedTopics({ topic: 'x' }, list)).toEqual(['x']);
    expect(await subscribedTopics({ topics: [/^a/, 'x'] }, list)).toEqual(['a', 'ab', 'x']);
  });

  test('that is malformed is left to kafkajs', async () => {
    for (const odd of [{ topics: 'a' }, { topics: [5] }, { topic: undefined }, {}]) {
      expect(await subscribedTopics(odd as never, list)).toBeNull();
    }
  });
});
