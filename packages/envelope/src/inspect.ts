// Takes a record apart for people, without any key: every field with its place, and where the bytes stop making sense.
import type { Code, HeaderField, Received } from '@sealwire/core';
import { FormatError, recordHash, SealwireError } from '@sealwire/core';
import { nodePrimitives, rootOfPath } from '@sealwire/crypto';
import { AvroReader } from './avro-reader.js';
import { decodeHeader } from './header-codec.js';
import { readFields, type InspectedField } from './inspect-fields.js';
import { EnvelopeFacts } from './message-facts.js';
import { MessageHashes } from './message-hashes.js';
import { decodeOuter, decodeProof, prefix } from './outer-codec.js';
import { tombstoneHeader } from './sealed-record.js';
import { decodeSession } from './session-codec.js';
import { checkPairing, parse, type KeptRecord } from './verify-record.js';

const partNames = ['session', 'header', 'body', 'mac', 'proof'] as const;

/** What is wrong with a record or a part of it. */
export interface InspectedProblem {
  readonly code: Code;
  readonly message: string;
  /** The byte at which it was noticed, counted from the record’s first; `null` where it is no matter of one place. */
  readonly at: number | null;
}

/** One of the five parts of the outer record. */
export interface InspectedPart {
  readonly name: (typeof partNames)[number];
  readonly offset: number;
  readonly bytes: number;
  /** Empty for body and mac, which nobody reads without a key. */
  readonly fields: readonly InspectedField[];
  readonly problem: InspectedProblem | null;
}

/** What follows from the bytes alone. Hex. Nothing of it is verified. */
export interface InspectedHashes {
  /** S. */
  readonly session: string;
  readonly message: string;
  /** The root that the signature should cover. */
  readonly root: string;
  /** Instance, stream and sequence. */
  readonly nonce: string;
}

/** All that can be said of a record without any key. Nothing in it is verified: `recordVerifier` does that. */
export interface Inspection {
  readonly bytes: number;
  /** SHA-256 over the record as received: what audit and quarantine call unverified bytes. Hex. */
  readonly recordHash: string;
  readonly form: 'self-contained' | 'by-reference' | null;
  readonly tombstone: boolean;
  /** Whether a receiver would get as far as its policy. */
  readonly wellFormed: boolean;
  /** The verdict that a receiver would come to, where it is not well-formed. */
  readonly problem: InspectedProblem | null;
  readonly parts: readonly InspectedPart[];
  /** The session that was given for a reference; offsets of its fields are its own. */
  readonly givenSession: readonly InspectedField[] | null;
  /** `null` where it is not well-formed, or its session is not known. */
  readonly hashes: InspectedHashes | null;
}

/** Inspects a record. Never throws, whatever the bytes. */
export function inspect(kept: KeptRecord): Inspection {
  const tombstone = kept.value === null;
  const record = kept.value ?? envelopeOf(kept.headers) ?? Buffer.alloc(0);
  const parts = partsOf(record);
  const session = parts.find(({ name }) => name === 'session');
  const byReference = session?.bytes === 16;
  const problem = problemOf(kept, parts);
  const given = byReference ? (kept.session ?? null) : null;
  return {
    bytes: record.length,
    recordHash: recordHash(kept as Received).toString('hex'),
    form: session === undefined ? null : byReference ? 'by-reference' : 'self-contained',
    tombstone,
    wellFormed: problem === null,
    problem,
    parts,
    givenSession: given === null ? null : readFields(given, 'session', 0, given.length).fields,
    hashes: hashesOf(kept),
  };
}

function envelopeOf(headers: readonly HeaderField[]): Buffer | undefined {
  return headers.find(({ name }) => name === tombstoneHeader)?.values[0];
}

