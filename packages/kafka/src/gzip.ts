// Bounds what kafkajs’ gzip unpacks: one small record of any producer must not fill the memory of every consumer.
import { createRequire } from 'node:module';
import { promisify } from 'node:util';
import zlib from 'node:zlib';
import kafkajs from 'kafkajs';
import { placeholderRecords } from './placeholder-records.js';

/** The most that one record batch may unpack to. Kafka’s default limit of a packed batch is 1 MiB. */
export const maxUnpackedBytes = 64 * 1024 * 1024;

const gzip = promisify(zlib.gzip);
const unzip = promisify<Buffer, zlib.ZlibOptions, Buffer>(zlib.unzip);

/** kafkajs’ interface of a codec. */
interface Codec {
  compress(encoder: { readonly buffer: Buffer }): Promise<Buffer>;
  decompress(packed: Buffer): Promise<Buffer>;
}

/** gzip as kafkajs has it, but bounded. A batch that is too large becomes placeholders, which are rejected one by one. */
export const boundedGzip: Codec = {
  compress: ({ buffer }) => gzip(buffer),
  async decompress(packed) {
    try {
      return await unzip(packed, { maxOutputLength: maxUnpackedBytes });
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'ERR_BUFFER_TOO_LARGE') throw error;
      return placeholderRecords(packed);
    }
  },
};

/**
 * Registers the bounded codec in kafkajs’ process-wide registry, if kafkajs’ own is still there: a codec that the
 * application registered is its own affair.
 */
export function boundGzip(): void {
  const { CompressionCodecs, CompressionTypes } = kafkajs;
  if (CompressionCodecs[CompressionTypes.GZIP]() === kafkajsGzip()) {
    CompressionCodecs[CompressionTypes.GZIP] = () => boundedGzip;
  }
}

/** Not part of kafkajs’ interface: where it is not found, nothing is replaced. */
function kafkajsGzip(): unknown {
  try {
    return createRequire(import.meta.url)('kafkajs/src/protocol/message/compression/gzip') as unknown;
  } catch {
    return null;
  }
}
