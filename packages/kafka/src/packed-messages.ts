// Records that are packed already, in the form of messages that kafkajs takes through its own producer.
import kafkajs, { type Message } from 'kafkajs';
import type { PackedEvents } from '@sealwire/core';

/**
 * To kafkajs a codec of its own, whose low bits, the ones that go into the batch, say gzip. What comes back from a
 * broker is unpacked by the codec for gzip.
 */
export const packedGzip = (8 | kafkajs.CompressionTypes.GZIP) as unknown as kafkajs.CompressionTypes;

/** Hands on what is compressed already. */
const packedCodec = { compress: ({ buffer }: { readonly buffer: Buffer }) => Promise.resolve(buffer) };

/** Makes kafkajs know `packedGzip`: its registry is the process’s, and nobody else has this number. */
export function knowPacked(): void {
  const codecs: Record<number, () => unknown> = kafkajs.CompressionCodecs;
  codecs[packedGzip] = () => packedCodec;
}

/** What kafkajs’ encoder of one record is to who writes it. */
interface Encoded {
  readonly buf: Buffer;
  readonly buffer: Buffer;
}

/**
 * Messages of one partition whose records are encoded and compressed: for kafkajs a list of so many, of which it looks at
 * the first only. It groups them by partition (`reduce`) and encodes them (`map`), at each try; made for kafkajs 2.2.4,
 * by which a test sends them to a broker.
 */
export class PackedMessages extends Array<Message> {
  readonly #encoded: Encoded;

  static override get [Symbol.species](): ArrayConstructor {
    return Array;
  }

  constructor({ bytes, count }: PackedEvents, partition: number) {
    super();
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#encoded = { buf: buffer, buffer };
    this[0] = { value: null, partition };
    // The others are holes, which `every`, `some` and `forEach` leave out.
    this.length = count;
  }

  /** None of them is without a value. */
  override find(): undefined {
    return undefined;
  }

  /** All of them are where the first is. */
  override reduce(...given: unknown[]): never {
    const [group, start] = given as [(groups: object, message: Message) => object, object];
    const [partition] = Object.keys(group(start, this[0]!));
    return { [partition!]: this } as never;
  }

  /** kafkajs asks for timestamps, of which there are none, and for records. */
  override map(...given: unknown[]): never[] {
    const [make] = given as [(message: Message, index: number) => unknown];
    const made = make(this[0]!, 0);
    if (made === undefined) return [];
    const records = new Array<Encoded>(1);
    records[0] = this.#encoded;
    records.length = this.length;
    return records as never[];
  }
}
