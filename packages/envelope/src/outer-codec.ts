// The outer record (SPEC.md §4) and its proof (§8).
import { FormatError } from '@sealwire/core';
import { AvroReader } from './avro-reader.js';
import { integerBytes, writeInteger } from './avro-writer.js';
import { fingerprint } from './fingerprint.js';
import { limits } from './limits.js';
import { pathBytes } from './verified-trees.js';

const canonicalSchema = `{"name":"sealwire.v1.SealedMessage","type":"record","fields":[${[
  'session',
  'header',
  'body',
  'mac',
  'proof',
]
  .map((name) => `{"name":"${name}","type":"bytes"}`)
  .join(',')}]}`;

/** C3 01 and the fingerprint: the first 10 bytes of every sealed message of this version. */
export const prefix: Buffer = Buffer.concat([Buffer.from([0xc3, 0x01]), fingerprint(canonicalSchema)]);

/** The outer record up to and including the session field: the same for every message of a session. */
export function headOf(session: Buffer): Buffer {
  const head = Buffer.alloc(prefix.length + integerBytes(session.length) + session.length);
  prefix.copy(head);
  session.copy(head, writeInteger(head, session.length, prefix.length));
  return head;
}

/** The parts of an outer record, as views on the received bytes. */
export interface Outer {
  readonly session: Buffer;
  readonly header: Buffer;
  readonly body: Buffer;
  readonly mac: Buffer;
  readonly proof: Buffer;
}

/**
 * @param known the beginning of an earlier message, to skip what is the same
 * @throws FormatError ERR_FORMAT_NOT_SEALED (E-6), ERR_FORMAT_VERSION (E-7), ERR_FORMAT_ENVELOPE (E-9)
 */
export function decodeOuter(record: Buffer, known: KnownHead | null = null): Outer {
  let reader: AvroReader;
  let session: Buffer;
  if (known !== null && startsWith(record, known.head)) {
    reader = new AvroReader(record, 'ERR_FORMAT_ENVELOPE', known.head.length);
    session = known.bytes;
  } else {
    checkPrefix(record);
    reader = new AvroReader(record, 'ERR_FORMAT_ENVELOPE', prefix.length);
    session = reader.bytes(0, limits.sessionBytes);
  }
  const header = reader.bytes(0, limits.headerBytes);
  const body = reader.bytes(0, record.length);
  const mac = reader.bytes(0, 32);
  const proof = reader.bytes(0, record.length);
  reader.end();
  return { session, header, body, mac, proof };
}

/** A session field that was seen before (a session or a reference), and what every record with it begins with. */
export interface KnownHead {
  readonly head: Buffer;
  readonly bytes: Buffer;
}

function startsWith(record: Buffer, head: Buffer): boolean {
  return record.length >= head.length && record.compare(head, 0, head.length, 0, head.length) === 0;
}

function checkPrefix(record: Buffer): void {
  if (record.length < 2 || record[0] !== 0xc3 || record[1] !== 0x01) {
    throw new FormatError(
      'ERR_FORMAT_NOT_SEALED',
      'The record is not a sealed message. Its sender does not use Sealwire, or something changed it.',
    );
  }
  if (record.length < prefix.length)
    throw new FormatError('ERR_FORMAT_ENVELOPE', 'The record ends within its first ten bytes.');
  if (record.compare(prefix, 2, prefix.length, 2, prefix.length) !== 0) {
    throw new FormatError(
      'ERR_FORMAT_VERSION',
      'The record is of a version that this release does not read. Update this receiver, or its sender.',
    );
  }
}

/** The proof, as views on the received bytes. */
export interface Proof {
  readonly treeSize: number;
  readonly leafIndex: number;
  readonly path: Buffer;
  readonly signature: Buffer;
}

/** @throws FormatError ERR_FORMAT_PROOF (E-22) */
export function decodeProof(bytes: Buffer): Proof {
  const reader = new AvroReader(bytes, 'ERR_FORMAT_PROOF');
  const treeSize = reader.integer(1, limits.treeLeaves);
  const leafIndex = reader.integer(0, treeSize - 1);
  const path = reader.bytes(0, 32 * 12);
  const signature = reader.bytes(64, 64);
  reader.end();
  if (path.length !== pathBytes(leafIndex, treeSize))
    reader.fail('the path has not the length that its tree determines');
  return { treeSize, leafIndex, path, signature };
}
