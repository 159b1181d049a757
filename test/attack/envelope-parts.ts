// Takes a sealed record apart and puts it together again, as an attacker would: no check, no key.
import {
  decodeHeader,
  decodeOuter,
  decodeProof,
  decodeSession,
  prefix,
  type Outer,
} from '@sealwire/envelope';

export type Part = keyof Outer;

const order: readonly Part[] = ['session', 'header', 'body', 'mac', 'proof'];

/** The record with some of its parts replaced. */
export function withParts(record: Buffer, parts: Partial<Outer>): Buffer {
  const all = { ...decodeOuter(record), ...parts };
  return Buffer.concat([prefix, ...order.flatMap((part) => [avroLength(all[part].length), all[part]])]);
}

/**
 * The record with one byte of a part flipped. Where the part is a record of its own, the byte is one that may have any
 * value, so that nothing but the signature can find it: instance, salt, signature.
 */
export function withFlippedByte(record: Buffer, part: Part): Buffer {
  const outer = decodeOuter(record);
  const bytes = Buffer.from(outer[part]);
  const at = { session, header, body: middle, mac: middle, proof }[part](bytes);
  bytes[at]! ^= 0x01;
  return withParts(record, { [part]: bytes });
}

/** The record under a suite that nobody has. */
export function withSuite(record: Buffer, suite: number): Buffer {
  const { session: bytes } = decodeOuter(record);
  // The suite stands first, as a zigzag varint, and is 1: one byte.
  return withParts(record, { session: Buffer.concat([avroLength(suite), bytes.subarray(1)]) });
}

/** The record with the first bytes of its session’s hash in place of the session. */
export function byReference(record: Buffer): Buffer {
  const { session: bytes } = decodeOuter(record);
  return withParts(record, { session: decodeSession(bytes).hash.subarray(0, 16) });
}

const middle = (bytes: Buffer): number => bytes.length >> 1;
const session = (bytes: Buffer): number => bytes.indexOf(decodeSession(bytes).instance);
const header = (bytes: Buffer): number => bytes.indexOf(decodeHeader(bytes).salt);
const proof = (bytes: Buffer): number => bytes.indexOf(decodeProof(bytes).signature) + 8;

/** An Avro `long` that is not negative. */
function avroLength(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value * 2;
  while (rest > 0x7f) {
    bytes.push((rest & 0x7f) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  return Buffer.from([...bytes, rest]);
}
