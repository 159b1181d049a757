// How many of some keys signed a line.
import type { Primitives } from '@sealwire/crypto';
import { directoryKeyId } from './root-document.js';
import { signedBytes, type SignedLine } from './signed-line.js';

/** Distinct keys are counted, not signatures. Signatures of other keys are looked at no further. */
export function countSignatures(
  { kind, hash, signatures }: SignedLine,
  keys: readonly Buffer[],
  primitives: Primitives,
): number {
  const message = signedBytes(kind, hash);
  const signed = new Set<string>();
  for (const key of keys) {
    const id = directoryKeyId(key);
    const signature = signatures.find((entry) => entry.keyId === id)?.signature;
    if (signature !== undefined && primitives.verifyKey(key)?.verify(message, signature) === true)
      signed.add(id);
  }
  return signed.size;
}
