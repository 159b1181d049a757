// The envelope’s inbound stages: parse, binding, signature, unwrap, mac, open.
import { timingSafeEqual } from 'node:crypto';
import type { Directory, InboundDraft, InboundStages, KeyStore, Verified } from '@sealwire/core';
import { FormatError, IntegrityError, judge } from '@sealwire/core';
import { suiteOf, type Primitives } from '@sealwire/crypto';
import { AdditionalData } from './additional-data.js';
import { batchKeys, writePosition, type BatchKeys } from './batch-keys.js';
import { checkBinding } from './check-binding.js';
import { decodeHeader } from './header-codec.js';
import { EnvelopeFacts } from './message-facts.js';
import { MessageHashes } from './message-hashes.js';
import { decodeOuter, decodeProof } from './outer-codec.js';
import { expandPayload } from './payload-compression.js';
import { decodePlaintext } from './plaintext-codec.js';
import { LookUps, type FoundSessions, type References } from './look-ups.js';
import { ReceivedSessions, type ReceivedSession } from './received-sessions.js';
import { boundHeaders, recordOf } from './received-record.js';
import { referenceBytes } from './session-record.js';
import { SignatureCheck } from './signature-check.js';
import { unwrapping } from './unwrapping.js';

export interface OpeningOptions {
  readonly primitives: Primitives;
  readonly directory: Directory;
  readonly keyStore: KeyStore;
  /** How far clocks may differ (E-43). */
  readonly skewMs: number;
  /** Larger records are refused unread (E-8), and payloads that would expand to more (E-45). */
  readonly maxMessageBytes: number;
  /** Where sessions are looked up that messages refer to; without it no message may (E-12). */
  readonly references?: References;
}

/** The stages that the envelope brings to the inbound journey, and how a verified message is made. */
export interface Opening extends Pick<
  InboundStages,
  'parse' | 'binding' | 'signature' | 'unwrap' | 'mac' | 'open'
> {
  /** The last step of `validate`: makes the verified message of an opened one. */
  verified(draft: InboundDraft): Verified;
}

/**
 * Makes the inbound stages of one receiver. What is kept from message to message (sessions, unwrapped keys, verified
 * nodes) is bounded and never changes a verdict. Not to be shared between threads.
 * @param sessions of another receiver of this agent’s, to go on with what it has kept
 */
