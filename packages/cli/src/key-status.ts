// What a key's times say of it.
import type { PublicKey } from '@sealwire/core';
import { isUsable } from '@sealwire/identity';

export type KeyStatus = 'valid' | 'not yet valid' | 'expired' | 'revoked';

export function statusOf(key: PublicKey, nowMs: number): KeyStatus {
  if (isUsable(key, nowMs)) return 'valid';
  if (key.distrustFromMs !== null && nowMs >= key.distrustFromMs) return 'revoked';
  return nowMs < key.notBeforeMs ? 'not yet valid' : 'expired';
}
