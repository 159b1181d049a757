// Messages that open: every form of record, session, tree and time, each limit from its inner side.
import type { CaseTerms } from '../make-case.ts';
import { contentOpens } from './opens-content.ts';
import { crowd, longName, maxAgeMs, noon, schema, skewMs } from '../vector-world.ts';

const bytes = (text: string) => Buffer.from(text);

/** The same signature with n − s for s: both halves of the range are accepted. */
function otherS(signature: Buffer): Buffer {
  const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
  const s = order - BigInt(`0x${signature.subarray(32).toString('hex')}`);
  return Buffer.concat([signature.subarray(0, 32), Buffer.from(s.toString(16).padStart(64, '0'), 'hex')]);
}

const records: readonly CaseTerms[] = [
  {
    name: 'plain',
    scenario: 'A message with nothing optional: the worked example of SPEC.md.',
    musts: [9, 20, 23, 24],
  },
  {
    name: 'other-half-of-s',
    scenario: 'The same message, its signature with n − s in place of s.',
    musts: [23],
    parts: { change: { signature: otherS } },
  },
  { name: 'no-record-key', scenario: 'A record without a key.', musts: [23], parts: { key: null } },
  {
    name: 'empty-record-key',
    scenario: 'A record with an empty key, which is not the same as none.',
    musts: [23],
    parts: { key: Buffer.alloc(0) },
  },
  {
    name: 'binary-record-key',
    scenario: 'A record key that is no text.',
    musts: [23],
    parts: { key: Buffer.from('00ff80c328', 'hex') },
  },
  {
    name: 'exactly-the-size-limit',
    scenario: 'A record of as many bytes as the local limit.',
    musts: [8],
    policy: 'exact',
  },
  {
    name: 'from-a-queue',
    scenario: 'A message from an AMQP queue: no record key, partition −1.',
    musts: [17],
    parts: { key: null, header: { partition: -1 } },
    received: { transport: 'rabbitmq', place: 'tasks', partition: null },
  },
  {
    name: 'from-a-mirrored-topic',
    scenario: 'A copy in another topic that local policy maps to the same logical channel.',
    musts: [26],
    received: { place: 'tasks.mirror' },
  },
  {
    name: 'other-channel',
    scenario: 'A message of another channel, read where it belongs.',
    musts: [26, 27],
    parts: { session: { channel: 'results', type: 'task.result' } },
    received: { place: 'results' },
  },
];

const sessions: readonly CaseTerms[] = [
  ...(
    [
      ['octet-stream', 'task.bytes', 1, Buffer.from('00ff', 'hex')],
      ['text', 'task.text', 4, bytes('grün')],
      ['cloud-event', 'task.event', 5, bytes('{"specversion":"1.0"}')],
      ['protobuf', 'task.proto', 6, Buffer.from('089601', 'hex')],
    ] as const
  ).map(([name, type, contentType, payload]) => ({
    name: `content-type-${name}`,
    scenario: `Content type ${contentType}.`,
    musts: [11, 27],
    parts: { session: { type, contentType }, plaintext: { payload } },
  })),
  {
    name: 'content-type-avro-with-schema',
    scenario: 'Content type 3, with the hash of a payload schema.',
    musts: [11, 27],
    parts: { session: { type: 'task.avro', contentType: 3, schema }, plaintext: { payload: Buffer.of(2) } },
  },
  {
    name: 'content-type-by-name',
    scenario: 'A content type without a number, by its name.',
    musts: [11, 27],
    parts: {
      session: { type: 'task.order', contentType: 0, contentTypeName: 'application/vnd.example.order' },
    },
  },
  {
    name: 'type-in-unicode',
    scenario: 'A message type with letters beyond ASCII.',
    musts: [3, 11],
    parts: { session: { type: 'aufgabe.größer', contentType: 4 } },
  },
  {
    name: 'longest-sender-name',
    scenario: 'A sender whose name has 255 bytes.',
    musts: [11, 29],
    signer: 'long-name',
    parts: { session: { sender: longName } },
  },
  {
    name: 'shortest-epoch',
    scenario: 'An epoch of one second, and the message in it.',
    musts: [11, 28],
    parts: { session: { epochStart: noon / 1000, epochLength: 1 } },
  },
  {
    name: 'two-groups-first',
    scenario: 'An audience of two groups, opened with the key of one.',
    musts: [18, 19],
    wrappedFor: ['team', 'auditors'],
    parts: { session: { type: 'task.shared', audience: ['auditors', 'team'] } },
  },
  {
    name: 'two-groups-second',
    scenario: 'The same message, opened with the key of the other.',
    musts: [18, 19],
    wrappedFor: ['team', 'auditors'],
    holds: ['auditors'],
    parts: { session: { type: 'task.shared', audience: ['auditors', 'team'] } },
  },
  {
    name: 'two-keys-held',
    scenario: 'A receiver that holds both keys takes the first of the wraps.',
    musts: [18],
    wrappedFor: ['team', 'auditors'],
    holds: ['auditors', 'team'],
    parts: { session: { type: 'task.shared', audience: ['auditors', 'team'] } },
  },
  {
    name: 'second-key-of-a-group',
    scenario: 'A group’s next key: the wraps are by key, the audience is by name.',
    musts: [18],
    wrappedFor: ['team-next'],
    holds: ['team', 'team-next'],
  },
  {
    name: 'thirty-two-groups',
    scenario: 'The largest audience, 32 names and 32 wraps, opened by the last of them.',
    musts: [11, 18],
    wrappedFor: crowd,
    holds: ['crowd-32'],
    parts: { session: { type: 'task.crowd', audience: crowd } },
  },
];

