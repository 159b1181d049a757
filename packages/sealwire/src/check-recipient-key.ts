// Whether a message was sealed to a key at its time (identity/SPEC.md D-34), and whether the directory is new enough to say.
import { KeyError, type InboundDraft, type Session } from '@sealwire/core';
import type { StageParts } from './stages.js';
import { judgeUnknownKey } from './unknown-key.js';

type Parts = Pick<StageParts, 'directory' | 'keyStore' | 'skewMs'>;

/**
 * Makes the check. It stands behind the signature, so that nobody but a sender can make anybody wait.
 * Whether the data key opens is the next stage's matter.
 */
export function checkRecipientKey({ directory, keyStore, skewMs }: Parts): (draft: InboundDraft) => void {
  const idsOf = recipientIds();
  /** @throws KeyError ERR_KEY_STATUS; InabilityError ERR_UNABLE_DIRECTORY, ERR_UNABLE_KEY_STORE */
  return ({ session, header, received }) => {
    if (directory.sealingKeyById === undefined || header!.tombstone) return;
    const ids = idsOf(session!);
    const mine = ids.find((id) => keyStore.holds(id));
    if (mine === undefined) {
      // A key that is newer than this directory may be mine.
      if (ids.some((id) => directory.sealingKeyById!(id) === null)) judgeUnknownRecipient(session!, received);
      return;
    }
    const key = directory.sealingKeyById(mine);
    const { issuedAtMs } = header!;
    if (key !== null && (issuedAtMs < key.notBeforeMs - skewMs || issuedAtMs >= key.notAfterMs + skewMs))
      throw new KeyError(
        'ERR_KEY_STATUS',
        'The message was sealed to a key that was not valid when it was issued.',
      );
  };

  function judgeUnknownRecipient({ sender }: Session, received: InboundDraft['received']): void {
    try {
      judgeUnknownKey(directory, sender, received);
    } catch (error) {
      // The directory has been read late enough: that no key of mine is among them is said in the next stage.
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
