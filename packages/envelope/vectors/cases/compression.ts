// Compressed payloads (SPEC.md §7, E-44 to E-46). Streams are fixed bytes: encoders differ from release to release.
import { flip } from '../byte-changes.ts';
import type { CaseTerms } from '../make-case.ts';

const steps = Array.from({ length: 12 }, (_, step) => ({ step, do: 'the same again' }));
const payload = Buffer.from(JSON.stringify({ do: 'it', steps }));

/** The payload as one DEFLATE stream and as one frame. */
const deflated = Buffer.from(
  'ab564ac957b252ca2c51d2512a2e492d2856b28aae06b394ac0c7420922519a90ac589b9a90a89e98999794ab53a3005868414181152604c4881092105a684' +
    '14981152604e48810521059604038a7050e20acbd85a00',
  'hex',
);
const frame = Buffer.from(
  '28b52ffd60a300cd020064037b22646f223a226974222c227374657073223a5b7b223a302c7468652073616d6520616761696e227d2c31323334353637383931' +
    '5d7d0e004f0b82d3720ee00ce002f0033803b800fc00ce002e00df44bd0514926d0b13',
  'hex',
);
const frameWithChecksum = Buffer.concat([frame, Buffer.from('365a49c4', 'hex')]);
frameWithChecksum[4] = 0x64;
const skippable = Buffer.from('502a4d1804000000deadbeef', 'hex');
/** A block that is stored, of no bytes, and not the last. */
const emptyBlock = Buffer.from('000000ffff', 'hex');

const u16le = (n: number) => Buffer.of(n & 0xff, n >> 8);
/** DEFLATE without compression: stored blocks (RFC 1951 §3.2.4). */
const stored = (bytes: Buffer) =>
  Buffer.concat([Buffer.of(1), u16le(bytes.length), u16le(bytes.length ^ 0xffff), bytes]);
/** A frame of one raw block and a stated window (RFC 8878 §3.1.1). */
const rawFrame = (windowDescriptor: number, bytes: Buffer) => {
  const blockHeader = Buffer.from([0, 0, 0]);
  blockHeader.writeUIntLE((bytes.length << 3) | 1, 0, 3);
  return Buffer.concat([Buffer.from('28b52ffd00', 'hex'), Buffer.of(windowDescriptor), blockHeader, bytes]);
};

const sized = (length: number, stream: Buffer): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(length);
  return Buffer.concat([bytes, stream]);
};

type Kind = 'deflate' | 'zstd';
const compressed = (
  kind: Kind,
  stream: Buffer,
  length = payload.length,
): NonNullable<CaseTerms['parts']> => ({
  session: { type: `task.${kind}` },
  plaintext: { encoding: kind === 'deflate' ? 1 : 2, payload: sized(length, stream) },
});

const opens = (name: string, scenario: string, kind: Kind, stream: Buffer, content = payload): CaseTerms => ({
  name: `compressed-${name}`,
  scenario,
  musts: [44, 45, 46],
  parts: compressed(kind, stream, content.length),
  opens: { payload: content.toString('hex') },
});

/** 1,024 bytes, and a stream of 16 for them: exactly 64 times. */
const spaces = Buffer.from(`1${' '.repeat(1023)}`);
const furthest = Buffer.concat([emptyBlock, Buffer.from('33541805a360148c540000', 'hex')]);

export const compressionOpens: readonly CaseTerms[] = [
  opens('deflate', 'A payload as a DEFLATE stream.', 'deflate', deflated),
  opens('deflate-stored', 'A DEFLATE stream of a stored block.', 'deflate', stored(payload)),
  opens(
    'deflate-blocks',
    'A DEFLATE stream that begins with an empty block.',
    'deflate',
    Buffer.concat([emptyBlock, deflated]),
  ),
  opens('64-times', 'A payload of exactly 64 times the bytes of its stream.', 'deflate', furthest, spaces),
  opens('zstd', 'A payload as a Zstandard frame.', 'zstd', frame),
  opens('zstd-checksum', 'A frame with a checksum.', 'zstd', frameWithChecksum),
  opens(
    'zstd-window-32-kib',
    'A frame with a window of 32 KiB and without a content size.',
    'zstd',
    rawFrame(0x28, payload),
  ),
  {
    name: 'not-compressed',
    scenario: 'A payload as it is, of a type that may be compressed.',
    musts: [44],
    parts: { session: { type: 'task.zstd' } },
  },
];

const refused = (
  name: string,
  scenario: string,
  must: number,
  code: string,
  parts: NonNullable<CaseTerms['parts']>,
): CaseTerms => ({ name: `compressed-${name}`, scenario, musts: [must], code, parts });

const unlike = (name: string, scenario: string, kind: Kind, stream: Buffer, length?: number): CaseTerms =>
  refused(name, scenario, 46, 'ERR_FORMAT_BODY', compressed(kind, stream, length));

const notAllowed = (name: string, scenario: string, type: string, encoding: number, bytes: Buffer) =>
  refused(name, scenario, 44, 'ERR_POLICY_COMPRESSION', {
    session: { type },
    plaintext: { encoding, payload: bytes },
  });

