import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  keptName,
  quarantinedRecord,
  quarantineHeaders,
  recordHash,
  type HeaderField,
  type Received,
  type Rejected,
} from '../src/index.js';

const bytes = fc.uint8Array({ maxLength: 40 }).map((array) => Buffer.from(array));
const name = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.constantFrom(
    'sealwire',
    'sealwire-code',
    'original-sealwire-code',
    'original-original-sealwire-x',
    '__proto__',
  ),
);
const fields: fc.Arbitrary<HeaderField[]> = fc.uniqueArray(
  fc.record({ name, values: fc.array(bytes, { minLength: 1, maxLength: 3 }) }),
  { selector: (field) => field.name, maxLength: 6 },
);
const time = fc.integer({ min: 0, max: 4_102_444_800_000 });
const original: fc.Arbitrary<Received> = fc.record({
  source: fc.oneof(
    fc.record({
      transport: fc.constant('kafka' as const),
      topic: fc.constantFrom('tasks', 'a.b-c_d'),
      partition: fc.nat(999),
      offset: fc.nat().map(String),
    }),
    fc.record({
      transport: fc.constant('rabbitmq' as const),
      queue: fc.constantFrom('tasks', 'ä'),
      exchange: fc.constantFrom('', 'x'),
      routingKey: fc.constantFrom('', 'a.b'),
      deliveryTag: fc.constant(0),
    }),
  ),
  value: fc.option(bytes),
  key: fc.option(bytes),
  headers: fields,
  appendedAtMs: fc.option(time),
  receivedAtMs: time,
});

test('what was quarantined is read back as it was received, whatever its headers are called', () => {
  fc.assert(
    fc.property(original, time, fc.option(bytes), fc.option(bytes), (received, atMs, session, evidence) => {
      const rejected: Rejected = {
        verified: false,
        received,
        code: 'ERR_KEY_UNKNOWN',
        reason: 'The key is not there.',
        recordHash: recordHash(received),
        claims: null,
        session,
      };
      const headers = [
        ...received.headers.map((field) => ({ ...field, name: keptName(field.name) })),
        ...quarantineHeaders(rejected, 'researcher', atMs, evidence),
      ];
      expect(quarantinedRecord({ ...received, headers })).toEqual({
        original: received,
        code: 'ERR_KEY_UNKNOWN',
        reason: 'The key is not there.',
        rejectedBy: 'researcher',
        rejectedAtMs: atMs,
        recordHash: recordHash(received).toString('hex'),
        range: null,
        shortened: false,
        session,
        evidence,
      });
    }),
  );
});

test.each([
  ['has nothing beside it', {}],
  ['lacks its code', { 'sealwire-code': null }],
  ['has a code that moves the cursor', { 'sealwire-code': 'ERR_\u001b[2J' }],
  ['lacks its place', { 'sealwire-topic': null }],
  ['has a place that is none', { 'sealwire-offset': '-1' }],
  ['has no date', { 'sealwire-rejected-at': 'yesterday' }],
  ['has a hash of another length', { 'sealwire-record-hash': '00' }],
])('what %s was written by no adapter', (title, changes) => {
  const source = { transport: 'kafka', topic: 't', partition: 0, offset: '7' } as const;
  const received: Received = {
    source,
    value: null,
    key: null,
    headers: [],
    appendedAtMs: null,
    receivedAtMs: 5,
  };
  const rejected: Rejected = {
    verified: false,
    received,
    code: 'ERR_KEY_UNKNOWN',
    reason: '',
    recordHash: recordHash(received),
    claims: null,
    session: null,
  };
  const good = title.startsWith('has nothing') ? [] : quarantineHeaders(rejected, 'bob', 7);
  const headers = good.flatMap((field) => {
    const change = (changes as Record<string, string | null>)[field.name];
    if (change === null) return [];
    return [change === undefined ? field : { ...field, values: [Buffer.from(change)] }];
  });
  expect(quarantinedRecord({ ...received, headers })).toBeNull();
});
