// Whether the sender is known and allowed (envelope/SPEC.md E-29): asked for every message, whatever is kept elsewhere.
import type { InboundDraft, PublicKey, Session } from '@sealwire/core';
import { KeyError, PolicyError, redriveType } from '@sealwire/core';
import type { StageParts } from './stages.js';
import { judgeUnknownKey } from './unknown-key.js';

/** Whether a key may be believed at a time. */
export function isGood(key: PublicKey, atMs: number): boolean {
  return (
    atMs >= key.notBeforeMs &&
    atMs < key.notAfterMs &&
    (key.distrustFromMs === null || atMs < key.distrustFromMs)
  );
}

/** Makes the check. */
export function checkSender({ directory, routes, skewMs }: StageParts): (draft: InboundDraft) => void {
  const idOf = keyIds();
  /** @throws KeyError ERR_KEY_UNKNOWN, ERR_KEY_OWNER, ERR_KEY_STATUS; PolicyError ERR_POLICY_SENDER, ERR_POLICY_REDRIVE; InabilityError ERR_UNABLE_DIRECTORY */
  return (draft) => {
    const session = draft.session!;
    const { sender } = session;
    const key = directory.signingKey(idOf(session));
    if (key === null) return judgeUnknownKey(directory, [sender], draft.received);
    if (key.owner !== sender) {
      throw new KeyError(
        'ERR_KEY_OWNER',
        'The signing key belongs to another agent than the one that the message names.',
      );
    }
    const { appendedAtMs, receivedAtMs } = draft.received;
    const atMs = appendedAtMs ?? receivedAtMs;
    // A key that becomes valid now may have signed by a clock that is ahead within the skew.
    if (!isGood(key, atMs) && !(atMs < key.notBeforeMs && isGood(key, atMs + skewMs))) {
      throw new KeyError(
        'ERR_KEY_STATUS',
        'The signing key was revoked, has expired or is not yet valid at the time of this message.',
      );
    }
    if (!routes.senderAllowed(draft.route!, sender)) {
      if (session.type === redriveType) throw mayNotRedrive();
      throw new PolicyError(
        'ERR_POLICY_SENDER',
        'The policy does not allow this sender to send this type on this channel.',
      );
    }
    draft.senderPublicKey = key.publicKey;
    // Good at its time, or it would have been refused above: marked, so that it can be told apart.
    draft.keyRevoked = key.distrustFromMs !== null;
  };
}

function mayNotRedrive(): PolicyError {
  return new PolicyError(
    'ERR_POLICY_REDRIVE',
    'The policy does not let this agent re-drive messages (quarantine.redrive_by).',
  );
}

/** A session names its key in bytes, the directory wants a text: made once a session. */
function keyIds(): (session: Session) => string {
  const ids = new WeakMap<Session, string>();
  return (session) => {
    let id = ids.get(session);
    if (id === undefined) ids.set(session, (id = session.senderKeyId.toString('latin1')));
    return id;
  };
}
