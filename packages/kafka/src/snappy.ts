// Snappy as Kafka’s clients write it: in the frames of Java’s (xerial, snappy-java’s SnappyOutputStream), or bare.
import { Damaged } from './damaged.js';
import { TooLarge } from './too-large.js';

const magic = Buffer.from([0x82, ...Buffer.from('SNAPPY'), 0]);
/** Magic, version, oldest version that can read it. */
const headBytes = 16;
/** Three bytes copy 64 at most. */
const maxGrowth = 22;

type Library = Pick<typeof import('snappy'), 'compressSync' | 'uncompressSync'>;

type Unpack = (block: Buffer) => Buffer;

/** With a binary for each platform, which only who meets Snappy needs. */
const library = async (): Promise<Library> => (await import('snappy')).default;

/** Bare, which Java’s clients and librdkafka read too. */
export const packSnappy = async (bytes: Buffer): Promise<Buffer> => (await library()).compressSync(bytes);

/**
 * @throws Error of the code ERR_BUFFER_TOO_LARGE where there are more bytes; others where they are damaged, or where the
 *   platform has no Snappy
 */
export async function unpackSnappy(packed: Buffer, maxBytes: number): Promise<Buffer> {
  const { uncompressSync } = await library();
  const unpack = uncompressSync as Unpack;
  return beginsStream(packed, 0)
    ? unpackStream(packed, maxBytes, unpack)
    : unpackBlock(packed, maxBytes, unpack);
}

const beginsStream = (packed: Buffer, at: number): boolean =>
  packed.subarray(at, at + magic.length).equals(magic);

function unpackStream(packed: Buffer, maxBytes: number, unpack: Unpack): Buffer {
  const blocks: Buffer[] = [];
  let left = maxBytes;
  for (let at = 0; at < packed.length;) {
    if (beginsStream(packed, at)) {
      at += headBytes;
      continue;
    }
    const from = at + 4;
    // Too few for a length: the broker takes that for the end.
    if (from > packed.length) break;
    at = from + packed.readUInt32BE(at);
    if (at > packed.length) throw new Damaged('snappy');
    const block = unpackBlock(packed.subarray(from, at), left, unpack);
    blocks.push(block);
    left -= block.length;
  }
  return Buffer.concat(blocks);
}

/** The library believes the length that stands in front, and makes room for it: it is looked at first. */
function unpackBlock(block: Buffer, maxBytes: number, unpack: Unpack): Buffer {
  const length = lengthOf(block);
  if (length > block.length * maxGrowth) throw new Damaged('snappy');
  if (length > maxBytes) throw new TooLarge();
  return unpack(block);
}

function lengthOf(block: Buffer): number {
  let length = 0;
  for (let i = 0, scale = 1; i < 5; i++, scale *= 128) {
    const byte = block[i];
    if (byte === undefined) break;
    length += (byte & 0x7f) * scale;
    if (byte < 0x80) return length;
  }
  throw new Damaged('snappy');
}
