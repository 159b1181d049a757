// Runs one stage’s check over a batch: what it refuses is rejected, the rest goes on.
import { createHash } from 'node:crypto';
import { FormatError, InabilityError, SealwireError } from './errors.js';
import type { OnTrial, Parsed } from './inbound-states.js';
import type { Claims, Rejected } from './rejection.js';
import type { Received } from './message.js';

/**
 * Calls `check` for each record. A thrown SealwireError is the verdict on that record; InabilityError is passed on.
 * Any other error is a bug that some record has found: it is a verdict on that record too, because passing it on
 * would let one message stall a partition for ever.
 * @returns the records that passed; the same array when all did.
 */
export function judge<From extends OnTrial, To extends From>(
  batch: readonly From[],
  check: (record: From) => void,
): readonly To[] {
  let passed: From[] | null = null;
  for (let i = 0; i < batch.length; i++) {
    const record = batch[i]!;
    try {
      check(record);
      if (passed !== null) passed.push(record);
    } catch (error) {
      record.rejected = verdict(record, error);
      passed ??= batch.slice(0, i);
    }
  }
  return (passed ?? batch) as unknown as readonly To[];
}

/** Makes the rejection that an error stands for. @throws the error itself when it is an InabilityError. */
export function verdict(record: OnTrial, error: unknown): Rejected {
  if (error instanceof InabilityError) throw error;
  const known =
    error instanceof SealwireError
      ? error
      : new FormatError(
          'ERR_FORMAT_UNEXPECTED',
          'The record could not be processed. Report it with its quarantined bytes.',
        );
  return {
    verified: false,
    received: record.received,
    code: known.code,
    reason: known.message,
    recordHash: recordHash(record.received),
    claims: claimsOf(record),
    session: referredSession(record),
  };
}

/** SHA-256 over key and value as received, each behind its length (u32, big-endian; absent: 0xffffffff). */
export function recordHash(received: Received): Buffer {
  const hash = createHash('sha256');
  for (const part of [received.key, received.value]) {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(part === null ? 0xffffffff : part.length);
    hash.update(length);
    if (part !== null) hash.update(part);
  }
  return hash.digest();
}

/** Only where it came by reference: a self-contained record has its session inside. */
function referredSession(record: OnTrial): Buffer | null {
  const { byReference, session } = record as Partial<Parsed>;
  return byReference === true ? (session?.bytes ?? null) : null;
}

function claimsOf(record: OnTrial): Claims | null {
  const session = (record as Partial<Parsed>).session ?? null;
  return session === null
    ? null
    : {
        sender: session.sender,
        recipients: session.audience,
        type: session.type,
        keyId: session.senderKeyId.toString('hex'),
      };
}
