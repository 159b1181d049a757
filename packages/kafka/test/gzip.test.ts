// Unpacking is bounded, and what is not unpacked can still be passed.
import { afterEach, describe, expect, test } from '@jest/globals';
import { gzipSync } from 'node:zlib';
import kafkajs from 'kafkajs';
import kafkajsGzip from 'kafkajs/src/protocol/message/compression/gzip.js';
import Decoder from 'kafkajs/src/protocol/decoder.js';
import decodeBatch from 'kafkajs/src/protocol/recordBatch/v0/decoder.js';
import { boundedGzip, boundGzip, maxUnpackedBytes } from '../src/gzip.js';
import { placeholderRecords } from '../src/placeholder-records.js';

const { CompressionCodecs, CompressionTypes } = kafkajs;
afterEach(() => {
  CompressionCodecs[CompressionTypes.GZIP] = () => kafkajsGzip;
});

/** A record batch as it lies in a fetch; what is behind the header need not be a batch of so many records. */
function batchOf(packed: Buffer, records: number, lastOffsetDelta = records - 1): Buffer {
  const header = Buffer.alloc(61);
  header.writeBigInt64BE(100n, 0);
  header.writeInt32BE(49 + packed.length, 8);
  header[16] = 2;
  header.writeInt16BE(1, 21);
  header.writeInt32BE(lastOffsetDelta, 23);
  header.writeInt32BE(records, 57);
  return Buffer.concat([header, packed]);
}

const bomb = gzipSync(Buffer.alloc(maxUnpackedBytes + 1));

describe('the registry', () => {
  test('gets the bounded codec in place of kafkajs’ own', () => {
    boundGzip();
    expect(CompressionCodecs[CompressionTypes.GZIP]()).toBe(boundedGzip);
    boundGzip();
    expect(CompressionCodecs[CompressionTypes.GZIP]()).toBe(boundedGzip);
  });

  test('keeps a codec that the application registered', () => {
    const own = {};
    CompressionCodecs[CompressionTypes.GZIP] = () => own;
    boundGzip();
    expect(CompressionCodecs[CompressionTypes.GZIP]()).toBe(own);
  });
});

describe('the bounded codec', () => {
  test('packs and unpacks as kafkajs’ does', async () => {
    const buffer = Buffer.from('text '.repeat(1000));
    expect(await boundedGzip.decompress(await boundedGzip.compress({ buffer }))).toEqual(buffer);
  });

  test('passes on what is wrong with damaged bytes', async () => {
    await expect(boundedGzip.decompress(Buffer.from('not gzip'))).rejects.toThrow();
  });

  test('gives kafkajs a placeholder for each record that it will not unpack, with the batch’s offsets', async () => {
    boundGzip();
    const fetched = Buffer.concat([Buffer.alloc(7), batchOf(bomb, 3, 9)]).subarray(7);
    const { records } = await decodeBatch(new Decoder(fetched));
    expect(records.map(({ offset }) => offset)).toEqual(['100', '101', '109']);
    for (const { value } of records)
      expect(value!.toString()).toMatch(/^not unpacked: .*SHA-256 [0-9a-f]{64}$/);
  });

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
