// Whether a notice is believed: it was written by whoever may put anything there.
import type { Directory, PublicKey } from '@sealwire/core';
import { verifiesNote } from '../chain/verify-note.js';
import type { ParsedNotice } from './notice.js';

export interface NoticeTrust {
  /** Where notices are read: what one tells that was made for another place does not stand here. */
  readonly place: string;
  readonly directory: Pick<Directory, 'signingKey'>;
  /** What stands for an agent’s name in this trail: a pseudonym, or the name. */
  readonly nameOf: (agent: string) => string;
}

/** How long a checkpoint is named; a chain that is alive has one an hour. */
export const namedForMs = 90 * 60_000;
/** How far the writer’s clock may be ahead of the reader’s. */
const aheadMs = 30 * 60_000;
/** How far clocks may differ where a key begins or ends. */
const skewMs = 30_000;

/** Whether it is neither so old that it must not be named, nor from a clock that is wrong. */
export const isOfNow = (timeMs: number, nowMs: number): boolean =>
  timeMs >= nowMs - namedForMs && timeMs <= nowMs + aheadMs;

/** Costs one verification of a signature, at most. Says nothing of whether what it tells is true. */
export function isTrusted(
  notice: ParsedNotice,
  { place, directory, nameOf }: NoticeTrust,
  nowMs: number,
): boolean {
  const { keyId, agent, timeMs } = notice;
  if (notice.place !== place || !isOfNow(timeMs, nowMs)) return false;
  const key = keyOf(directory, keyId);
  if (key === null || nameOf(key.owner) !== agent) return false;
  if (timeMs + skewMs < key.notBeforeMs || timeMs - skewMs >= key.notAfterMs) return false;
  // Whoever stole it can choose the time.
  if (key.distrustFromMs !== null && nowMs >= key.distrustFromMs) return false;
  return verifiesNote(notice, key.publicKey);
}

function keyOf(directory: NoticeTrust['directory'], keyId: string): PublicKey | null {
  try {
    return directory.signingKey(Buffer.from(keyId, 'hex').toString('latin1'));
  } catch {
    // The part of the directory that it is from has expired.
    return null;
  }
}
