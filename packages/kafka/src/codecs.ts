// The codecs of record batches: those that kafkajs lacks, and all of them bounded. One small batch of any producer must
// neither fill the memory of every consumer nor, packed as kafkajs cannot unpack it, end them.
import { createRequire } from 'node:module';
import { promisify } from 'node:util';
import zlib from 'node:zlib';
import kafkajs from 'kafkajs';
import { unpackGzip } from './gzip.js';
import { packLz4, unpackLz4 } from './lz4.js';
import { placeholderRecords } from './placeholder-records.js';
import { packSnappy, unpackSnappy } from './snappy.js';
import { TooLarge } from './too-large.js';
import { unpackZstd } from './zstd.js';

/** The most that one record batch may unpack to. Kafka’s default limit of a packed batch is 1 MiB. */
export const maxUnpackedBytes = 64 * 1024 * 1024;

const gzip = promisify(zlib.gzip);
const zstd = promisify<Buffer, Buffer>(zlib.zstdCompress);

/** kafkajs’ interface of a codec. */
interface Codec {
  compress(encoder: { readonly buffer: Buffer }): Promise<Buffer>;
  decompress(packed: Buffer): Promise<Buffer>;
}

interface Packing {
  /** As Kafka names it. */
  readonly name: string;
  readonly pack: (bytes: Buffer) => Promise<Buffer>;
  /** @throws Error of the code ERR_BUFFER_TOO_LARGE where there are more bytes than that, others where they are damaged */
  readonly unpack: (packed: Buffer, maxBytes: number) => Promise<Buffer>;
}

/** By the number that the attributes of a record batch have. */
export const packings: ReadonlyMap<number, Packing> = new Map([
  [1, { name: 'gzip', pack: gzip, unpack: unpackGzip }],
  [2, { name: 'snappy', pack: packSnappy, unpack: unpackSnappy }],
  [3, { name: 'lz4', pack: packLz4, unpack: unpackLz4 }],
  [4, { name: 'zstd', pack: zstd, unpack: unpackZstd }],
]);

/** A batch that is too large becomes placeholders, which are rejected one by one. */
const bounded = ({ pack, unpack }: Packing): Codec => ({
  compress: ({ buffer }) => pack(buffer),
  async decompress(packed) {
    try {
      return await unpack(packed, maxUnpackedBytes);
    } catch (error) {
      if (!TooLarge.is(error)) throw error;
      return placeholderRecords(packed);
    }
  },
});

const codecs = new Map([...packings].map(([type, packing]) => [type, bounded(packing)]));

/**
 * Registers the codecs in kafkajs’ process-wide registry, where it has its own gzip or none: a codec that the
 * application registered is its own affair.
 */
export function registerCodecs(): void {
  const registry: Record<number, () => unknown> = kafkajs.CompressionCodecs;
  for (const [type, codec] of codecs) {
    const { [type]: registered } = registry;
    if (registered === undefined || isKafkajs(registered)) registry[type] = () => codec;
  }
}

/** Its own gzip, or what says that there is none. */
function isKafkajs(registered: () => unknown): boolean {
  try {
    return registered() === kafkajsGzip();
  } catch (error) {
    return error instanceof kafkajs.KafkaJSError && error.name === 'KafkaJSNotImplemented';
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
