import { EventEmitter } from 'node:events';
import { expect, test } from '@jest/globals';
import type { AuditEvent, AuditSink, ConnectionGuard, PeerFacts, Sealwire } from '@sealwire/core';
import { BrokerAccess } from '../src/broker-access.js';
import { ConnectionReports } from '../src/connection-reports.js';

const peer: PeerFacts = {
  protocol: 'TLSv1.3',
  cipher: 'x',
  peerName: 'CN=b',
  peerFingerprint: '00',
  peerIssuer: 'CN=ca',
  peerSerial: '0A',
};

function admitted() {
  const events: AuditEvent[] = [];
  const report = (...args: readonly unknown[]): Promise<void> => {
    events.push(args.at(-1) as AuditEvent);
    return Promise.resolve();
  };
  const sealwire = { agent: 'alice', report } as unknown as Sealwire;
  const address = { protocol: 'amqps', hostname: 'broker', port: 5671, vhost: '' } as const;
  const reports = new ConnectionReports(sealwire, address);
  const guard = { judge: () => peer } as unknown as ConnectionGuard;
  const model = Object.assign(new EventEmitter(), {
    connection: { stream: {}, recvFrame: () => undefined, on: () => undefined },
  });
  new BrokerAccess(guard, reports, address, {}).admit(model, {} as AuditSink);
  const told = async (): Promise<readonly AuditEvent[]> => {
    await Promise.resolve();
    return events;
  };
  return { model, told };
}

test('a connection that was told of is told of once more when it ends', async () => {
  const { model, told } = admitted();
  model.emit('close');
  model.emit('close');
  expect(await told()).toMatchObject([
    { kind: 'connection.opened' },
    { kind: 'connection.closed', outcome: 'acknowledged', facts: { transport: 'rabbitmq', host: 'broker' } },
  ]);
});

test('what ended it is told, and an error that nobody handles stays one', async () => {
  const { model, told } = admitted();
  const lost = Object.assign(new Error('CONNECTION_FORCED'), { code: 320 });
  expect(() => model.emit('error', lost)).toThrow('CONNECTION_FORCED');
  model.emit('close');
  expect((await told()).at(-1)).toMatchObject({
    kind: 'connection.closed',
    outcome: 'failed',
    facts: { reason: '320' },
  });
});
