// What local policy, clock and directory refuse, in messages that are otherwise whole (SPEC.md §9).
import { cut } from '../byte-changes.ts';
import { build } from '../../test/reference.ts';
import type { CaseTerms } from '../make-case.ts';
import { maxAgeMs, noon, schema, skewMs } from '../vector-world.ts';

const refused = (
  code: string,
  musts: readonly number[],
  name: string,
  scenario: string,
  rest: Partial<CaseTerms>,
): CaseTerms => ({ name, scenario, musts, code, ...rest });

export const policyFaults: readonly CaseTerms[] = [
  refused('ERR_POLICY_REALM', [25, 39], 'another-realm', 'A message of another realm.', {
    parts: { session: { realm: Buffer.alloc(16, 0xee) } },
  }),
  refused('ERR_POLICY_CHANNEL', [26], 'another-channel', 'Sealed for another channel than it is read from.', {
    parts: { session: { channel: 'results', type: 'task.result' } },
  }),
  refused('ERR_POLICY_CHANNEL', [26], 'copied-to-another-topic', 'A copy in a topic of another channel.', {
    received: { place: 'results' },
  }),
  refused('ERR_POLICY_TYPE', [27], 'unknown-type', 'A message type that the channel does not have.', {
    parts: { session: { type: 'task.cancel' } },
  }),
  refused('ERR_POLICY_TYPE', [27], 'type-of-another-channel', 'A message type of another channel.', {
    parts: { session: { type: 'task.result' } },
  }),
  refused('ERR_POLICY_TYPE', [27], 'another-content-type', 'A content type that the route does not have.', {
    parts: { session: { contentType: 1 } },
  }),
  refused('ERR_POLICY_TYPE', [27], 'schema-where-there-is-none', 'A schema hash, where the route has none.', {
    parts: { session: { schema } },
  }),
  refused('ERR_POLICY_TYPE', [27], 'another-schema', 'Another schema hash than the route’s.', {
    parts: {
      session: { type: 'task.avro', contentType: 3, schema: Buffer.alloc(32, 1) },
      plaintext: { payload: Buffer.of(2) },
    },
  }),
  refused('ERR_POLICY_TYPE', [27], 'schema-missing', 'No schema hash, where the route has one.', {
    parts: { session: { type: 'task.avro', contentType: 3 }, plaintext: { payload: Buffer.of(2) } },
  }),
  refused('ERR_POLICY_AUDIENCE', [27], 'another-audience', 'Sealed for another group.', {
    wrappedFor: ['auditors'],
    holds: ['auditors'],
    parts: { session: { audience: ['auditors'] } },
  }),
  refused('ERR_POLICY_AUDIENCE', [27], 'larger-audience', 'Sealed for one group more than the route says.', {
    wrappedFor: ['team', 'auditors'],
    parts: { session: { audience: ['auditors', 'team'] } },
  }),
  refused(
    'ERR_POLICY_AUDIENCE',
    [27],
    'smaller-audience',
    'Sealed for one group less: the auditors were left out.',
    {
      parts: { session: { type: 'task.shared', audience: ['team'] } },
    },
  ),
  refused(
    'ERR_POLICY_EPOCH',
    [28],
    'before-the-epoch',
    'Issued before its session’s epoch, beyond the skew.',
    {
      parts: { session: { epochStart: (noon + skewMs) / 1000 + 1 } },
    },
  ),
  refused(
    'ERR_POLICY_EPOCH',
    [28],
    'after-the-epoch',
    'Issued when its session’s epoch and the skew had passed.',
    {
      parts: { session: { epochStart: (noon - skewMs) / 1000 - 60, epochLength: 60 } },
    },
  ),
  refused('ERR_POLICY_FUTURE', [28], 'from-the-future', 'Issued one millisecond beyond the skew.', {
    received: { receivedAt: noon - skewMs - 1 },
  }),
  refused(
    'ERR_POLICY_FUTURE',
    [28],
    'appended-before-it-was-issued',
    'Appended earlier than it was issued, beyond the skew.',
    {
      received: { appendedAt: noon - skewMs - 1, receivedAt: noon },
    },
  ),
  refused('ERR_POLICY_AGE', [28], 'too-old', 'One millisecond older than the route allows.', {
    received: { receivedAt: noon + maxAgeMs + 1 },
  }),
  refused('ERR_POLICY_AGE', [28], 'too-old-when-appended', 'Appended one millisecond too late.', {
    received: { appendedAt: noon + maxAgeMs + 1, receivedAt: noon + maxAgeMs + 2 },
  }),
  refused('ERR_KEY_UNKNOWN', [29], 'unknown-key', 'Signed by a key that the directory does not have.', {
    signer: 'nobody',
  }),
  refused('ERR_KEY_UNKNOWN', [29], 'key-id-of-no-key', 'A key id of zeros.', {
    parts: { session: { senderKey: Buffer.alloc(16) } },
  }),
  refused('ERR_KEY_OWNER', [29], 'in-another-name', 'Signed by bob’s key in alice’s name.', {
    signer: 'bob',
  }),
  refused('ERR_KEY_STATUS', [29], 'key-expired', 'Signed by a key in the millisecond in which it expires.', {
    signer: 'alice-expired',
  }),
  refused(
    'ERR_KEY_STATUS',
    [29],
    'key-not-yet-valid',
    'Signed by a key that becomes valid beyond the skew.',
    {
      signer: 'alice-beyond-skew',
    },
  ),
  refused(
    'ERR_KEY_STATUS',
    [29],
    'key-distrusted',
    'Signed by a revoked key, in the millisecond from which it is distrusted.',
    {
      signer: 'alice-stolen',
    },
  ),
  refused(
    'ERR_KEY_STATUS',
    [29],
    'key-distrusted-when-appended',
    'Signed before a key was distrusted, by its own word; appended after.',
    {
      signer: 'alice-stolen',
      parts: { header: { issuedAt: noon - 1000 } },
      received: { appendedAt: noon + 1, receivedAt: noon + 2 },
    },
  ),
  refused(
    'ERR_POLICY_SENDER',
    [29],
    'sender-not-allowed',
    'An agent of the directory whom the route does not allow.',
    {
      signer: 'carol',
      parts: { session: { sender: 'carol' } },
    },
  ),
];

