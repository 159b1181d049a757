// Where in a received record the envelope stands (SPEC.md §4, §11), and which of its clear headers are bound.
import type { HeaderField, Received } from '@sealwire/core';
import { FormatError } from '@sealwire/core';
import { tombstoneHeader } from './sealed-record.js';

/**
 * Finds the envelope: the value, or for a tombstone its one header.
 * @throws FormatError ERR_FORMAT_SIZE (E-8), ERR_FORMAT_NOT_SEALED (E-31)
 */
export function recordOf(received: Received, maxBytes: number): { record: Buffer; tombstone: boolean } {
  const { value } = received;
  const record = value ?? tombstoneEnvelope(received.headers);
  if (record.length > maxBytes) {
    throw new FormatError(
      'ERR_FORMAT_SIZE',
      `The record is larger than limits.max_message. It was not read.`,
      {
        bytes: record.length,
        maxBytes,
      },
    );
  }
  return { record, tombstone: value === null };
}

function tombstoneEnvelope(headers: readonly HeaderField[]): Buffer {
  const found = headers.filter(({ name }) => name === tombstoneHeader);
  const envelope = found[0]?.values[0];
  if (found.length !== 1 || found[0]!.values.length !== 1 || envelope === undefined) {
    throw new FormatError(
      'ERR_FORMAT_NOT_SEALED',
      'The tombstone is not signed: it needs exactly one header “sealwire”.',
    );
  }
  return envelope;
}

const none: readonly HeaderField[] = [];

/** The received headers that the message’s header record binds, in the order of its names. */
export function boundHeaders(
  headers: readonly HeaderField[],
  names: readonly string[] | null,
): readonly HeaderField[] {
  if (names === null || headers.length === 0) return none;
  // One pass: nobody has signed yet that a record may name 64 headers and bring a hundred thousand.
  const places = new Map(names.map((name, place) => [name, place]));
  return headers
    .filter(({ name }) => places.has(name))
    .sort((a, b) => places.get(a.name)! - places.get(b.name)!);
}
