// Whether the directory is new enough to say that a message is not for this agent, or was sealed to no key of its.
import { KeyError, type InboundDraft, type Session } from '@sealwire/core';
import type { StageParts } from './stages.js';
import { judgeUnknownKey } from './unknown-key.js';

type Parts = Pick<StageParts, 'directory' | 'keyStore'>;

/**
 * Makes the check. It stands behind the signature, so that nobody but a sender can make anybody wait.
 * Whose key it is, and whether it was valid, is the next stage's matter (envelope/SPEC.md E-18, E-43).
 */
export function checkRecipientKey({ directory, keyStore }: Parts): (draft: InboundDraft) => void {
  const idsOf = recipientIds();
  /** @throws InabilityError ERR_UNABLE_DIRECTORY, ERR_UNABLE_KEY_STORE */
  return ({ session, header, received }) => {
    if (header!.tombstone) return;
    const ids = idsOf(session!);
    const isUnknown = (id: string): boolean => directory.sealingKeyById(id, session!.audience) === null;
    const mine = ids.find((id) => keyStore.holds(id));
    // A key that is newer than this directory may be mine.
    if (mine === undefined ? ids.some(isUnknown) : isUnknown(mine)) waitForIt(session!, received);
  };

  function waitForIt({ audience }: Session, received: InboundDraft['received']): void {
    try {
      judgeUnknownKey(directory, audience, received);
    } catch (error) {
      // The directory has been read late enough: the next stage says what is wrong.
      if (!(error instanceof KeyError)) throw error;
    }
  }
}

/** A session names its recipients' keys in bytes, the look-ups want texts: made once a session. */
function recipientIds(): (session: Session) => readonly string[] {
  const ids = new WeakMap<Session, readonly string[]>();
  return (session) => {
    let of = ids.get(session);
    if (of === undefined)
      ids.set(session, (of = session.wraps.map(({ keyId }) => keyId.toString('latin1', 0, 16))));
    return of;
  };
}