const asHeader = (record: Buffer) => ({ name: 'sealwire', values: [record.toString('hex')] });
const tombstone = build({ tombstone: true }).record;

const mispaired = (name: string, scenario: string, rest: Partial<CaseTerms>): CaseTerms =>
  refused('ERR_FORMAT_TOMBSTONE', [30], name, scenario, rest);
const bare = (
  name: string,
  scenario: string,
  headers: readonly { name: string; values: readonly string[] }[],
) =>
  refused('ERR_FORMAT_NOT_SEALED', [31], name, scenario, {
    parts: { tombstone: true },
    received: { headers },
  });

export const tombstoneFaults: readonly CaseTerms[] = [
  mispaired('tombstone-as-a-value', 'A tombstone’s envelope as a record’s value.', {
    parts: { tombstone: true },
    received: { value: tombstone.toString('hex'), headers: [] },
  }),
  mispaired('message-as-a-tombstone', 'A message’s envelope as the header of a null value.', {
    received: { value: null, headers: [asHeader(build().record)] },
  }),
  mispaired('tombstone-with-a-body', 'A tombstone with a body.', {
    parts: { tombstone: true, change: { body: () => Buffer.alloc(20) } },
  }),
  mispaired('tombstone-with-a-mac', 'A tombstone with a mac.', {
    parts: { tombstone: true, change: { mac: () => Buffer.alloc(32) } },
  }),
  mispaired('message-without-a-mac', 'A message without a mac.', {
    parts: { change: { mac: () => Buffer.alloc(0) } },
  }),
  mispaired('tombstone-flag-alone', 'The flag is set, value, body and mac are a message’s.', {
    parts: { header: { tombstone: true } },
  }),
  bare('null-value', 'A null value without headers.', []),
  bare('null-value-other-header', 'A null value with another header.', [
    { name: 'Sealwire', values: [tombstone.toString('hex')] },
  ]),
  bare('null-value-header-without-values', 'A null value, its header without a value.', [
    { name: 'sealwire', values: [] },
  ]),
  bare('null-value-two-envelopes', 'A null value with two envelopes.', [
    { name: 'sealwire', values: [tombstone.toString('hex'), tombstone.toString('hex')] },
  ]),
  refused(
    'ERR_INTEGRITY_SIGNATURE',
    [23, 30],
    'tombstone-for-another-key',
    'A tombstone under another record key.',
    {
      parts: { tombstone: true },
      received: { key: Buffer.from('other').toString('hex') },
    },
  ),
  refused(
    'ERR_FORMAT_ENVELOPE',
    [9, 31],
    'tombstone-cut',
    'A tombstone whose envelope ends one byte early.',
    {
      parts: { tombstone: true },
      received: { headers: [asHeader(cut(1)(tombstone))] },
    },
  ),
];
