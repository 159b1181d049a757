// When a listed key may be used.
import type { PublicKey } from '@sealwire/core';

/** Valid from `notBefore`, no longer at `notAfter`, and not distrusted yet. */
export function isUsable(key: PublicKey, atMs: number): boolean {
  return (
    key.notBeforeMs <= atMs &&
    atMs < key.notAfterMs &&
    (key.distrustFromMs === null || atMs < key.distrustFromMs)
  );
}
