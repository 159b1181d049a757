// The limit of HKDF-Expand's output.
import { UsageError } from '@sealwire/core';
import { hashBytes } from './lengths.js';

const maxBytes = 255 * hashBytes;

/** @throws UsageError ERR_USAGE_ARGUMENT outside 0…8160 (RFC 5869 §2.3). */
export function requireExpandBytes(bytes: number): void {
  if (Number.isSafeInteger(bytes) && bytes >= 0 && bytes <= maxBytes) return;
  throw new UsageError('ERR_USAGE_ARGUMENT', `Ask HKDF-Expand for 0 to ${String(maxBytes)} bytes.`, {
    bytes,
  });
}
