// Puts a session back into a message that refers to it (SPEC.md E-38).
import { createHash } from 'node:crypto';
import { FormatError } from '@sealwire/core';
import { decodeOuter, headOf } from './outer-codec.js';
import { referenceBytes } from './session-record.js';

/** The reference of a message, or `null` where it is self-contained. @throws FormatError as `decodeOuter` */
export function referenceOf(record: Buffer): Buffer | null {
  const { session } = decodeOuter(record);
  return session.length === referenceBytes ? session : null;
}

/**
 * Makes a message self-contained. Nothing but the form changes: hash, mac and signature are the same, so it verifies as
 * before. A message that is self-contained already is returned as it is.
 * @param record the value of the record, or of a tombstone’s header `sealwire`
 * @param session the session’s bytes: from the session topic, or from `sealwire-session` beside a quarantined record
 * @throws FormatError ERR_FORMAT_NOT_SEALED, ERR_FORMAT_VERSION, ERR_FORMAT_ENVELOPE; ERR_FORMAT_SESSION_UNKNOWN where
 *   it is not the session that the message refers to
 */
export function selfContained(record: Buffer, session: Buffer): Buffer {
  const reference = referenceOf(record);
  if (reference === null) return record;
  if (!createHash('sha256').update(session).digest().subarray(0, referenceBytes).equals(reference)) {
    throw new FormatError(
      'ERR_FORMAT_SESSION_UNKNOWN',
      'This is not the session that the message refers to. Take the record of the session topic whose key begins with the reference.',
      { reference: reference.toString('hex') },
    );
  }
  return Buffer.concat([headOf(session), record.subarray(headOf(reference).length)]);
}
