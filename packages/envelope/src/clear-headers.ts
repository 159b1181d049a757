// The digest that binds the headers which travel in clear (SPEC.md §6, E-16).
import { createHash } from 'node:crypto';
import type { HeaderField } from '@sealwire/core';

/** Puts headers into ascending order of their names’ bytes. */
export function sortByName(headers: readonly HeaderField[]): HeaderField[] {
  return [...headers].sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
}

/** @param headers in ascending order of their names’ bytes */
export function clearHeadersDigest(headers: readonly HeaderField[]): Buffer {
  const hash = createHash('sha256');
  const number = Buffer.alloc(4);
  const u32 = (value: number): void => {
    number.writeUInt32BE(value);
    hash.update(number);
  };
  for (const { name, values } of headers) {
    const bytes = Buffer.from(name);
    u32(bytes.length);
    hash.update(bytes);
    u32(values.length);
    for (const value of values) {
      u32(value.length);
      hash.update(value);
    }
  }
  return hash.digest();
}
