// Faults of the outer record (SPEC.md §4, §10).
import { append, cut, flip, hexOf, instead, record as fields, splice } from '../byte-changes.ts';
import { build, prefix } from '../../test/reference.ts';
import { sha256 } from '../../test/reference-crypto.ts';
import type { CaseTerms } from '../make-case.ts';

const honest = build();
const outer = (...parts: readonly Buffer[]) => instead(Buffer.concat([prefix, fields(...parts)]));
const { session, header, body, mac, proof, S } = honest;
const none = Buffer.alloc(0);

const notSealed = (name: string, scenario: string, hex: string): CaseTerms => ({
  name,
  scenario,
  musts: [6],
  code: 'ERR_FORMAT_NOT_SEALED',
  parts: { change: { record: instead(Buffer.from(hex, 'hex')) } },
});

const envelope = (
  name: string,
  scenario: string,
  record: (bytes: Buffer) => Buffer,
  musts: readonly number[] = [9],
): CaseTerms => ({ name, scenario, musts, code: 'ERR_FORMAT_ENVELOPE', parts: { change: { record } } });

export const outerFaults: readonly CaseTerms[] = [
  notSealed('empty-value', 'A value of no bytes.', ''),
  notSealed('one-byte', 'The first byte of an envelope, and nothing else.', 'c3'),
  notSealed('json', 'Plaintext: JSON.', hexOf('{"do":"it"}')),
  notSealed('confluent-framed-avro', 'A payload with the framing of a schema registry.', '000000000102'),
  notSealed(
    'other-marker',
    'C3 02 in place of C3 01.',
    'c302'.concat(honest.record.subarray(2).toString('hex')),
  ),
  {
    name: 'other-version',
    scenario: 'Another fingerprint, the rest as it is.',
    musts: [7],
    code: 'ERR_FORMAT_VERSION',
    parts: { change: { record: flip(5) } },
  },
  {
    name: 'other-single-object',
    scenario: 'Avro’s single-object encoding of something else.',
    musts: [7],
    code: 'ERR_FORMAT_VERSION',
    parts: { change: { record: instead(Buffer.from('c3010102030405060708', 'hex')) } },
  },
  {
    name: 'over-the-size-limit',
    scenario: 'One byte more than the local limit.',
    musts: [8],
    code: 'ERR_FORMAT_SIZE',
    policy: 'tight',
  },
  envelope('marker-alone', 'C3 01 and nothing else.', (bytes) => bytes.subarray(0, 2)),
  envelope('within-the-fingerprint', 'It ends within the fingerprint.', (bytes) => bytes.subarray(0, 9)),
  envelope('fingerprint-alone', 'It ends behind the fingerprint.', (bytes) => bytes.subarray(0, 10)),
  envelope('within-the-session', 'It ends within the session.', (bytes) => bytes.subarray(0, 100)),
  envelope('without-proof', 'It ends before the proof.', cut(proof.length + 2)),
  envelope('last-byte-missing', 'It ends one byte early.', cut(1)),
  envelope('byte-behind-the-end', 'A byte follows its end.', append('00'), [4, 9]),
  envelope('record-twice', 'A second record follows.', (bytes) => Buffer.concat([bytes, bytes]), [4, 9]),
  envelope(
    'padded-length',
    'The length of the session in three bytes in place of two.',
    padSessionLength,
    [1, 9],
  ),
  envelope('negative-length', 'A negative length.', outerLength('01'), [1, 9]),
  envelope('length-of-2-to-the-31', 'A length of 2^31−1.', outerLength('feffffff0f'), [9, 10]),
  envelope('length-of-2-to-the-53', 'A length beyond 2^53.', outerLength('80808080808080808001'), [9, 10]),
  envelope(
    'length-without-end',
    'A length whose varint never ends.',
    outerLength('ff'.repeat(10)),
    [1, 9, 10],
  ),
  envelope('one-byte-too-long', 'The last length says one byte more than there is.', (bytes) => {
    const at = bytes.length - proof.length - 1;
    return splice(at, 1, (bytes[at]! + 2).toString(16).padStart(2, '0'))(bytes);
  }),
  envelope(
    'session-over-32-kib',
    'A session of 32 KiB and one byte.',
    outer(Buffer.alloc(32_769), header, body, mac, proof),
  ),
  envelope(
    'header-over-24-kib',
    'A header of 24 KiB and one byte.',
    outer(session, Buffer.alloc(24_577), body, mac, proof),
  ),
  envelope(
    'mac-of-33-bytes',
    'A mac of 33 bytes.',
    outer(session, header, body, Buffer.alloc(33), proof),
    [9, 24],
  ),
  {
    name: 'mac-of-16-bytes',
    scenario: 'A truncated mac, covered by the signature.',
    musts: [9, 24],
    code: 'ERR_FORMAT_ENVELOPE',
    parts: { change: { mac: (bytes) => bytes.subarray(0, 16) } },
  },
  {
    name: 'mac-of-31-bytes',
    scenario: 'A mac without its last byte, covered by the signature.',
    musts: [9, 24],
    code: 'ERR_FORMAT_ENVELOPE',
    parts: { change: { mac: (bytes) => bytes.subarray(0, 31) } },
  },
  {
    name: 'session-reference',
    scenario: 'A session by reference, on a channel without a session topic.',
    musts: [12],
    code: 'ERR_FORMAT_SESSION_REFERENCE',
    parts: { change: { record: outer(S.subarray(0, 16), header, body, mac, proof) } },
  },
  {
    name: 'session-reference-to-nothing',
    scenario: 'A reference to a session that there is not.',
    musts: [12],
    code: 'ERR_FORMAT_SESSION_REFERENCE',
    parts: { change: { record: outer(Buffer.alloc(16, 9), header, body, mac, proof) } },
  },
  {
    name: 'session-of-no-bytes',
    scenario: 'An empty session field is neither a session nor a reference.',
    musts: [4, 11],
    code: 'ERR_FORMAT_SESSION',
    parts: { change: { record: outer(none, header, body, mac, proof) } },
  },
  {
    name: 'session-of-15-bytes',
    scenario: 'A session field of 15 bytes is no reference.',
    musts: [11, 12],
    code: 'ERR_FORMAT_SESSION',
    parts: { change: { record: outer(S.subarray(0, 15), header, body, mac, proof) } },
  },
  {
    name: 'session-by-whole-hash',
    scenario: 'A session field of 32 bytes is no reference.',
    musts: [11, 12],
    code: 'ERR_FORMAT_SESSION',
    parts: { change: { record: outer(sha256(session), header, body, mac, proof) } },
  },
];

/** Puts another first length behind the fingerprint. */
function outerLength(hex: string) {
  return (bytes: Buffer) => splice(10, 2, hex)(bytes);
}

function padSessionLength(bytes: Buffer): Buffer {
  return splice(11, 1, `${(bytes[11]! | 0x80).toString(16)}00`)(bytes);
}
