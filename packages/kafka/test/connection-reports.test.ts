import { expect, test } from '@jest/globals';
import type { AuditEvent, AuditSink, PeerFacts, Sealwire } from '@sealwire/core';
import { connectionReports } from '../src/connection-reports.js';

const peer: PeerFacts = {
  protocol: 'TLSv1.3',
  cipher: 'x',
  peerName: 'CN=b',
  peerFingerprint: '00',
  peerIssuer: 'CN=ca',
  peerSerial: '0A',
};

function reports() {
  const events: AuditEvent[] = [];
  const given = { wanted: true };
  const report = (...args: readonly unknown[]): Promise<void> => {
    events.push(args.at(-1) as AuditEvent);
    return Promise.resolve();
  };
  const sealwire = { agent: 'alice', report } as unknown as Sealwire;
  const observer = connectionReports(sealwire, {} as AuditSink, () => given.wanted);
  const told = async (): Promise<readonly AuditEvent[]> => {
    await Promise.resolve();
    return events;
  };
  return { observer, given, told };
}

test('a connection that was told of is told of once more when it ends, and what ended it', async () => {
  const { observer, told } = reports();
  const closed = observer.opened('broker', 9093, peer);
  observer.opened('broker', 9093, peer)?.(Object.assign(new Error('read'), { code: 'ECONNRESET' }));
  closed?.(null);
  expect(await told()).toMatchObject([
    { kind: 'connection.opened' },
    { kind: 'connection.opened' },
    { kind: 'connection.closed', outcome: 'failed', facts: { host: 'broker', reason: 'ECONNRESET' } },
    { kind: 'connection.closed', outcome: 'acknowledged', facts: { transport: 'kafka', port: 9093 } },
  ]);
});

test('a connection that was not told of is not told of when it ends, nor one that ends with the last client', async () => {
  const { observer, given, told } = reports();
  const closed = observer.opened('broker', 9093, peer);
  given.wanted = false;
  const own = observer.opened('broker', 9093, peer);
  closed?.(null);
  given.wanted = true;
  own?.(null);
  expect((await told()).map(({ kind }) => kind)).toEqual(['connection.opened']);
});
