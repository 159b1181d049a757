// Whether a signed note was signed by a key (SPEC §3, A-12).
import { createPublicKey, verify, type KeyObject } from 'node:crypto';
import { noteKeyHash, spkiOf } from './signed-note.js';
import type { SignedText } from './split-note.js';

// Keys of a directory: the same few are asked for all the time.
const keys = new WeakMap<Buffer, KeyObject>();

/**
 * Says nothing of whose key it is, nor of when it was good.
 * @param publicKey uncompressed point, 65 bytes, of a directory that was verified
 */
export function verifiesNote(
  { text, keyHash, signature }: Pick<SignedText, 'text' | 'keyHash' | 'signature'>,
  publicKey: Buffer,
): boolean {
  if (!keyHash.equals(noteKeyHash(publicKey))) return false;
  let key = keys.get(publicKey);
  if (key === undefined) {
    key = createPublicKey({ key: spkiOf(publicKey), format: 'der', type: 'spki' });
    keys.set(publicKey, key);
  }
  return verify('sha256', Buffer.from(text, 'latin1'), key, signature);
}
