// The envelope’s outbound stages: bind, seal, mac, sign.
import type {
  Bound,
  Clock,
  Maced,
  OutboundDraft,
  OutboundStages,
  SealedBody,
  ValidatedOutbound,
} from '@sealwire/core';
import { UsageError } from '@sealwire/core';
import { AdditionalData } from './additional-data.js';
import { AvroWriter } from './avro-writer.js';
import { writePosition, type BatchKeys } from './batch-keys.js';
import { largestProofBytes } from './batch-proofs.js';
import { clearHeadersDigest } from './clear-headers.js';
import { writeHeader } from './header-codec.js';
import { MessageHashes } from './message-hashes.js';
import { divideHeaders } from './outgoing-headers.js';
import { compressPayload } from './payload-compression.js';
import { writePlaintext } from './plaintext-codec.js';
import { recordBytes } from './sealed-record.js';
import { SenderSessions, type SenderSessionsOptions } from './sender-sessions.js';
import { signing } from './signing.js';
import { Streams } from './streams.js';

export interface SealingOptions extends SenderSessionsOptions {
  readonly clock: Clock;
  /** A sealed record larger than this is refused, because its receivers would refuse it. Asked for each message. */
  readonly maxMessageBytes: number;
  /** Of the one message that is sealed, where its nonce follows from another’s (sealwire/SPEC.md Q-2). */
  readonly sequence?: number;
}

/**
 * Makes the outbound stages of one producer: one instance, one set of streams and sessions.
 * Guarantees that no nonce is used twice (E-15) and that a batch is signed whole or not at all.
 * Not to be shared between threads.
 * @throws UsageError ERR_USAGE_ARGUMENT for an epoch that is not whole seconds: no receiver could read its sessions
 */
export function sealing(
  options: SealingOptions,
): Pick<OutboundStages, 'bind' | 'seal' | 'mac' | 'sign' | 'signLater'> {
  const { primitives, clock, epochMs } = options;
  if (!Number.isSafeInteger(epochMs / 1000) || epochMs < 1000) {
    throw new UsageError(
      'ERR_USAGE_ARGUMENT',
      'The epoch of a session is whole seconds. Correct session.epoch in sealwire.yaml.',
      { epochMs },
    );
  }
  const sessions = new SenderSessions(options);
  const signed = signing(options);
  const streams = new Streams(options.sequence);
  const hashes = new MessageHashes(primitives);
  const writer = new AvroWriter(4096);
  const iv = Buffer.alloc(12);
  const additional = new AdditionalData();
  /** What is signed next. One object, so that no position is ever counted under another salt than its own (E-15). */
  let current: { readonly salt: Buffer; next: number } | null = null;

  /** @throws UsageError ERR_USAGE_HEADER, ERR_USAGE_TOMBSTONE; KeyError ERR_KEY_MISSING; InabilityError ERR_UNABLE_DIRECTORY */
  function bind(batch: readonly ValidatedOutbound[]): readonly Bound[] {
    const nowMs = clock.nowMs();
    // Batches that are signed together share a salt, and so their keys; positions go on.
    const mine = (current ??= { salt: primitives.randomBytes(12), next: 0 });
    for (const draft of batch as unknown as readonly OutboundDraft[])
      bindOne(draft, mine.next++, mine.salt, nowMs);
    return batch as unknown as readonly Bound[];
  }

  function bindOne(draft: OutboundDraft, position: number, salt: Buffer, nowMs: number): void {
    const { message } = draft;
    const { correlationId, causationId } = message.description;
    const { sealed, bound, carried } = divideHeaders(message.headers, draft.route!.clearHeaders);
    if (message.payload === null) checkTombstone(draft, sealed.length);
    const sender = sessions.of(draft.route!, nowMs);
    const stream = streams.of(message);
    draft.session = message.destination.transport === 'kafka' ? sender.referred : sender.session;
    draft.keys = sender.keys(salt);
    draft.sealedHeaders = sealed;
    draft.clearHeaders = carried.length === 0 ? bound : [...bound, ...carried];
    draft.issuedAtMs = nowMs;
    draft.stream = stream.number;
    // Burned even when a later stage fails: a number is never given twice.
    draft.sequence = stream.next++;
    draft.position = position;
    writeHeader(writer.reset(), {
      partition: message.partition ?? -1,
      issuedAtMs: nowMs,
      stream: draft.stream,
      sequence: draft.sequence,
      salt,
      position,
      correlationId: correlationId ?? null,
      causationId: causationId ?? null,
      clearNames: bound.length === 0 ? null : bound.map(({ name }) => name),
      clearDigest: bound.length === 0 ? null : clearHeadersDigest(bound),
      tombstone: message.payload === null,
    });
    draft.header = writer.copy();
  }

  function seal(batch: readonly Bound[]): readonly SealedBody[] {
    for (const draft of batch as unknown as readonly OutboundDraft[]) {
      const { payload } = draft.message;
      const header = draft.header!;
      // A tombstone has no body.
      if (payload === null) continue;
      const compression = draft.route!.compression ?? null;
      if (compression === null) writePlaintext(writer.reset(), 0, payload, draft.sealedHeaders);
      else {
        const { encoding, bytes } = compressPayload(compression, payload, options.maxMessageBytes);
        writePlaintext(writer.reset(), encoding, bytes, draft.sealedHeaders);
      }
      writePosition(iv, draft.position);
      const aad = additional.of(draft.session!.hash, header);
      (draft.keys as BatchKeys).encryption.sealInto(draft, iv, aad, writer.view());
    }
    return batch as unknown as readonly SealedBody[];
  }

  /** @throws UsageError ERR_USAGE_SIZE: whether a message is too large does not depend on the batch it is in */
  function mac(batch: readonly SealedBody[]): readonly Maced[] {
    for (const draft of batch as unknown as readonly OutboundDraft[]) {
      const contentHash = hashes.contentHash(
        draft.session!.hash,
        draft.header!,
        draft.ciphertext,
        draft.message.key,
        draft.tag,
      );
      draft.mac = draft.message.payload === null ? '' : (draft.keys as BatchKeys).mac.mac(contentHash);
      draft.messageHash = hashes.messageHash(contentHash, draft.mac);
      checkSize(recordBytes(draft, largestProofBytes));
    }
    return batch as unknown as readonly Maced[];
  }

  /** From here on positions start anew, under another salt (E-15). */
  function endBatch(): void {
    current = null;
  }

  function checkSize(bytes: number): void {
    const { maxMessageBytes } = options;
    if (bytes > maxMessageBytes) {
      throw new UsageError(
        'ERR_USAGE_SIZE',
        `A sealed message of up to ${bytes} bytes is larger than limits.max_message (${maxMessageBytes}). Raise it on both ends and on the broker, or send less.`,
        { bytes, maxMessageBytes },
      );
    }
  }

  return {
    bind,
    seal,
    mac,
    sign(batch) {
      endBatch();
      return signed.sign(batch);
    },
    signLater(batch) {
      endBatch();
      return signed.signLater(batch);
    },
  };
}

function checkTombstone({ message }: OutboundDraft, sealedHeaders: number): void {
  if (message.destination.transport !== 'kafka') {
    throw new UsageError(
      'ERR_USAGE_TOMBSTONE',
      'Only Kafka has tombstones. Send an empty Buffer for a message without content.',
    );
  }
  if (sealedHeaders > 0) {
    throw new UsageError(
      'ERR_USAGE_TOMBSTONE',
      'A tombstone has no body to seal headers in. Leave them out, or list them under the channel’s clear_headers.',
    );
  }
}
