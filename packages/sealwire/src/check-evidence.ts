// Whether evidence says what it must of a quarantined message (SPEC.md ).
import { isRedrivable, PolicyError, recordHash, type Received } from '@sealwire/core';
import { decodeEvidence, rejectionMessage, type Rejection } from '@sealwire/envelope';
import { isGood } from './check-sender.js';
import type { StageParts } from './stages.js';

/** What it is held against. */
export interface EvidenceContext {
  readonly original: Pick<Received, 'key' | 'value'>;
  /** Of the original. */
  readonly audience: readonly string[];
  /** When it is re-driven. */
  readonly atMs: number;
}

/** What became of it before: the time as of which it was judged. */
export const judgedAtOf = ({ appendedAtMs, receivedAtMs }: Rejection): number => appendedAtMs ?? receivedAtMs;

/** @throws PolicyError ERR_POLICY_REDRIVE; InabilityError ERR_UNABLE_DIRECTORY */
export function checkEvidence(
  { directory, primitives, skewMs, redrive }: StageParts,
  evidence: Buffer,
  { original, audience, atMs }: EvidenceContext,
): Rejection {
  const { rejection, bytes, signature } = readEvidence(evidence);
  const { realm, rejectedBy, keyId, code } = rejection;
  const judgedAtMs = judgedAtOf(rejection);
  if (!realm.equals(directory.realm)) throw refused('it is of another realm');
  if (!isRedrivable(code)) throw refused(`what was rejected for ${code} is not re-driven`);
  const key = directory.signingKey(keyId.toString('latin1'));
  if (key?.owner !== rejectedBy || !isGood(key, judgedAtMs))
    throw refused('it is not signed by a key that its agent had at that time');
  if (primitives.verifyKey(key.publicKey)?.verify(rejectionMessage(bytes), signature) !== true)
    throw refused('its signature does not verify');
  if (!audience.some((name) => name === rejectedBy || directory.isMember(rejectedBy, name)))
    throw refused('who rejected the message is none of those whom it is for');
  if (!recordHash(original as Received).equals(rejection.recordHash))
    throw refused('it is of another record');
  if (judgedAtMs > atMs + skewMs) throw refused('the rejection lies in the future');
  if (atMs - judgedAtMs > (redrive?.maxAgeMs ?? 0))
    throw refused('the rejection is older than quarantine.redrive_max_age allows');
  return rejection;
}

function readEvidence(evidence: Buffer): ReturnType<typeof decodeEvidence> {
  try {
    return decodeEvidence(evidence);
  } catch {
    throw refused('it is malformed');
  }
}

function refused(why: string): PolicyError {
  return new PolicyError('ERR_POLICY_REDRIVE', `The evidence of the rejection does not hold: ${why}.`);
}
