// The header record (SPEC.md §6): what changes from message to message.
import type { HeaderFacts } from '@sealwire/core';
import { UsageError } from '@sealwire/core';
import { AvroReader } from './avro-reader.js';
import type { AvroWriter } from './avro-writer.js';
import { limits } from './limits.js';

const idBytes = 16;

/**
 * Writes a header. `clearNames` must be in ascending order of their bytes.
 * @throws UsageError ERR_USAGE_ARGUMENT for an id that is not 16 bytes
 */
export function writeHeader(writer: AvroWriter, header: HeaderFacts): void {
  writer.integer(header.partition).integer(header.issuedAtMs).integer(header.stream).integer(header.sequence);
  writer.fixed(header.salt).integer(header.position);
  writeOptional(writer, header.correlationId);
  writeOptional(writer, header.causationId);
  if (header.clearNames === null || header.clearDigest === null) writer.integer(0);
  else {
    writer.integer(1);
    writer.array(header.clearNames, (name) => writer.string(name)).fixed(header.clearDigest);
  }
  writer.boolean(header.tombstone);
}

function writeOptional(writer: AvroWriter, value: Buffer | null): void {
  if (value === null) {
    writer.integer(0);
    return;
  }
  // Longer bytes would be read as the fields that follow: whoever chooses an id could have headers signed.
  if (!(value instanceof Uint8Array) || value.length !== idBytes) {
    throw new UsageError(
      'ERR_USAGE_ARGUMENT',
      'A correlation or causation id is 16 raw bytes. Hash what is longer, or send it as a header of your own.',
    );
  }
  writer.integer(1).fixed(value);
}

/** Decodes a received header; buffers in the result are views on it. @throws FormatError ERR_FORMAT_HEADER (E-14) */
export function decodeHeader(bytes: Buffer): HeaderFacts {
  const reader = new AvroReader(bytes, 'ERR_FORMAT_HEADER');
  const partition = reader.integer(-1, 2 ** 31 - 1);
  const issuedAtMs = reader.integer(0, Number.MAX_SAFE_INTEGER);
  const stream = reader.integer(0, 2 ** 32 - 1);
  const sequence = reader.integer(0, Number.MAX_SAFE_INTEGER);
  const salt = reader.fixed(12);
  const position = reader.integer(0, 2 ** 31 - 1);
  const correlationId = reader.present() ? reader.fixed(16) : null;
  const causationId = reader.present() ? reader.fixed(16) : null;
  let clearNames: string[] | null = null;
  let clearDigest: Buffer | null = null;
  if (reader.present()) {
    clearNames = reader.ascendingStrings(1, limits.clearHeaders, limits.nameBytes);
    clearDigest = reader.fixed(32);
  }
  const tombstone = reader.boolean();
  reader.end();
  return {
    partition,
    issuedAtMs,
    stream,
    sequence,
    salt,
    position,
    correlationId,
    causationId,
    clearNames,
    clearDigest,
    tombstone,
  };
}
