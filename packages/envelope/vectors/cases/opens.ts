// Messages that open: every optional part, every limit from its inner side, and both transports.
import type { CaseTerms } from '../make-case.ts';
import { headerOf } from '../make-case.ts';
import { clear, swap, varint } from '../byte-changes.ts';
import { crowd, longName, maxAgeMs, noon, schema, skewMs } from '../vector-world.ts';

const bytes = (text: string) => Buffer.from(text);
const high = 2 ** 53 - 1;
const names64 = Array.from({ length: 64 }, (_, i) => `n${String(i).padStart(2, '0')}`);

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

const headers: readonly CaseTerms[] = [
  {
    name: 'correlation-id',
    scenario: 'A correlation id.',
    musts: [14],
    parts: { header: { correlation: Buffer.alloc(16, 0xc0) } },
  },
  {
    name: 'causation-id',
    scenario: 'A causation id.',
    musts: [14],
    parts: { header: { causation: Buffer.alloc(16, 0xca) } },
  },
  {
    name: 'both-ids',
    scenario: 'Both ids.',
    musts: [14],
    parts: { header: { correlation: Buffer.alloc(16, 0xc0), causation: Buffer.alloc(16, 0xca) } },
  },
  {
    name: 'first-of-everything',
    scenario: 'Partition, stream, sequence and position all 0.',
    musts: [1, 14],
    parts: { header: { partition: 0, stream: 0, sequence: 0, position: 0 } },
    received: { partition: 0 },
  },
  {
    name: 'largest-numbers',
    scenario: 'The largest partition, stream, sequence and position.',
    musts: [1, 14],
    parts: {
      // The Avro library of the generator writes no 2^53−1.
      header: { partition: 2 ** 31 - 1, stream: 2 ** 32 - 1, sequence: high - 1, position: 2 ** 31 - 1 },
      change: { header: swap(varint(BigInt(high - 1)), varint(BigInt(high))) },
    },
    received: { partition: 2 ** 31 - 1 },
    opens: { nonce: `${'55'.repeat(16)}ffffffff001fffffffffffff` },
  },
  {
    name: 'bound-header',
    scenario: 'A transport header that is bound: handed over.',
    musts: [16],
    parts: { header: { clear: clear(['tenant', 'blue']) } },
    received: { headers: [headerOf('tenant', 'blue')] },
    opens: { headers: [headerOf('tenant', 'blue')] },
  },
  {
    name: 'bound-headers-of-several-values',
    scenario: 'Two bound headers, one of two values and one of an empty value, received in another order.',
    musts: [16],
    parts: { header: { clear: clear(['a', 'x', 'y'], ['b', '']) } },
    received: { headers: [headerOf('b', ''), headerOf('a', 'x', 'y')] },
    opens: { headers: [headerOf('a', 'x', 'y'), headerOf('b', '')] },
  },
  {
    name: 'unbound-headers-are-not-handed-over',
    scenario: 'Beside a bound header stand others, tracing among them: nothing of them is verified.',
    musts: [16],
    parts: { header: { clear: clear(['tenant', 'blue']) } },
    received: {
      headers: [headerOf('tenant', 'blue'), headerOf('forged', 'x'), headerOf('traceparent', '00-00-00-00')],
    },
    opens: { headers: [headerOf('tenant', 'blue')] },
  },
  {
    name: 'sixty-four-bound-headers',
    scenario: 'As many bound headers as there may be.',
    musts: [14, 16],
    parts: { header: { clear: clear(...names64.map((name) => [name, '1'] as const)) } },
    received: { headers: names64.map((name) => headerOf(name, '1')) },
    opens: { headers: names64.map((name) => headerOf(name, '1')) },
  },
];

const bodies: readonly CaseTerms[] = [
  {
    name: 'empty-payload',
    scenario: 'A payload of no bytes, which is not a tombstone.',
    musts: [21, 30],
    parts: { session: { type: 'task.bytes', contentType: 1 }, plaintext: { payload: Buffer.alloc(0) } },
  },
  {
    name: 'payload-of-4096-bytes',
    scenario: 'A payload of 4,096 bytes.',
    musts: [20, 21],
    parts: {
      session: { type: 'task.bytes', contentType: 1 },
      plaintext: { payload: Buffer.alloc(4096, 0xab) },
    },
  },
  {
    name: 'sealed-header',
    scenario: 'An application header inside the seal, of one value.',
    musts: [21],
    parts: { plaintext: { headers: [{ name: 'tenant', values: [bytes('blue')] }] } },
  },
  {
    name: 'sealed-headers-keep-their-order',
    scenario: 'Sealed headers need not be sorted; values may be empty, and so may a name.',
    musts: [21],
    parts: {
      plaintext: {
        headers: [
          { name: 'z', values: [bytes('1'), bytes(''), bytes('1')] },
          { name: '', values: [bytes('a')] },
          { name: '__proto__', values: [bytes('b')] },
        ],
      },
    },
  },
  {
    name: 'sealed-and-bound-headers',
    scenario: 'Sealed headers are handed over first, then bound ones.',
    musts: [16, 21],
    parts: {
      header: { clear: clear(['a', 'clear']) },
      plaintext: { headers: [{ name: 'b', values: [bytes('sealed')] }] },
    },
    received: { headers: [headerOf('a', 'clear')] },
    opens: { headers: [headerOf('b', 'sealed'), headerOf('a', 'clear')] },
  },
  {
    name: 'most-sealed-headers',
    scenario: '256 sealed headers.',
    musts: [21],
    parts: {
      plaintext: { headers: Array.from({ length: 256 }, (_, i) => ({ name: `${i}`, values: [bytes('')] })) },
    },
  },
  {
    name: 'most-values',
    scenario: 'One sealed header of 256 values.',
    musts: [21],
    parts: { plaintext: { headers: [{ name: 'a', values: Array.from({ length: 256 }, () => bytes('')) }] } },
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
  ...headers,
  ...bodies,
  ...trees,
  ...times,
  ...tombstones,
];
