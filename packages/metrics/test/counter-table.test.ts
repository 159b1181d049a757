// The table of counters covers every kind of event, and cannot be made to grow by what an attacker writes.
import { expect, it } from '@jest/globals';
import { codes, type AuditKind, type Code } from '@sealwire/core';
import { counterTable } from '../src/counter-table.js';
import { messagingTable } from '../src/messaging-table.js';
import { openLabels } from '../src/counter-row.js';
import { event, rejected } from './events.js';

// A new kind of event does not compile here until it is counted.
const kinds: Record<AuditKind, true> = {
  'message.sent': true,
  'message.received': true,
  'message.rejected': true,
  'message.duplicate': true,
  'replay.rebuilt': true,
  'replay.allowed': true,
  'quarantine.redriven': true,
  'quarantine.purged': true,
  'connection.opened': true,
  'connection.refused': true,
  'connection.closed': true,
  'key.created': true,
  'key.rotated': true,
  'key.revoked': true,
  'key.destroyed': true,
  'key.used_after_revocation': true,
  'rotation.failed': true,
  'policy.loaded': true,
  'policy.changed': true,
  'policy.refused': true,
  'audit.started': true,
  'audit.stopped': true,
  'audit.gap': true,
  'audit.checkpoint': true,
};
const all = [...counterTable, ...messagingTable];

it('counts every kind of event at least once', () => {
  const uncounted = Object.keys(kinds).filter(
    (kind) => !counterTable.some((row) => row.kinds.includes(kind as AuditKind)),
  );
  expect(uncounted).toEqual([]);
});

it('gives each label one value, and each label an attribute', () => {
  for (const row of all) {
    expect(row.attributes).toHaveLength(row.labels.length);
    for (const kind of row.kinds)
      for (const code of [null, ...(Object.keys(codes) as Code[])]) {
        const values = row.values(event(kind, { code }), 'kafka');
        if (values !== null) expect(values).toHaveLength(row.labels.length);
      }
  }
});

it('names no metric twice', () => {
  const names = all.map(({ instrument }) => instrument);
  expect(new Set(names).size).toBe(names.length);
  const shown = counterTable.map(({ name }) => name);
  expect(new Set(shown).size).toBe(shown.length);
});

it('takes no label from what a message says of itself', () => {
  const named = {
    senderId: 'a canary',
    recipientId: 'a canary',
    messageType: 'a canary',
    messageHash: 'a canary',
    facts: { routing_key: 'a canary', exchange: 'a canary', queue: 'a canary', peer: 'a canary' },
  };
  for (const row of all)
    for (const kind of row.kinds)
      expect(
        row.values(event(kind, { ...named, code: 'ERR_POLICY_SENDER' }), 'rabbitmq') ?? [],
      ).not.toContain('a canary');
});

it('has no open label but channel and topic', () => {
  const closed = new Set([
    'system',
    'direction',
    'result',
    'encryption',
    'reason',
    'stage',
    'type',
    'severity',
    'event',
    'messaging.system',
    'messaging.operation.name',
    'error.type',
  ]);
  const open = new Set(all.flatMap(({ labels }) => labels).filter((label) => !closed.has(label)));
  expect([...open].filter((label) => !openLabels.has(label))).toEqual([]);
});

it.each<[Code, string]>([
  ['ERR_POLICY_SENDER', 'sealwire_unauthorised_total'],
  ['ERR_VALIDATION_PAYLOAD', 'sealwire_validation_failures_total'],
  ['ERR_INTEGRITY_SIGNATURE', 'sealwire_encryption_failures_total'],
  ['ERR_POLICY_REPLAY', 'sealwire_replay_rejected_total'],
])('counts a refusal for %s as %s', (code, name) => {
  const refusals = counterTable.filter(
    ({ labels }) => labels.includes('channel') && labels.includes('reason'),
  );
  expect(refusals.length).toBe(4);
  const counting = refusals.filter((row) => row.values(rejected(code), 'kafka') !== null);
  expect(counting.map((row) => row.name)).toEqual([name]);
});

it('counts the records of a range that was refused as one, not the one event', () => {
  const messages = counterTable.find(({ name }) => name === 'sealwire_messages_total')!;
  expect(messages.amount?.(rejected('ERR_FORMAT_NOT_SEALED', { facts: { rejected_count: 70 } }))).toBe(70);
  expect(messages.amount?.(rejected('ERR_FORMAT_NOT_SEALED'))).toBe(1);
});
