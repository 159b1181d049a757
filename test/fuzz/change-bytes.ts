// Changes bytes in the ways that break parsers of Avro.
import type { Random } from './random.ts';

const usualBytes = 4096;
const mostBytes = 256 * 1024;
const odd = [0, 1, 2, 3, 4, 0x3f, 0x40, 0x7f, 0x80, 0x81, 0xc3, 0xf0, 0xfe, 0xff];

const pieces: readonly Buffer[] = [
  ...[
    '00',
    '01',
    '02',
    '8000',
    '8080808010',
    'fe7f',
    'feffffff0f',
    'ffffffff0f',
    '808080808010',
    'ffffffffffffffffff01',
  ],
  ...[
    'feffffffffffffffff01',
    'ffffffffffffffffffff01',
    '125f5f70726f746f5f5f',
    'fffe',
    'eda080',
    'f09f9880',
    '0302',
  ],
  ...[
    '000000000000f07f',
    '000000000000f87f',
    '010000000000f0ff',
    '0000c07f',
    '22',
    '0a',
    '7b7d',
    '5c7530303030',
  ],
].map((hex) => Buffer.from(hex, 'hex'));

/** One to five changes; now and then the result is large. */
export function changeBytes(random: Random, bytes: Buffer, other: Buffer): Buffer {
  let now = bytes;
  const often = 1 + random.below(5);
  for (let i = 0; i < often; i++) now = changeOnce(random, now, other);
  if (random.below(2_000) === 0) now = swell(random, now);
  else if (now.length > usualBytes) now = now.subarray(0, usualBytes);
  return now === bytes ? Buffer.from(now) : now;
}

function changeOnce(random: Random, bytes: Buffer, other: Buffer): Buffer {
  const at = random.below(bytes.length + 1);
  const length = random.below(Math.min(bytes.length - at, 32) + 1);
  switch (random.below(9)) {
    case 0:
      return put(bytes, at, 1, Buffer.from([(bytes[at] ?? 0) ^ (1 << random.below(8))]));
    case 1:
      return put(bytes, at, 1, Buffer.from([random.of(odd)]));
    case 2:
      return put(bytes, at, 1, Buffer.from([(bytes[at] ?? 0) + random.below(9) - 4]));
    case 3:
      return put(bytes, at, 0, random.of(pieces));
    case 4:
      return put(bytes, at, random.below(3), random.of(pieces));
    case 5:
      return put(bytes, at, length, Buffer.alloc(0));
    case 6:
      return put(bytes, at, 0, bytes.subarray(at, at + length));
    case 7: {
      const from = random.below(other.length + 1);
      return put(bytes, at, length, other.subarray(from, from + random.below(33)));
    }
    default:
      return random.below(4) === 0
        ? bytes.subarray(0, at)
        : put(bytes, at, 1, Buffer.from([random.below(256)]));
  }
}

/** Repeats a piece until it is long: lengths and counts before it become true for once. */
function swell(random: Random, bytes: Buffer): Buffer {
  const from = random.below(bytes.length);
  const piece = Buffer.concat([bytes.subarray(from, from + 1 + random.below(16)), Buffer.alloc(1)]);
  const fill = Buffer.alloc(random.below(mostBytes), piece);
  return put(bytes, from, 0, fill);
}

function put(bytes: Buffer, at: number, drop: number, piece: Buffer): Buffer {
  return Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(at + drop)]);
}