const trees: readonly CaseTerms[] = (
  [
    [2, 0],
    [2, 1],
    [3, 2],
    [5, 4],
    [7, 3],
    [7, 6],
    [64, 0],
    [64, 33],
    [65, 64],
    [4096, 4095],
  ] as const
).map(([size, index]) => ({
  name: `leaf-${index}-of-${size}`,
  scenario: `Leaf ${index} of a tree of ${size}.`,
  musts: [22, 23],
  parts: { tree: { size, index }, header: { position: index } },
}));

const times: readonly CaseTerms[] = [
  {
    name: 'exactly-the-greatest-age',
    scenario: 'As old as the route allows.',
    musts: [28],
    received: { receivedAt: noon + maxAgeMs },
  },
  {
    name: 'exactly-the-greatest-skew',
    scenario: 'Issued as far ahead of the receiver as clocks may differ.',
    musts: [28],
    received: { receivedAt: noon - skewMs },
  },
  {
    name: 'age-is-judged-at-append-time',
    scenario: 'Read a day later, but appended in time by a broker that stamps it.',
    musts: [28],
    received: { appendedAt: noon + 1, receivedAt: noon + 86_400_000 },
  },
  {
    name: 'epoch-begins-within-skew',
    scenario: 'Issued before the session’s epoch, within the skew.',
    musts: [28],
    parts: { session: { epochStart: (noon + skewMs) / 1000 } },
  },
  {
    name: 'epoch-ended-within-skew',
    scenario: 'Issued after the session’s epoch, by one millisecond less than the skew.',
    musts: [28],
    parts: {
      session: { epochStart: (noon - skewMs) / 1000 - 60, epochLength: 60 },
      header: { issuedAt: noon - 1 },
    },
  },
  {
    name: 'key-valid-within-skew',
    scenario: 'Signed by a key that becomes valid within the skew.',
    musts: [29],
    signer: 'alice-within-skew',
  },
  {
    name: 'key-expires-next',
    scenario: 'Signed by a key in the last millisecond of its validity.',
    musts: [29],
    signer: 'alice-expiring',
  },
  {
    name: 'before-distrust',
    scenario: 'Signed by a revoked key, one millisecond before it is distrusted.',
    musts: [29],
    signer: 'alice-stolen-later',
  },
  {
    name: 'key-status-is-judged-at-append-time',
    scenario: 'Signed by a key that was expired when it was read, but not when it was appended.',
    musts: [29],
    signer: 'alice-expired',
    received: { appendedAt: noon - 1, receivedAt: noon + 5000 },
  },
  {
    name: 'another-sender',
    scenario: 'Signed by another agent whom the route allows.',
    musts: [29],
    signer: 'bob',
    parts: { session: { sender: 'bob' } },
  },
];

const tombstones: readonly CaseTerms[] = [
  {
    name: 'tombstone',
    scenario: 'A null value, the envelope in its header.',
    musts: [30, 31],
    parts: { tombstone: true },
  },
  {
    name: 'tombstone-in-a-tree',
    scenario: 'A tombstone as leaf 1 of 2: its leaf hash has no mac.',
    musts: [23, 30],
    parts: { tombstone: true, tree: { size: 2, index: 1 } },
  },
  {
    name: 'tombstone-for-others',
    scenario:
      'A tombstone that is wrapped for a key which the receiver does not hold: it holds no secret, so it verifies.',
    musts: [18, 30],
    parts: { tombstone: true },
    holds: ['strangers'],
  },
];

export const opens: readonly CaseTerms[] = [
  ...records,
  ...sessions,
  ...contentOpens,
  ...trees,
  ...times,
  ...tombstones,
];
