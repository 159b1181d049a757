// Whose key signed a checkpoint, and whether it was good then (SPEC A-13).
import type { Directory, PublicKey } from '@sealwire/core';
import { IntegrityError, KeyError } from '@sealwire/core';
import type { ParsedNote } from '../chain/parse-note.js';
import { verifiesNote } from '../chain/verify-note.js';

export interface TrailTerms {
  readonly directory: Pick<Directory, 'signingKey'>;
  /** How far clocks may differ: for keys that had just become valid. */
  readonly skewMs: number;
}

const pseudonym = /^p-[0-9a-f]{32}$/;

/**
 * The key that a note names, where it signed the note, is the writer’s and was good.
 * @param writer as events name it; of a pseudonym, whoever the key belongs to
 * @param atMs when the checkpoint was made, as its event says
 * @throws IntegrityError ERR_INTEGRITY_AUDIT; KeyError ERR_KEY_UNKNOWN, ERR_KEY_OWNER, ERR_KEY_STATUS; InabilityError
 *   ERR_UNABLE_DIRECTORY where the directory cannot be relied on
 */
export function checkpointKey(
  note: ParsedNote,
  writer: string,
  atMs: number,
  { directory, skewMs }: TrailTerms,
): PublicKey {
  if (note.agent !== writer) refuse('a checkpoint is of another writer than its events');
  const key = directory.signingKey(Buffer.from(note.keyId, 'hex').toString('latin1'));
  if (key === null)
    throw new KeyError(
      'ERR_KEY_UNKNOWN',
      'The directory has no message-signing key of the id that a checkpoint names.',
    );
  if (key.owner !== writer && !pseudonym.test(writer))
    throw new KeyError('ERR_KEY_OWNER', 'The key of a checkpoint belongs to another agent than its writer.');
  if (atMs >= key.notBeforeMs) requireNotOver(key, atMs);
  else if (atMs + skewMs >= key.notBeforeMs) requireNotOver(key, atMs + skewMs);
  else status();
  if (!verifiesNote(note, key.publicKey)) refuse('the signature of a checkpoint does not hold');
  return key;
}

/** @throws KeyError ERR_KEY_STATUS */
export function requireNotOver({ notAfterMs, distrustFromMs }: PublicKey, atMs: number): void {
  if (atMs >= notAfterMs || (distrustFromMs !== null && atMs >= distrustFromMs)) status();
}

function status(): never {
  throw new KeyError(
    'ERR_KEY_STATUS',
    'The key of a checkpoint was revoked, expired or not yet valid at that time.',
  );
}

/** @throws IntegrityError ERR_INTEGRITY_AUDIT */
export function refuse(why: string): never {
  throw new IntegrityError('ERR_INTEGRITY_AUDIT', `The audit trail does not vouch for this: ${why}.`);
}