export function opening(options: OpeningOptions, sessions = new ReceivedSessions()): Opening {
  const { primitives, maxMessageBytes } = options;
  const lookUps = options.references === undefined ? null : new LookUps(options.references);
  const hashes = new MessageHashes(primitives);
  const signatures = new SignatureCheck(primitives);
  const iv = Buffer.alloc(12);
  const expectedMac = Buffer.alloc(32);
  const additional = new AdditionalData();

  function sessionOf(
    draft: InboundDraft,
    field: Buffer,
    found: FoundSessions | null,
  ): ReceivedSession | null {
    if (field.length !== referenceBytes) return sessions.of(field);
    const topic = lookUps?.topicOf(draft.received.source) ?? null;
    if (topic === null) {
      throw new FormatError(
        'ERR_FORMAT_SESSION_REFERENCE',
        'The message refers to a session by its hash, but this channel has no session topic. Its sender must send self-contained messages.',
      );
    }
    draft.byReference = true;
    const known = sessions.referredTo(field);
    if (known !== null) return known;
    if (found === null) {
      lookUps!.want(topic, field);
      return null;
    }
    const bytes = found.of(topic, field);
    const session = bytes === null ? null : sessions.of(bytes);
    if (session?.referred.bytes.equals(field) !== true) {
      throw new FormatError(
        'ERR_FORMAT_SESSION_UNKNOWN',
        'The message refers to a session that the session topic does not have. Its sender did not write it there, or the topic has lost it.',
      );
    }
    return session;
  }

  /** @param found what a look-up brought; before it, a draft whose session must be looked up is left without one */
  function parseOne(draft: InboundDraft, found: FoundSessions | null): void {
    const { record, tombstone } = recordOf(draft.received, maxMessageBytes);
    const outer = decodeOuter(record, sessions.last);
    const session = sessionOf(draft, outer.session, found);
    if (session === null) return;
    draft.session = session;
    if (suiteOf(session.suite) === null) {
      throw new FormatError(
        'ERR_FORMAT_SUITE',
        'The message uses a suite that this release does not know, or that is not allowed here.',
        {
          suite: session.suite,
        },
      );
    }
    const header = decodeHeader(outer.header);
    const proof = decodeProof(outer.proof);
    if (
      header.tombstone !== tombstone ||
      (outer.mac.length === 0) !== tombstone ||
      (tombstone && outer.body.length > 0)
    ) {
      throw new FormatError(
        'ERR_FORMAT_TOMBSTONE',
        'Record value, tombstone flag, body and mac do not fit together.',
      );
    }
    if (!tombstone && outer.mac.length !== 32)
      throw new FormatError('ERR_FORMAT_ENVELOPE', 'The mac has not 32 bytes.');
    draft.headerBytes = outer.header;
    draft.header = header;
    draft.body = outer.body;
    draft.mac = outer.mac;
    draft.treeSize = proof.treeSize;
    draft.leafIndex = proof.leafIndex;
    draft.path = proof.path;
    draft.signature = proof.signature;
  }

  function parse(
    batch: readonly InboundDraft[],
    check: (draft: InboundDraft) => void,
  ): readonly InboundDraft[] {
    try {
      return judge(batch, check);
    } finally {
      sessions.endBatch();
    }
  }

  function signatureOne(draft: InboundDraft): void {
    const session = draft.session as ReceivedSession;
    draft.contentHash = hashes.contentHash(session.hash, draft.headerBytes!, draft.body!, draft.received.key);
    draft.messageHash = hashes.messageHash(draft.contentHash, draft.mac!);
    if (!signatures.holds(draft)) {
      throw new IntegrityError(
        'ERR_INTEGRITY_SIGNATURE',
        'The sender’s signature does not cover this message: it, its key or its place in the batch was changed.',
      );
    }
    if (!session.vouched) sessions.keep(session);
  }

  function macOne(draft: InboundDraft): void {
    if (draft.header!.tombstone) return;
    const session = draft.session as ReceivedSession;
    const { salt } = draft.header!;
    let keys = session.batches.get(salt);
    const known = keys !== null;
    keys ??= batchKeys(primitives, session.dataKey!, salt);
    expectedMac.write(keys.mac.mac(draft.contentHash), 0, 32, 'latin1');
    if (!timingSafeEqual(expectedMac, draft.mac!)) {
      throw new IntegrityError(
        'ERR_INTEGRITY_MAC',
        'The mac does not hold: the message is not committed to the data key that was wrapped for this receiver.',
      );
    }
    if (!known) session.batches.set(salt, keys);
    draft.keys = keys;
  }

  function openOne(draft: InboundDraft): void {
    const header = draft.header!;
    const bound = boundHeaders(draft.received.headers, header.clearNames);
    if (header.tombstone) {
      draft.payload = null;
      draft.headers = bound;
      return;
    }
    const headerBytes = draft.headerBytes!;
    writePosition(iv, header.position);
    const aad = additional.of(draft.session!.hash, headerBytes);
    const plaintext = (draft.keys as BatchKeys).encryption.open(iv, aad, draft.body!);
    if (plaintext === null)
      throw new IntegrityError('ERR_INTEGRITY_SEAL', 'The sealed body does not open under its key.');
    const inside = decodePlaintext(plaintext, header.clearNames);
    const { headers } = inside;
    draft.payload = expandPayload(inside, draft.route?.compression ?? null, maxMessageBytes);
    draft.headers = bound.length === 0 ? headers : [...headers, ...bound];
  }

  return {
    parse(batch) {
      const parsed = parse(draftsOf(batch), (draft) => parseOne(draft, null));
      // One look-up for all of them. Nothing is kept across the wait: other batches may be parsed meanwhile.
      const looking = lookUps?.take() ?? null;
      if (looking === null) return parsed as never;
      return looking.then((found) =>
        parse(parsed, (draft) => {
          if (draft.session === null) parseOne(draft, found);
        }),
      ) as never;
    },
    binding: (batch) => judge(draftsOf(batch), checkBinding) as never,
    signature: (batch) => judge(draftsOf(batch), signatureOne) as never,
    unwrap: unwrapping(options),
    mac: (batch) => judge(draftsOf(batch), macOne) as never,
    open: (batch) => judge(draftsOf(batch), openOne) as never,
    verified: (draft) => ({
      verified: true,
      received: draft.received,
      payload: draft.payload,
      headers: draft.headers,
      facts: new EnvelopeFacts(draft.session!, draft.header!, draft.messageHash),
      recipientKeyId: draft.header!.tombstone ? null : (draft.session as ReceivedSession).recipientKeyId,
      keyRevoked: draft.keyRevoked,
      unverifiable: draft.unverifiable,
    }),
  };
}

/** Every state is this one object (core’s InboundDraft). */
function draftsOf(batch: readonly unknown[]): readonly InboundDraft[] {
  return batch as readonly InboundDraft[];
}
