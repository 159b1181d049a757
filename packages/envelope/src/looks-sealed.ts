// Whether a record is a sealed message, or was one in part: such a record is judged as one, and never passes for plaintext.
import type { Received } from '@sealwire/core';
import { prefix } from './outer-codec.js';
import { tombstoneHeader } from './sealed-record.js';

/** C3 01: the marker of Avro’s single-object encoding, with which every sealed message of every version begins. */
const marker = prefix.subarray(0, 2);
/** The fingerprint behind it. */
const fingerprint = prefix.subarray(2);
/** Names that only Sealwire gives: a tombstone’s envelope, and what it notes beside a quarantined record. */
const ownHeader = /^(original-)*sealwire(-|$)/i;
const ownContentType = /^\s*application\/vnd\.sealwire/i;

/** What it is seen by. */
export type SeenRecord = Pick<Received, 'value' | 'headers' | 'contentType'>;

/**
 * By its first bytes, its content type, a header of ours, or, where all of these were taken away, by what stands inside
 * of every sealed message: the fingerprint anywhere, or the realm, which each session names. One by reference whose
 * beginning was cut off has neither, and is noise like any other.
 * @param realm 16 bytes
 */
export function looksSealed({ value, headers, contentType }: SeenRecord, realm: Buffer): boolean {
  if (typeof contentType === 'string' && ownContentType.test(contentType)) return true;
  if (headers.some(({ name }) => name === tombstoneHeader || ownHeader.test(name))) return true;
  if (value === null || value.length === 0) return false;
  return (
    value.subarray(0, marker.length).equals(marker) || value.includes(fingerprint) || value.includes(realm)
  );
}
