// Unpacking is bounded, and what is not unpacked can still be passed.
import { afterEach, describe, expect, test } from '@jest/globals';
import zlib from 'node:zlib';
import fc from 'fast-check';
import kafkajs from 'kafkajs';
import kafkajsGzip from 'kafkajs/src/protocol/message/compression/gzip.js';
import Decoder from 'kafkajs/src/protocol/decoder.js';
import decodeBatch from 'kafkajs/src/protocol/recordBatch/v0/decoder.js';
import { maxUnpackedBytes, packings, registerCodecs } from '../src/codecs.js';
import { placeholderRecords } from '../src/placeholder-records.js';

type Codec = { decompress(packed: Buffer): Promise<Buffer>; compress(encoder: object): Promise<Buffer> };
const registry = kafkajs.CompressionCodecs as unknown as Record<number, () => Codec>;
const names = ['none', 'gzip', 'snappy', 'lz4', 'zstd'];
const types = [1, 2, 3, 4];
const kafkajsOwn = { ...registry };
afterEach(() => {
  Object.assign(registry, kafkajsOwn);
});

/** A record batch as it lies in a fetch; what is behind the header need not be a batch of so many records. */
function batchOf(packed: Buffer, records: number, lastOffsetDelta = records - 1, type = 1): Buffer {
  const header = Buffer.alloc(61);
  header.writeBigInt64BE(100n, 0);
  header.writeInt32BE(49 + packed.length, 8);
  header[16] = 2;
  header.writeInt16BE(type, 21);
  header.writeInt32BE(lastOffsetDelta, 23);
  header.writeInt32BE(records, 57);
  return Buffer.concat([header, packed]);
}

const packed = (type: number, bytes: Buffer): Promise<Buffer> => packings.get(type)!.pack(bytes);
const unpacked = (type: number, bytes: Buffer, maxBytes = maxUnpackedBytes): Promise<Buffer> =>
  packings.get(type)!.unpack(bytes, maxBytes);
const tooLarge = expect.objectContaining({ code: 'ERR_BUFFER_TOO_LARGE' }) as object;
const bomb = zlib.gzipSync(Buffer.alloc(maxUnpackedBytes + 1));

describe('the registry', () => {
  test('gets a codec in place of kafkajs’ own gzip, and of those that it lacks', () => {
    registerCodecs();
    const registered = types.map((type) => registry[type]!());
    expect(registered).not.toContain(kafkajsGzip);
    registerCodecs();
    expect(types.map((type) => registry[type]!())).toEqual(registered);
  });

  test.each(types)('keeps a codec %i that the application registered', (type) => {
    const own = {} as Codec;
    registry[type] = () => own;
    registerCodecs();
    expect(registry[type]()).toBe(own);
  });

  test('keeps one of the application’s that cannot be made', () => {
    const own = (): never => {
      throw new Error('the library is not installed');
    };
    registry[3] = own;
    registerCodecs();
    expect(registry[3]).toBe(own);
  });
});

