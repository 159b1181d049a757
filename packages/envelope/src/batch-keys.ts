// The two keys of one batch, derived from the session’s data key and the batch’s salt (SPEC.md §7).
import type { AeadKey, MacKey, Primitives } from '@sealwire/crypto';

export interface BatchKeys {
  readonly encryption: AeadKey;
  readonly mac: MacKey;
}

const label = Buffer.from('sealwire/v1/batch', 'ascii');

/** @param salt 12 bytes */
export function batchKeys(primitives: Primitives, dataKey: Buffer, salt: Buffer): BatchKeys {
  const both = primitives.expand(dataKey, Buffer.concat([label, salt]), 64);
  return { encryption: primitives.aeadKey(both.subarray(0, 32)), mac: primitives.macKey(both.subarray(32)) };
}
