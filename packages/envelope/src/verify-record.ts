// What a third party can check of a record: who sent it, to whom, and that nothing was changed; no private key, no local policy (SPEC.md E-42).
import type { Directory, HeaderField, PublicKey, Received } from '@sealwire/core';
import {
  FormatError,
  InabilityError,
  IntegrityError,
  KeyError,
  PolicyError,
  SealwireError,
} from '@sealwire/core';
import type { Code, HeaderFacts, MessageFacts, Session } from '@sealwire/core';
import { rootOfPath, suiteOf, type Primitives } from '@sealwire/crypto';
import { GenerationCache } from './generation-cache.js';
import { decodeHeader } from './header-codec.js';
import { EnvelopeFacts } from './message-facts.js';
import { MessageHashes } from './message-hashes.js';
import { decodeOuter, decodeProof, type Outer, type Proof } from './outer-codec.js';
import { recordOf } from './received-record.js';
import { requireGood } from './require-good.js';
import { rootMessage } from './root-message.js';
import { decodeSession } from './session-codec.js';

/** A record, wherever it was kept. */
export interface KeptRecord {
  /** `null` for a tombstone. */
  readonly value: Buffer | null;
  /** The record key, which the signature covers. */
  readonly key: Buffer | null;
  /** Only a tombstone’s `sealwire` is read. */
  readonly headers: readonly HeaderField[];
  /** The session that it refers to, where it is known and not inside. */
  readonly session?: Buffer | null;
}

/** What was checked, and what came of it. */
export type Verification =
  | {
      readonly verified: true;
      readonly facts: MessageFacts;
      /** The key is revoked, but was not yet at the time asked for. */
      readonly keyRevoked: boolean;
    }
  | { readonly verified: false; readonly code: Code; readonly reason: string };

export interface VerifierOptions {
  readonly primitives: Primitives;
  readonly directory: Pick<Directory, 'realm' | 'signingKey'>;
  /** How far clocks may differ: for keys that became valid when the message was sent. */
  readonly skewMs: number;
  /** Larger records are refused unread (E-8). */
  readonly maxMessageBytes?: number;
}

/**
 * Makes a verifier. `atMs` is when the broker appended the record, or the time to judge the key’s status at.
 * A message that verifies was sealed by its sender and not changed; nobody has opened it, and whether it was permitted
 * or fresh where it was read is not looked at.
 * @throws InabilityError ERR_UNABLE_DIRECTORY where the directory cannot be relied on: not a verdict
 */
export function recordVerifier(options: VerifierOptions): (record: KeptRecord, atMs: number) => Verification {
  const { primitives, directory, skewMs, maxMessageBytes = Infinity } = options;
  const hashes = new MessageHashes(primitives);
  /** Signed roots, so that a batch costs one verification; successes only. */
  const verified = new GenerationCache<string, string>(1024);

  function isSigned(
    { suite, senderKeyId }: Session,
    { publicKey }: PublicKey,
    proof: Proof,
    root: string,
  ): boolean {
    const name = `${senderKeyId.toString('latin1')}${proof.treeSize}/${proof.signature.toString('latin1')}`;
    if (verified.get(name) === root) return true;
    const message = rootMessage(suite, senderKeyId, proof.treeSize, root);
    if (primitives.verifyKey(publicKey)?.verify(message, proof.signature) !== true) return false;
    verified.set(name, root);
    return true;
  }

  function check(record: KeptRecord, atMs: number): Verification {
    const { session, outer, header, proof } = parse(record, maxMessageBytes);
    if (!session.realm.equals(directory.realm))
      throw new PolicyError('ERR_POLICY_REALM', 'The message is of another realm than the directory.');
    const key = directory.signingKey(session.senderKeyId.toString('latin1'));
    if (key === null)
      throw new KeyError('ERR_KEY_UNKNOWN', 'The directory has no message-signing key of this id.');
    if (key.owner !== session.sender)
      throw new KeyError('ERR_KEY_OWNER', 'The signing key belongs to another agent than the message names.');
    requireGood(key, atMs, skewMs);
    const contentHash = hashes.contentHash(session.hash, outer.header, outer.body, record.key);
    const messageHash = hashes.messageHash(contentHash, outer.mac);
    const root = rootOfPath(messageHash, proof.leafIndex, proof.treeSize, proof.path, (node) =>
      primitives.hash(node),
    );
    if (root === null || !isSigned(session, key, proof, root)) {
      throw new IntegrityError(
        'ERR_INTEGRITY_SIGNATURE',
        'The signature does not cover this message: it, its key or its place in the batch was changed.',
      );
    }
    const facts = new EnvelopeFacts(session, header, messageHash);
    return { verified: true, facts, keyRevoked: key.distrustFromMs !== null };
  }

  return (record, atMs) => {
    try {
      return check(record, atMs);
    } catch (error) {
      if (error instanceof InabilityError || !(error instanceof SealwireError)) throw error;
      return { verified: false, code: error.code, reason: error.message };
    }
  };
}

interface ParsedRecord {
  readonly session: Session;
  readonly outer: Outer;
  readonly header: HeaderFacts;
  readonly proof: Proof;
}

/** Reads a record as receivers do (E-25, 1). @throws FormatError */
export function parse(kept: KeptRecord, maxBytes: number): ParsedRecord {
  const { record, tombstone } = recordOf(kept as Received, maxBytes);
  const outer = decodeOuter(record);
  const session = decodeSession(sessionBytes(outer, kept.session ?? null));
  if (suiteOf(session.suite) === null)
    throw new FormatError('ERR_FORMAT_SUITE', 'The message uses a suite that this release does not know.');
  const header = decodeHeader(outer.header);
  const proof = decodeProof(outer.proof);
  checkPairing(outer, header, tombstone);
  return { session, outer, header, proof };
}

/** @throws FormatError ERR_FORMAT_TOMBSTONE (E-30), ERR_FORMAT_ENVELOPE (E-9) */
export function checkPairing(outer: Outer, header: HeaderFacts, tombstone: boolean): void {
  const paired = header.tombstone === tombstone && (outer.mac.length === 0) === tombstone;
  if (!paired || (tombstone && outer.body.length > 0)) {
    throw new FormatError(
      'ERR_FORMAT_TOMBSTONE',
      'Record value, tombstone flag, body and mac do not fit together.',
    );
  }
  if (!tombstone && outer.mac.length !== 32)
    throw new FormatError('ERR_FORMAT_ENVELOPE', 'The mac has not 32 bytes.');
}

function sessionBytes({ session }: Outer, known: Buffer | null): Buffer {
  if (session.length !== 16) return session;
  if (known !== null && decodeSession(known).hash.subarray(0, 16).equals(session)) return known;
  throw new FormatError(
    known === null ? 'ERR_FORMAT_SESSION_REFERENCE' : 'ERR_FORMAT_SESSION_UNKNOWN',
    'The message refers to a session that is not inside. Give its session: it lies in the session topic, and beside quarantined records.',
  );
}