/** As many parts as there are whole. */
function partsOf(record: Buffer): readonly InspectedPart[] {
  const parts: InspectedPart[] = [];
  if (!record.subarray(0, prefix.length).equals(prefix)) return parts;
  const reader = new AvroReader(record, 'ERR_FORMAT_ENVELOPE', prefix.length);
  try {
    for (const name of partNames) {
      const { length } = reader.bytes(0, record.length);
      parts.push(partOf(record, name, reader.at - length, length));
    }
  } catch {
    // What is whole is shown; the problem says the rest.
  }
  return parts;
}

function partOf(record: Buffer, name: InspectedPart['name'], offset: number, bytes: number): InspectedPart {
  const view = record.subarray(offset, offset + bytes);
  const isReference = name === 'session' && bytes === 16;
  if (name === 'body' || name === 'mac') return { name, offset, bytes, fields: [], problem: null };
  if (isReference) {
    const field = { name: 'reference', offset, bytes, value: view.toString('hex') };
    return { name, offset, bytes, fields: [field], problem: null };
  }
  const { fields, stoppedAt } = readFields(record, name, offset, offset + bytes);
  const problem = problemIn(() => decoders[name](view), offset, stoppedAt);
  return { name, offset, bytes, fields, problem };
}

const decoders = { session: decodeSession, header: decodeHeader, proof: decodeProof };

function problemIn(read: () => unknown, offset: number, stoppedAt: number | null): InspectedProblem | null {
  try {
    read();
    return null;
  } catch (error) {
    return described(error, offset, stoppedAt);
  }
}

function described(error: unknown, offset: number, stoppedAt: number | null): InspectedProblem {
  const known =
    error instanceof SealwireError
      ? error
      : new FormatError('ERR_FORMAT_UNEXPECTED', 'The record could not be read. Report it with its bytes.');
  const { at } = known.facts;
  return {
    code: known.code,
    message: known.message,
    at: typeof at === 'number' ? offset + at : stoppedAt,
  };
}

/** What a receiver would say, placed in the record. */
function problemOf(kept: KeptRecord, parts: readonly InspectedPart[]): InspectedProblem | null {
  try {
    parse(kept, Infinity);
    return null;
  } catch (error) {
    const found = described(error, 0, null);
    if (found.code === 'ERR_FORMAT_SESSION_REFERENCE') return beyondReference(kept, parts);
    const inPart = parts.find(({ problem }) => problem?.code === found.code)?.problem;
    return inPart ?? { ...found, at: found.at ?? prefixDiffersAt(kept.value) };
  }
}

/** The first byte that no sealed message has there; `null` where the first ten are right. */
function prefixDiffersAt(record: Buffer | null): number | null {
  if (record === null) return null;
  const at = prefix.findIndex((byte, i) => record[i] !== byte);
  return at < 0 ? null : at;
}

/** A reference is no fault of the bytes: the rest is judged as if the session were known. */
function beyondReference(kept: KeptRecord, parts: readonly InspectedPart[]): InspectedProblem | null {
  const inPart = parts.find(({ problem }) => problem !== null)?.problem ?? null;
  if (inPart !== null) return inPart;
  const tombstone = kept.value === null;
  const outer = decodeOuter(kept.value ?? envelopeOf(kept.headers)!);
  return problemIn(() => checkPairing(outer, decodeHeader(outer.header), tombstone), 0, null);
}

function hashesOf(kept: KeptRecord): InspectedHashes | null {
  try {
    const { session, outer, header, proof } = parse(kept, Infinity);
    const hashes = new MessageHashes(nodePrimitives);
    const content = hashes.contentHash(session.hash, outer.header, outer.body, kept.key);
    const message = hashes.messageHash(content, outer.mac);
    const root = rootOfPath(message, proof.leafIndex, proof.treeSize, proof.path, (node) =>
      nodePrimitives.hash(node),
    )!;
    const facts = new EnvelopeFacts(session, header, message);
    return {
      session: session.hash.toString('hex'),
      message: facts.messageHash.toString('hex'),
      root: Buffer.from(root, 'latin1').toString('hex'),
      nonce: facts.nonce.toString('hex'),
    };
  } catch {
    return null;
  }
}
