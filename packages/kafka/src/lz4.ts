// LZ4 frames as Kafka has them (LZ4 Frame Format 1.6): blocks that do not depend on one another, and no dictionary.
import { Damaged } from './damaged.js';
import { TooLarge } from './too-large.js';

/** Little endian: 0x184D2204. */
const magic = Buffer.from([0x04, 0x22, 0x4d, 0x18]);
const isPlain = 0x80_00_00_00;
/** Of a byte that lengthens a match. */
const maxGrowth = 255;

type Library = Pick<typeof import('lz4-napi'), 'compressFrame' | 'uncompressSync'>;

interface Head {
  readonly bytes: number;
  readonly maxBlockBytes: number;
  readonly hasBlockChecksums: boolean;
}

/** With a binary for each platform, which only who meets LZ4 needs. */
const library = async (): Promise<Library> => (await import('lz4-napi')).default;

export const packLz4 = async (bytes: Buffer): Promise<Buffer> => (await library()).compressFrame(bytes);

/**
 * Checksums of blocks and content are passed over: the batch has its own.
 * @throws Error of the code ERR_BUFFER_TOO_LARGE where there are more bytes; others where they are damaged, or where the
 *   platform has no LZ4
 */
export async function unpackLz4(packed: Buffer, maxBytes: number): Promise<Buffer> {
  const lz4 = await library();
  const head = headOf(packed);
  const blocks: Buffer[] = [];
  let left = maxBytes;
  for (let at = head.bytes; ;) {
    if (at + 4 > packed.length) throw new Damaged('lz4');
    const size = packed.readUInt32LE(at);
    // What stands behind the end is nobody’s: the broker does not look at it either.
    if (size === 0) return Buffer.concat(blocks);
    const from = at + 4;
    const to = from + (size & ~isPlain);
    at = head.hasBlockChecksums ? to + 4 : to;
    const bytes = packed.subarray(from, to);
    if (bytes.length > head.maxBlockBytes) throw new Damaged('lz4');
    const block = (size & isPlain) === 0 ? unpackBlock(lz4.uncompressSync, bytes, head.maxBlockBytes) : bytes;
    left -= block.length;
    if (left < 0) throw new TooLarge();
    blocks.push(block);
  }
}

/** The library reads in front of a block how much room to make for it: no more than so few bytes can need. */
function unpackBlock(uncompress: (bytes: Buffer) => Buffer, block: Buffer, maxBytes: number): Buffer {
  const sized = Buffer.allocUnsafe(4 + block.length);
  sized.writeUInt32LE(Math.min(maxBytes, block.length * maxGrowth), 0);
  block.copy(sized, 4);
  return uncompress(sized);
}

function headOf(packed: Buffer): Head {
  const [flags, sizes] = [packed[4], packed[5]];
  if (flags === undefined || sizes === undefined || !packed.subarray(0, 4).equals(magic))
    throw new Damaged('lz4');
  const [version, isIndependent] = [flags >> 6, (flags & 0x20) !== 0];
  const hasDictionary = (flags & 0x01) !== 0;
  const sizeCode = (sizes >> 4) & 0x07;
  if (version !== 1 || !isIndependent || hasDictionary || sizeCode < 4) throw new Damaged('lz4');
  return {
    // Magic, flags, sizes, the content’s length where it is there, checksum.
    bytes: 7 + ((flags & 0x08) === 0 ? 0 : 8),
    // 64 KiB, 256 KiB, 1 MiB, 4 MiB.
    maxBlockBytes: 2 ** (8 + 2 * sizeCode),
    hasBlockChecksums: (flags & 0x10) !== 0,
  };
}
