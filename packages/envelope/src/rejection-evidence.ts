// What a receiver signs about a record that it rejected (sealwire/SPEC.md §2).
import { createHash } from 'node:crypto';
import type { Source } from '@sealwire/core';
import { AvroReader } from './avro-reader.js';
import { AvroWriter } from './avro-writer.js';
import { fingerprint } from './fingerprint.js';
import { limits } from './limits.js';

const canonicalSchema =
  '{"name":"sealwire.v1.Evidence","type":"record","fields":[{"name":"rejection","type":"bytes"},{"name":"signature","type":"bytes"}]}';
const prefix = Buffer.concat([Buffer.from([0xc3, 0x01]), fingerprint(canonicalSchema)]);
const label = Buffer.from('sealwire/v1/rejection', 'ascii');
const maxRejectionBytes = 4096;

/** A rejection, as its receiver vouches for it. */
export interface Rejection {
  /** 16 bytes. */
  readonly realm: Buffer;
  readonly rejectedBy: string;
  /** Of its message-signing key, 16 bytes. */
  readonly keyId: Buffer;
  readonly code: string;
  /** 32 bytes. */
  readonly recordHash: Buffer;
  readonly receivedAtMs: number;
  readonly appendedAtMs: number | null;
  readonly transport: Source['transport'];
  /** Topic or queue. */
  readonly place: string;
  /** −1 where there is none. */
  readonly partition: number;
  readonly offset: number;
  /** Empty where there is none. */
  readonly group: string;
}

/** A rejection and its signature, before either is believed. */
export interface RejectionEvidence {
  readonly rejection: Rejection;
  readonly bytes: Buffer;
  readonly signature: Buffer;
}

export function encodeRejection(rejection: Rejection): Buffer {
  const { appendedAtMs } = rejection;
  const writer = new AvroWriter(512)
    .fixed(rejection.realm)
    .string(rejection.rejectedBy)
    .fixed(rejection.keyId)
    .string(rejection.code)
    .fixed(rejection.recordHash)
    .integer(rejection.receivedAtMs)
    .integer(appendedAtMs === null ? 0 : 1);
  if (appendedAtMs !== null) writer.integer(appendedAtMs);
  writer.string(rejection.transport).string(rejection.place);
  return writer.integer(rejection.partition).integer(rejection.offset).string(rejection.group).copy();
}

/** What the receiver signs. @param bytes of the rejection */
export function rejectionMessage(bytes: Buffer): Buffer {
  return Buffer.concat([label, createHash('sha256').update(bytes).digest()]);
}

/** @param signature 64 bytes */
export function encodeEvidence(rejection: Buffer, signature: Buffer): Buffer {
  return new AvroWriter(512).fixed(prefix).bytes(rejection).bytes(signature).copy();
}

/** @throws FormatError ERR_FORMAT_BODY */
export function decodeEvidence(evidence: Buffer): RejectionEvidence {
  const outer = new AvroReader(evidence, 'ERR_FORMAT_BODY');
  if (!outer.fixed(prefix.length).equals(prefix)) outer.fail('it is no evidence of a rejection');
  const bytes = Buffer.from(outer.bytes(0, maxRejectionBytes));
  const signature = Buffer.from(outer.bytes(64, 64));
  outer.end();
  const reader = new AvroReader(bytes, 'ERR_FORMAT_BODY');
  const rejection: Rejection = {
    realm: reader.fixed(16),
    rejectedBy: reader.string(1, limits.nameBytes),
    keyId: reader.fixed(16),
    code: reader.string(1, 64),
    recordHash: reader.fixed(32),
    receivedAtMs: reader.integer(0, Number.MAX_SAFE_INTEGER),
    appendedAtMs: reader.present() ? reader.integer(0, Number.MAX_SAFE_INTEGER) : null,
    transport: transportOf(reader),
    place: reader.string(1, limits.nameBytes),
    partition: reader.integer(-1, 2 ** 31 - 1),
    offset: reader.integer(-1, Number.MAX_SAFE_INTEGER),
    group: reader.string(0, 1024),
  };
  reader.end();
  return { rejection, bytes, signature };
}

function transportOf(reader: AvroReader): Source['transport'] {
  const name = reader.string(1, 16);
  if (name !== 'kafka' && name !== 'rabbitmq') reader.fail('its transport is unknown');
  return name;
}