describe.each(types.map((type) => [names[type]!, type] as const))('%s', (name, type) => {
  test('unpacks what it packs', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 2000 }), fc.nat(400), async (bytes, times) => {
        const buffer = Buffer.concat(Array.from({ length: times }, () => bytes));
        expect(await unpacked(type, await packed(type, buffer))).toEqual(buffer);
      }),
      { numRuns: 50 },
    );
  });

  test('unpacks as much as it may, and not a byte more', async () => {
    const bytes = await packed(type, Buffer.alloc(200_000, 'ab'));
    expect(await unpacked(type, bytes, 200_000)).toHaveLength(200_000);
    await expect(unpacked(type, bytes, 199_999)).rejects.toEqual(tooLarge);
  });

  test('says what is wrong with damaged bytes, by an error that does not stop kafkajs for good', async () => {
    registerCodecs();
    const { decompress } = registry[type]!();
    const whole = await packed(type, Buffer.from('some text, some text, some text '.repeat(9)));
    const refused = expect.objectContaining({ name: expect.not.stringMatching('RangeError') as unknown });
    await expect(decompress(Buffer.from('not packed at all'))).rejects.toEqual(refused);
    await expect(decompress(whole.subarray(0, -5))).rejects.toEqual(refused);
    await expect(decompress(whole.subarray(0, 9))).rejects.toEqual(refused);
  });

  test('gives no placeholders for a damaged batch, whose records somebody may still have', async () => {
    registerCodecs();
    const whole = await packed(type, Buffer.from('some text, some text, some text '.repeat(9)));
    const fetched = Buffer.concat([Buffer.alloc(7), batchOf(whole.subarray(0, -6), 3, 2, type)]).subarray(7);
    await expect(decodeBatch(new Decoder(fetched))).rejects.toThrow();
  });

  test('never gives more than it may, whatever its bytes are, nor any other error', async () => {
    const whole = await packed(type, Buffer.from('some text, some text, some text '.repeat(99)));
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 4 }),
        async (changes) => {
          const bytes = Buffer.from(whole);
          for (const [at, byte] of changes) bytes[at] = byte;
          const given = await unpacked(type, bytes, 4_000).catch((error: unknown) => error);
          if (Buffer.isBuffer(given)) expect(given.length).toBeLessThanOrEqual(4_000);
          else expect(given).not.toHaveProperty('code', 'ERR_OUT_OF_RANGE');
        },
      ),
      { numRuns: 500 },
    );
  });

  test('gives kafkajs a placeholder for each record that it will not unpack, with the batch’s offsets', async () => {
    registerCodecs();
    const large = await packed(type, Buffer.alloc(maxUnpackedBytes + 1));
    const fetched = Buffer.concat([Buffer.alloc(7), batchOf(large, 3, 9, type)]).subarray(7);
    const { records } = await decodeBatch(new Decoder(fetched));
    expect(records.map(({ offset }) => offset)).toEqual(['100', '101', '109']);
    for (const { value } of records)
      expect(value!.toString()).toMatch(/^not unpacked: .*SHA-256 [0-9a-f]{64}$/);
  });
});

describe('gzip', () => {
  const [one, two] = ['one ', 'two'].map((text) => zlib.gzipSync(text)) as [Buffer, Buffer];

  test.each([
    ['text', Buffer.from('junk, and more of it than a member has')],
    ['half a magic number', Buffer.from([0x1f, 1])],
    ['a head of another method', Buffer.from([0x1f, 0x8b, 0xff, 0xff, ...Buffer.alloc(30)])],
    ['a head without more', Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0])],
    ['nothing', Buffer.alloc(0)],
  ])('passes over %s behind its end, as the broker does', async (_, behind) => {
    expect(String(await unpacked(1, Buffer.concat([one, behind])))).toBe('one ');
    expect(String(await unpacked(1, Buffer.concat([one, two, behind])))).toBe('one two');
  });

  test('is bounded there too, and looks at checksums', async () => {
    const behind = Buffer.from('junk, and more of it than a member has');
    const bytes = Buffer.concat([one, two, behind]);
    expect(await unpacked(1, bytes, 7)).toHaveLength(7);
    await expect(unpacked(1, bytes, 6)).rejects.toEqual(tooLarge);
    await expect(unpacked(1, bytes, 4)).rejects.toEqual(tooLarge);
    bytes[one.length + two.length - 8]! ^= 1;
    await expect(unpacked(1, bytes)).rejects.toThrow(/damaged/);
  });

  test('does not go through thousands of empty members', async () => {
    const many = Array.from({ length: 1_001 }, () => zlib.gzipSync(''));
    const behind = Buffer.from('junk, and more of it than a member has');
    expect(await unpacked(1, Buffer.concat([...many.slice(1), behind]))).toHaveLength(0);
    await expect(unpacked(1, Buffer.concat([...many, behind]))).rejects.toEqual(tooLarge);
  });

  test('has the fields that a head may have', async () => {
    const fields = [5, 0, 1, 2, 3, 4, 5, ...Buffer.from('name\0comment\0'), 7, 7];
    const head = [...one.subarray(0, 3), 0x1e, ...one.subarray(4, 10), ...fields];
    const bytes = Buffer.concat([two, Buffer.from(head), one.subarray(10), Buffer.from('junk '.repeat(9))]);
    // Its checksum of the head is of no matter here.
    expect(String(await unpacked(1, bytes))).toBe('twoone ');
  });
});

