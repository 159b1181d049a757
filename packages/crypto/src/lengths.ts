// Sizes in bytes that suite 0x0001 fixes, and the check of them.
import { UsageError } from '@sealwire/core';

export const ivBytes = 12;
export const tagBytes = 16;
export const keyBytes = 32;
export const hashBytes = 32;
export const signatureBytes = 64;
export const publicKeyBytes = 65;
export const privateKeyBytes = 32;
/** The x coordinate of a shared point. */
export const agreedBytes = 32;

/** @throws UsageError ERR_USAGE_ARGUMENT where `data` does not have exactly `bytes` bytes (or, for latin1, characters). */
export function requireLength(name: string, data: { readonly length: number }, bytes: number): void {
  if (data.length === bytes) return;
  throw new UsageError('ERR_USAGE_ARGUMENT', `Give ${name} as exactly ${String(bytes)} bytes.`, {
    argument: name,
    bytes: data.length,
  });
}
