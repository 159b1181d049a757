// The sender’s signature over one message, apart from the message: for proofs that are shown to people who have no broker.
import type { Directory, HeaderFacts, PublicKey, Session } from '@sealwire/core';
import { FormatError, IntegrityError, KeyError } from '@sealwire/core';
import { rootOfPath, suiteOf, type Primitives } from '@sealwire/crypto';
import { decodeHeader } from './header-codec.js';
import { decodeProof } from './outer-codec.js';
import { requireGood } from './require-good.js';
import { rootMessage } from './root-message.js';
import { decodeSession } from './session-codec.js';
import { parse, type KeptRecord } from './verify-record.js';

/** All that the message hash is made of (SPEC.md §8). Ciphertext, and nothing that opens it. */
export interface MessageParts {
  readonly session: Buffer;
  readonly header: Buffer;
  /** Ciphertext and tag; empty for a tombstone. */
  readonly body: Buffer;
  /** SHA-256 of the record key, 32 bytes; zeros where there is none. */
  readonly keyHash: Buffer;
  /** 32 bytes; empty for a tombstone. */
  readonly mac: Buffer;
  /** The Proof record. */
  readonly proof: Buffer;
}

/** What is needed to check the signature without the message. Shows that a key signed a message hash, and no more. */
export interface MessageSignature {
  readonly suite: number;
  /** 16 bytes. */
  readonly senderKeyId: Buffer;
  /** 32 bytes. */
  readonly contentHash: Buffer;
  readonly mac: Buffer;
  readonly proof: Buffer;
}

/** What a message says of itself, and its signature; nothing is verified yet. */
export interface ReadMessage {
  readonly session: Session;
  readonly header: HeaderFacts;
  readonly signature: MessageSignature;
}

/**
 * Takes a record apart as receivers do.
 * @throws FormatError as a receiver’s verdict (E-25, 1); ERR_FORMAT_SESSION_REFERENCE where its session is not known
 */
export function messageParts(record: KeptRecord, primitives: Primitives): MessageParts {
  const { session, outer } = parse(record, Infinity);
  const { header, body, mac, proof } = outer;
  const keyHash = record.key === null ? Buffer.alloc(32) : Buffer.from(primitives.hash(record.key), 'latin1');
  return { session: session.bytes, header, body, keyHash, mac, proof };
}

/** @throws FormatError ERR_FORMAT_SESSION, ERR_FORMAT_HEADER, ERR_FORMAT_TOMBSTONE, ERR_FORMAT_SUITE */
export function readMessageParts(parts: MessageParts, primitives: Primitives): ReadMessage {
  const session = decodeSession(parts.session);
  const header = decodeHeader(parts.header);
  requireSuite(session.suite);
  if (header.tombstone !== (parts.mac.length === 0) || (header.tombstone && parts.body.length > 0))
    throw new FormatError('ERR_FORMAT_TOMBSTONE', 'Tombstone flag, body and mac do not fit together.');
  const content = Buffer.concat([
    session.hash,
    ...[parts.header, parts.body].flatMap((part) => [u32(part.length), part]),
    parts.keyHash,
  ]);
  const signature = {
    suite: session.suite,
    senderKeyId: session.senderKeyId,
    contentHash: Buffer.from(primitives.hash(content), 'latin1'),
    mac: parts.mac,
    proof: parts.proof,
  };
  return { session, header, signature };
}

/** SHA-256( 00 ‖ content hash ‖ mac ), 32 bytes. */
export function messageHashOf(
  { contentHash, mac }: Pick<MessageSignature, 'contentHash' | 'mac'>,
  primitives: Primitives,
): Buffer {
  return Buffer.from(primitives.hash(Buffer.concat([Buffer.of(0), contentHash, mac])), 'latin1');
}

/**
 * Checks the signature, and the key that made it: a message-signing key of the directory’s that was good at `atMs`.
 * Whose key it must be is for the caller to judge.
 * @param skewMs how far clocks may differ: for keys that had just become valid
 * @returns the key: its owner is who signed
 * @throws FormatError ERR_FORMAT_PROOF, ERR_FORMAT_SUITE; KeyError ERR_KEY_UNKNOWN, ERR_KEY_STATUS; IntegrityError
 *   ERR_INTEGRITY_SIGNATURE; InabilityError ERR_UNABLE_DIRECTORY where the directory cannot be relied on
 */
export function checkMessageSignature(
  signature: MessageSignature,
  atMs: number,
  {
    primitives,
    directory,
    skewMs,
  }: {
    readonly primitives: Primitives;
    readonly directory: Pick<Directory, 'signingKey'>;
    readonly skewMs: number;
  },
): PublicKey {
  const { suite, senderKeyId } = signature;
  requireSuite(suite);
  const { treeSize, leafIndex, path, signature: signed } = decodeProof(signature.proof);
  const key = directory.signingKey(senderKeyId.toString('latin1'));
  if (key === null)
    throw new KeyError('ERR_KEY_UNKNOWN', 'The directory has no message-signing key of this id.');
  requireGood(key, atMs, skewMs);
  const leaf = messageHashOf(signature, primitives).toString('latin1');
  const root = rootOfPath(leaf, leafIndex, treeSize, path, (node) => primitives.hash(node));
  const message = root === null ? null : rootMessage(suite, senderKeyId, treeSize, root);
  if (message === null || primitives.verifyKey(key.publicKey)?.verify(message, signed) !== true)
    throw new IntegrityError(
      'ERR_INTEGRITY_SIGNATURE',
      'The signature does not cover this message: it, its key or its place in the batch was changed.',
    );
  return key;
}

function requireSuite(suite: number): void {
  if (suiteOf(suite) === null)
    throw new FormatError('ERR_FORMAT_SUITE', 'The message uses a suite that this release does not know.');
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