describe('zstd', () => {
  const frames = (...texts: string[]) => texts.map((text) => zlib.zstdCompressSync(Buffer.from(text)));
  /** RFC 8878 §3.1.2. */
  const skippable = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 1, 1]);

  test('has all frames, as the broker does, whatever stands between them', async () => {
    const [a, b] = frames('one ', 'two') as [Buffer, Buffer];
    expect(String(await unpacked(4, Buffer.concat([a, b])))).toBe('one two');
    expect(String(await unpacked(4, Buffer.concat([skippable, a, skippable, b, skippable])))).toBe('one two');
    await expect(unpacked(4, Buffer.concat([a, b]), 6)).rejects.toEqual(tooLarge);
    await expect(unpacked(4, Buffer.concat([a, b]), 4)).rejects.toEqual(tooLarge);
  });

  test('passes over what only begins a frame behind a whole one, as the broker does', async () => {
    const [one, two] = frames('one ', 'two') as [Buffer, Buffer];
    for (const behind of [two.subarray(0, 4), skippable.subarray(0, 8)])
      expect(String(await unpacked(4, Buffer.concat([one, behind])))).toBe('one ');
    await expect(unpacked(4, one.subarray(0, 4))).rejects.toThrow();
    await expect(unpacked(4, Buffer.concat([one, Buffer.from('junk')]))).rejects.toThrow();
  });

  test('does not go through thousands of empty frames', async () => {
    const many = Buffer.concat(Array.from({ length: 1_001 }, () => skippable));
    expect(await unpacked(4, many.subarray(skippable.length))).toHaveLength(0);
    await expect(unpacked(4, many)).rejects.toEqual(tooLarge);
  });
});

describe('snappy', () => {
  const block = async (text: string): Promise<Buffer> => {
    const bytes = await packed(2, Buffer.from(text));
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    return Buffer.concat([length, bytes]);
  };
  const head = Buffer.from([0x82, ...Buffer.from('SNAPPY'), 0, 0, 0, 0, 1, 0, 0, 0, 1]);

  test('has the frames of Java’s clients, streams that follow one another too', async () => {
    const stream = Buffer.concat([head, await block('one '), await block('two ')]);
    expect(String(await unpacked(2, stream))).toBe('one two ');
    const streams = Buffer.concat([stream, head, await block('three')]);
    expect(String(await unpacked(2, streams))).toBe('one two three');
    await expect(unpacked(2, streams, 12)).rejects.toEqual(tooLarge);
    expect(String(await unpacked(2, Buffer.concat([stream, Buffer.from([1, 2, 3])])))).toBe('one two ');
    // Within the last block, and within its first bytes.
    for (const cut of [1, 3, 5])
      await expect(unpacked(2, streams.subarray(0, -cut))).rejects.toThrow(/snappy/i);
  });

  test('refuses a literal of two GiB at once, in a block of a few bytes', async () => {
    // 40 bytes are claimed; libraries that only look where they write took a quarter of a minute for it.
    const literal = Buffer.from([40, 0xfc, 0xff, 0xff, 0xff, 0x7f, 1, 2, 3]);
    await expect(unpacked(2, literal)).rejects.toThrow();
  });

  test('makes no room for a length that its bytes cannot have', async () => {
    const claims = Buffer.from([0xff, 0xff, 0xff, 0x0f, 0, 0]);
    await expect(unpacked(2, claims)).rejects.toThrow(/damaged/);
    await expect(unpacked(2, Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0x01]))).rejects.toThrow(/damaged/);
  });
});