export const compressionFaults: readonly CaseTerms[] = [
  notAllowed(
    'not-allowed',
    'Of a type that policy has not compressed.',
    'task.request',
    2,
    sized(payload.length, frame),
  ),
  notAllowed(
    'deflate-for-zstd',
    'Deflate where policy has zstd.',
    'task.zstd',
    1,
    sized(payload.length, deflated),
  ),
  notAllowed(
    'zstd-for-deflate',
    'Zstd where policy has deflate.',
    'task.deflate',
    2,
    sized(payload.length, frame),
  ),
  notAllowed(
    'not-allowed-nor-a-stream',
    'Of a type that policy has not compressed, and no stream: that is not looked at.',
    'task.request',
    1,
    Buffer.alloc(0),
  ),
  refused(
    'beyond-the-limit',
    'A length of one byte more than a whole record may have.',
    45,
    'ERR_FORMAT_SIZE',
    compressed('zstd', Buffer.alloc(2048), 65_537),
  ),
  refused(
    'of-4-gib',
    'The greatest length, over a stream that would give it.',
    45,
    'ERR_FORMAT_SIZE',
    compressed('zstd', frame, 0xffffffff),
  ),
  refused(
    'beyond-64-times',
    'A length of one byte more than 64 times the stream.',
    45,
    'ERR_FORMAT_SIZE',
    compressed('deflate', furthest, 64 * furthest.length + 1),
  ),
  unlike(
    'shorter-than-its-length',
    'A stream that gives one byte less than its length.',
    'deflate',
    deflated,
    payload.length + 1,
  ),
  unlike(
    'longer-than-its-length',
    'A stream that gives one byte more than its length.',
    'deflate',
    deflated,
    payload.length - 1,
  ),
  unlike(
    'frame-shorter-than-its-length',
    'A frame that gives one byte less than its length.',
    'zstd',
    frame,
    payload.length + 1,
  ),
  unlike(
    'frame-longer-than-its-length',
    'A frame that gives one byte more than its length.',
    'zstd',
    frame,
    payload.length - 1,
  ),
  unlike('of-no-bytes', 'A length of 0.', 'deflate', Buffer.from('0300', 'hex'), 0),
  unlike('frame-of-no-bytes', 'A length of 0, over an empty frame.', 'zstd', rawFrame(0, Buffer.alloc(0)), 0),
  refused(
    'without-stream',
    'A length and no stream.',
    46,
    'ERR_FORMAT_BODY',
    compressed('zstd', Buffer.alloc(0)),
  ),
  refused('without-length', 'Three bytes.', 46, 'ERR_FORMAT_BODY', {
    session: { type: 'task.zstd' },
    plaintext: { encoding: 2, payload: Buffer.alloc(3) },
  }),
  unlike('cut', 'A stream without its last byte.', 'deflate', deflated.subarray(0, -1)),
  unlike('frame-cut', 'A frame without its last byte.', 'zstd', frame.subarray(0, -1)),
  unlike('byte-behind', 'A byte behind the stream.', 'deflate', Buffer.concat([deflated, Buffer.of(0)])),
  unlike('frame-byte-behind', 'A byte behind the frame.', 'zstd', Buffer.concat([frame, Buffer.of(0)])),
  unlike('two-frames', 'Two frames, which together give the length.', 'zstd', twoFrames()),
  unlike(
    'skippable-before',
    'A skippable frame before the frame.',
    'zstd',
    Buffer.concat([skippable, frame]),
  ),
  unlike(
    'skippable-behind',
    'A skippable frame behind the frame.',
    'zstd',
    Buffer.concat([frame, skippable]),
  ),
  unlike(
    'window-too-large',
    'A frame with a window of 36 KiB: more than is kept for a payload of this length.',
    'zstd',
    rawFrame(0x29, payload),
  ),
  unlike(
    'with-dictionary',
    'A frame that names a dictionary.',
    'zstd',
    Buffer.concat([frame.subarray(0, 4), Buffer.of(0x61, 7), frame.subarray(5)]),
  ),
  unlike('checksum-wrong', 'A frame whose checksum is wrong.', 'zstd', flip(-1)(frameWithChecksum)),
  unlike(
    'zlib-for-deflate',
    'A zlib stream (RFC 1950) where a raw one belongs.',
    'deflate',
    Buffer.concat([Buffer.from('789c', 'hex'), deflated, adler32(payload)]),
  ),
  unlike(
    'block-of-type-3',
    'A block of the type that is reserved.',
    'deflate',
    Buffer.of(7, 0, 0, 0, 0, 0, 0),
  ),
];

function twoFrames(): Buffer {
  const half = payload.length >> 1;
  return Buffer.concat([rawFrame(0, payload.subarray(0, half)), rawFrame(0, payload.subarray(half))]);
}

function adler32(bytes: Buffer): Buffer {
  let a = 1;
  let b = 0;
  for (const byte of bytes) b = (b + (a = (a + byte) % 65_521)) % 65_521;
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(((b << 16) | a) >>> 0);
  return sum;
}
