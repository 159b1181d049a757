// What a carrier holds: a rejected record as it was received, and the evidence of its rejection (sealwire/SPEC.md §3).
import { createHash } from 'node:crypto';
import type { HeaderField } from '@sealwire/core';
import { AvroReader } from './avro-reader.js';
import { AvroWriter } from './avro-writer.js';
import { fingerprint } from './fingerprint.js';
import { limits } from './limits.js';
import type { Rejection } from './rejection-evidence.js';

const canonicalSchema =
  '{"name":"sealwire.v1.Redrive","type":"record","fields":[{"name":"value","type":["null","bytes"]},{"name":"headers","type":{"type":"array","items":{"name":"sealwire.v1.Header","type":"record","fields":[{"name":"name","type":"string"},{"name":"values","type":{"type":"array","items":"bytes"}}]}}},{"name":"session","type":["null","bytes"]},{"name":"evidence","type":"bytes"}]}';
const prefix = Buffer.concat([Buffer.from([0xc3, 0x01]), fingerprint(canonicalSchema)]);
const label = Buffer.from('sealwire/v1/redrive', 'ascii');
const maxHeaders = 4096;
const maxBytes = 2 ** 31 - 1;

export const redriveContentType = 'application/vnd.sealwire.redrive';

export interface RedrivePayload {
  readonly value: Buffer | null;
  readonly headers: readonly HeaderField[];
  /** The session that it refers to; `null` where it is self-contained, or nobody knows. */
  readonly session: Buffer | null;
  readonly evidence: Buffer;
}

export function encodeRedrive({ value, headers, session, evidence }: RedrivePayload): Buffer {
  const writer = new AvroWriter(1024 + (value?.length ?? 0)).fixed(prefix);
  const optional = (bytes: Buffer | null): void => {
    writer.integer(bytes === null ? 0 : 1);
    if (bytes !== null) writer.bytes(bytes);
  };
  optional(value);
  writer.array(headers, ({ name, values }) => {
    writer.string(name).array(values, (bytes) => writer.bytes(bytes));
  });
  optional(session);
  return writer.bytes(evidence).copy();
}

/** @throws FormatError ERR_FORMAT_BODY */
export function decodeRedrive(payload: Buffer): RedrivePayload {
  const reader = new AvroReader(payload, 'ERR_FORMAT_BODY');
  if (!reader.fixed(prefix.length).equals(prefix)) reader.fail('it carries no record');
  const value = reader.present() ? reader.bytes(0, maxBytes) : null;
  const headers: HeaderField[] = [];
  reader.array(0, maxHeaders, () => {
    const name = reader.string(0, 65_535);
    const values: Buffer[] = [];
    reader.array(1, maxHeaders, () => values.push(reader.bytes(0, maxBytes)));
    headers.push({ name, values });
  });
  const session = reader.present() ? reader.bytes(1, limits.sessionBytes) : null;
  const evidence = reader.bytes(1, 8192);
  reader.end();
  return { value, headers, session, evidence };
}

/** Whose nonce a carrier’s is made from. */
export interface CarriedNonce {
  readonly sender: string;
  /** 16 bytes. */
  readonly instance: Buffer;
  readonly stream: number;
}

/** The instance of a carrier, 16 bytes; its stream is 0, its sequence that of the message in it. */
export function carrierInstance(
  { transport, place, group }: Pick<Rejection, 'transport' | 'place' | 'group'>,
  { sender, instance, stream }: CarriedNonce,
): Buffer {
  const hash = createHash('sha256').update(label);
  const number = Buffer.alloc(4);
  for (const text of [transport, place, group, sender]) {
    const bytes = Buffer.from(text);
    number.writeUInt32BE(bytes.length);
    hash.update(number).update(bytes);
  }
  number.writeUInt32BE(stream);
  return hash.update(instance).update(number).digest().subarray(0, 16);
}