describe('lz4', () => {
  /** “Wikipedia” by a block, and as it is. @see the frame format’s description */
  const frame = (flags: number, ...parts: readonly (readonly number[])[]): Buffer =>
    Buffer.from([0x04, 0x22, 0x4d, 0x18, flags, 0x40, ...parts.flat()]);
  const plain = [3, 0, 0, 0x80, 97, 98, 99];
  const packedBlock = [4, 0, 0, 0, 0x30, 100, 101, 102];
  const end = [0, 0, 0, 0];

  test('has blocks that are packed and blocks that are not, and ends where the frame does', async () => {
    expect(String(await unpacked(3, frame(0x60, [0], plain, packedBlock, end, [1, 2, 3])))).toBe('abcdef');
  });

  test('passes over the content’s length, and the checksums of blocks', async () => {
    const length = [6, 0, 0, 0, 0, 0, 0, 0];
    const sum = [9, 9, 9, 9];
    const bytes = frame(0x78, length, [0], plain, sum, packedBlock, sum, end);
    expect(String(await unpacked(3, bytes))).toBe('abcdef');
  });

  test.each([
    ['of another version', 0x20],
    ['whose blocks depend on one another', 0x40],
    ['with a dictionary', 0x61],
  ])('refuses a frame %s, as the broker does', async (_, flags) => {
    await expect(unpacked(3, frame(flags, [0], plain, end))).rejects.toThrow(/damaged/);
  });

  test('refuses a frame without its end, and a block larger than its frame says', async () => {
    await expect(unpacked(3, frame(0x60, [0], plain))).rejects.toThrow(/damaged/);
    const large = [1, 0, 1, 0x80, ...Buffer.alloc(65_537)];
    await expect(unpacked(3, frame(0x60, [0], large, end))).rejects.toThrow(/damaged/);
  });

  test('makes no more room for a block than its bytes can fill, whatever the frame says', async () => {
    const blocks = frame(0x60, [0], ...Array.from({ length: 10_000 }, () => packedBlock), end);
    const large = Buffer.from(blocks);
    large[5] = 0x70; // 4 MiB for each
    const fastestMs = async (bytes: Buffer): Promise<number> => {
      let fastest = Infinity;
      for (let i = 0; i < 5; i++) {
        const began = performance.now();
        expect(await unpacked(3, bytes)).toHaveLength(30_000);
        fastest = Math.min(fastest, performance.now() - began);
      }
      return fastest;
    };
    // It would be a hundred times as long.
    expect(await fastestMs(large)).toBeLessThan(20 * (await fastestMs(blocks)));
  });
});

describe('placeholders', () => {
  test('refuses where it cannot know how many records there are, or where there are too many', () => {
    const view = (batch: Buffer): Buffer => batch.subarray(61);
    expect(() => placeholderRecords(view(batchOf(bomb, 1_000_000)))).toThrow(/64 MiB/);
    expect(() => placeholderRecords(view(batchOf(bomb, 0)))).toThrow(/64 MiB/);
    const other = batchOf(bomb, 1);
    other[16] = 1;
    expect(() => placeholderRecords(view(other))).toThrow(/64 MiB/);
    const alone = new Uint8Array(bomb.length);
    alone.set(bomb);
    expect(() => placeholderRecords(Buffer.from(alone.buffer))).toThrow(/64 MiB/);
    // By name a RangeError would stop kafkajs’ consumer for good.
    expect(() => placeholderRecords(view(batchOf(bomb, 0)))).toThrow(
      expect.objectContaining({ name: 'Error' }),
    );
  });
});
