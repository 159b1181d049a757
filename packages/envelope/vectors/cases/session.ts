// Faults of the session (SPEC.md §5).
import { build, types } from '../../test/reference.ts';
import { append, cut, hexOf, splice, swap, varint, type Change } from '../byte-changes.ts';
import type { CaseTerms } from '../make-case.ts';
import { crowd, longName } from '../vector-world.ts';

const { wrap } = build();
const epochStart = varint(BigInt(Date.UTC(2026, 0, 15) / 1000));
const epochLength = varint(86_400n);

const fault = (
  name: string,
  scenario: string,
  session: Record<string, unknown>,
  musts: readonly number[] = [11],
): CaseTerms => ({ name, scenario, musts, code: 'ERR_FORMAT_SESSION', parts: { session } });

const changed = (
  name: string,
  scenario: string,
  session: Change,
  musts: readonly number[] = [11],
): CaseTerms => ({
  name,
  scenario,
  musts,
  code: 'ERR_FORMAT_SESSION',
  parts: { change: { session } },
});

const other = { ...wrap, key: Buffer.alloc(16, 0xff) };

export const sessionFaults: readonly CaseTerms[] = [
  changed('suite-padded', 'The suite as 82 00 in place of 02.', splice(0, 1, '8200'), [1]),
  changed(
    'suite-in-ten-bytes',
    'The suite in a varint of ten bytes.',
    splice(0, 1, '82808080808080808000'),
    [1],
  ),
  fault('suite-0', 'Suite 0.', { suite: 0 }),
  changed('suite-65536', 'Suite 65536.', splice(0, 1, varint(65_536n))),
  changed('negative-suite', 'Suite −1.', splice(0, 1, '01')),
  {
    name: 'suite-2',
    scenario: 'The suite that is reserved.',
    musts: [5],
    code: 'ERR_FORMAT_SUITE',
    parts: { session: { suite: 2 } },
  },
  {
    name: 'suite-65535',
    scenario: 'A suite that nobody has.',
    musts: [5],
    code: 'ERR_FORMAT_SUITE',
    parts: { session: { suite: 65_535 } },
  },
  fault('no-sender', 'A sender without a name.', { sender: '' }),
  fault('sender-of-256-bytes', 'A sender’s name of 256 bytes.', { sender: `${longName}x` }),
  changed('sender-not-utf-8', 'A sender’s name that is not UTF-8.', swap(hexOf('alice'), 'ff6c696365'), [3]),
  changed(
    'sender-surrogate',
    'A surrogate in UTF-8, which UTF-8 has none of.',
    swap(`0a${hexOf('alice')}`, '0aeda0806c69'),
    [3],
  ),
  changed('sender-overlong-utf-8', 'A slash in two bytes of UTF-8.', swap(hexOf('alice'), 'c0af696365'), [3]),
  fault('no-audience', 'An audience of nobody.', { audience: [] }),
  fault('audience-of-33', 'An audience of 33 names.', { audience: [...crowd, 'crowd-33'] }),
  fault('audience-unsorted', 'An audience out of order.', { audience: ['team', 'auditors'] }),
  fault('audience-twice', 'A name twice in the audience.', { audience: ['team', 'team'] }),
  fault('audience-sorted-by-utf-16', 'An audience in the order of UTF-16 units, not of bytes.', {
    audience: ['\u{10000}', '\u{ffff}'],
  }),
  fault('audience-empty-name', 'An empty name in the audience.', { audience: ['', 'team'] }),
  fault('audience-name-of-256-bytes', 'A name of 256 bytes in the audience.', {
    audience: ['x'.repeat(256)],
  }),
  changed(
    'audience-block-with-size',
    'A block of negative count, with its size in bytes.',
    swap(`0208${hexOf('team')}00`, `010a08${hexOf('team')}00`),
    [2],
  ),
  changed(
    'audience-in-two-blocks',
    'An array in two blocks.',
    swap(`0208${hexOf('team')}00`, `0208${hexOf('team')}0208${hexOf('tean')}00`),
    [2],
  ),
  changed(
    'audience-count-of-2-to-the-31',
    'An array of 2^31−1 names, which end with the record.',
    swap(`0208${hexOf('team')}00`, `feffffff0f08${hexOf('team')}00`),
    [10, 11],
  ),
  fault('epoch-before-1970', 'An epoch that begins before 1970.', { epochStart: -1 }),
  changed(
    'epoch-beyond-2-to-the-40',
    'An epoch that begins later than 2^40 seconds.',
    swap(epochStart, varint(2n ** 40n + 1n)),
  ),
  fault('epoch-of-no-length', 'An epoch of no length.', { epochLength: 0 }),
  changed(
    'epoch-length-of-2-to-the-31',
    'An epoch length beyond an int.',
    swap(epochLength, varint(2n ** 31n)),
    [1],
  ),
  fault('no-channel', 'A channel without a name.', { channel: '' }),
  fault('channel-of-256-bytes', 'A channel’s name of 256 bytes.', { channel: 'x'.repeat(256) }),
  fault('no-type', 'A message type without a name.', { type: '' }),
  fault('type-of-256-bytes', 'A message type’s name of 256 bytes.', { type: 'x'.repeat(256) }),
  fault('schema-of-31-bytes', 'A schema hash of 31 bytes.', { schema: Buffer.alloc(31) }),
  fault('schema-of-33-bytes', 'A schema hash of 33 bytes.', { schema: Buffer.alloc(33) }),
  fault('content-type-7', 'A content type that has no meaning.', { contentType: 7 }),
  fault('content-type-negative', 'A content type of −1.', { contentType: -1 }),
  fault('content-type-twice', 'A content type by number and by name.', { contentTypeName: 'x' }),
  fault('content-type-missing', 'A content type by name, without a name.', { contentType: 0 }),
  fault('content-type-name-has-a-number', 'A content type by name that has a number.', {
    contentType: 0,
    contentTypeName: 'application/json',
  }),
  fault('no-wraps', 'No wraps.', { wraps: [] }),
  fault('wraps-33', '33 wraps.', {
    wraps: Array.from({ length: 33 }, (_, i) => ({ ...wrap, key: Buffer.alloc(16, i) })),
  }),
  fault('wrap-twice', 'Two wraps for one key.', { wraps: [wrap, wrap] }),
  fault('wraps-unsorted', 'Wraps out of the order of their keys.', { wraps: [other, wrap] }),
  fault('wrap-without-encapsulated-key', 'A wrap whose encapsulated key has no bytes.', {
    wraps: [{ ...wrap, encapsulated: Buffer.alloc(0) }],
  }),
  fault('wrap-encapsulated-over-2048', 'A wrap whose encapsulated key has 2,049 bytes.', {
    wraps: [{ ...wrap, encapsulated: Buffer.alloc(2049) }],
  }),
  fault('wrap-of-no-bytes', 'A wrap of no bytes.', { wraps: [{ ...wrap, wrapped: Buffer.alloc(0) }] }),
  fault('wrap-over-256', 'A wrap of 257 bytes.', { wraps: [{ ...wrap, wrapped: Buffer.alloc(257) }] }),
  changed('session-byte-behind-the-end', 'A byte follows the last wrap.', append('00'), [4]),
  changed('session-byte-missing', 'The zero block of the wraps is missing.', cut(1), [2, 11]),
  changed('session-wraps-missing', 'The session ends before its wraps.', (bytes) =>
    bytes.subarray(0, types.session.toBuffer({ ...build().terms, wraps: [] }).length - 1),
  ),
];
