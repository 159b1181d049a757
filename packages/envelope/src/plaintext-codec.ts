// The plaintext inside the seal (SPEC.md §7): the payload and the application’s headers.
import type { HeaderField } from '@sealwire/core';
import { AvroReader } from './avro-reader.js';
import type { AvroWriter } from './avro-writer.js';
import { limits } from './limits.js';
import type { EncodedPayload } from './payload-compression.js';

/** What is inside the seal; its payload may be compressed (payload-compression.ts). */
export interface Plaintext extends EncodedPayload {
  readonly headers: readonly HeaderField[];
}

const noHeaders: readonly HeaderField[] = [];

export function writePlaintext(
  writer: AvroWriter,
  encoding: number,
  payload: Buffer,
  headers: readonly HeaderField[],
): void {
  writer.integer(encoding).bytes(payload);
  writer.array(headers, (header) => {
    writer.string(header.name).array(header.values, (value) => writer.bytes(value));
  });
}

/**
 * Decodes an opened body; buffers in the result are views on it.
 * @param clearNames names that are bound in clear and so must not be inside too
 * @throws FormatError ERR_FORMAT_BODY (E-21)
 */
export function decodePlaintext(bytes: Buffer, clearNames: readonly string[] | null): Plaintext {
  const reader = new AvroReader(bytes, 'ERR_FORMAT_BODY');
  const encoding = reader.integer(0, 2);
  const payload = reader.bytes(0, bytes.length);
  // Most messages have no headers: the zero block is all that is left.
  if (reader.at === bytes.length - 1 && bytes[reader.at] === 0)
    return { encoding, bytes: payload, headers: noHeaders };
  const headers: HeaderField[] = [];
  const names = new Set<string>(clearNames);
  reader.array(0, limits.sealedHeaders, () => {
    const name = reader.string(0, 0xffff);
    if (names.has(name)) reader.fail('a header is there twice');
    names.add(name);
    const values: Buffer[] = [];
    reader.array(1, limits.headerValues, () => values.push(reader.bytes(0, bytes.length)));
    headers.push({ name, values });
  });
  reader.end();
  return { encoding, bytes: payload, headers };
}
