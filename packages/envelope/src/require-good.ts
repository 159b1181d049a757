// Whether a signing key was good at a time (SPEC.md E-29).
import type { PublicKey } from '@sealwire/core';
import { KeyError } from '@sealwire/core';

/**
 * @param skewMs how far the clock of a key’s owner may be ahead: for keys that had just become valid
 * @throws KeyError ERR_KEY_STATUS
 */
export function requireGood(key: PublicKey, atMs: number, skewMs: number): void {
  if (isGood(key, atMs) || (atMs < key.notBeforeMs && isGood(key, atMs + skewMs))) return;
  throw new KeyError('ERR_KEY_STATUS', 'The signing key was revoked, expired or not yet valid at that time.');
}

function isGood(key: PublicKey, atMs: number): boolean {
  return (
    atMs >= key.notBeforeMs &&
    atMs < key.notAfterMs &&
    (key.distrustFromMs === null || atMs < key.distrustFromMs)
  );
}
