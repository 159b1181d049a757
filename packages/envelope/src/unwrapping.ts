// Gets the data key of each new session: the only inbound step that may have to wait (E-18, E-19).
import type { InboundDraft, KeyStore, NotReplayed, Unwrapped, Wrap } from '@sealwire/core';
import { InabilityError, judge, KeyError } from '@sealwire/core';
import type { ReceivedSession } from './received-sessions.js';
import { wrapInfo } from './wrap-info.js';

/**
 * Makes the unwrap stage. It answers synchronously when every data key is known or the key store is synchronous.
 * Whether the key is still held is checked for every message, whatever is kept.
 */
export function unwrapping({ keyStore }: { readonly keyStore: KeyStore }) {
  return (batch: readonly NotReplayed[]): readonly Unwrapped[] | Promise<readonly Unwrapped[]> => {
    const drafts = batch as unknown as readonly InboundDraft[];
    const failures = new Map<ReceivedSession, unknown>();
    const waiting: Promise<void>[] = [];
    const asked = new Set<ReceivedSession>();
    for (const { session, header } of drafts) {
      const received = session as ReceivedSession;
      if (header!.tombstone || received.dataKey !== null || asked.has(received)) continue;
      asked.add(received);
      const pending = unwrapSession(keyStore, received, failures);
      if (pending !== null) waiting.push(pending);
    }
    const finish = (): readonly Unwrapped[] =>
      judge(drafts, (draft) => checkKey(keyStore, draft, failures)) as never;
    return waiting.length === 0 ? finish() : Promise.all(waiting).then(finish);
  };
}

function unwrapSession(
  keyStore: KeyStore,
  session: ReceivedSession,
  failures: Map<ReceivedSession, unknown>,
): Promise<void> | null {
  const wrap = wrapForMe(keyStore, session);
  if (wrap === null) return null;
  const accept = (dataKey: Buffer): void => {
    if (dataKey.length !== 32)
      failures.set(session, new KeyError('ERR_KEY_WRAP', 'The wrapped data key has not 32 bytes.'));
    else {
      session.dataKey = dataKey;
      session.unwrappedWith = wrap.keyId.toString('latin1', 0, 16);
    }
  };
  const refuse = (error: unknown): void => void failures.set(session, error);
  try {
    const { encapsulated, wrapped, keyId } = wrap;
    const dataKey = keyStore.unwrap(
      keyId.toString('latin1', 0, 16),
      encapsulated,
      wrapped,
      wrapInfo(keyId, session.wrapContext),
    );
    if (Buffer.isBuffer(dataKey)) accept(dataKey);
    else return dataKey.then(accept, refuse);
  } catch (error) {
    refuse(error);
  }
  return null;
}

function wrapForMe(keyStore: KeyStore, session: ReceivedSession): Wrap | null {
  return session.wraps.find(({ keyId }) => keyStore.holds(keyId.toString('latin1', 0, 16))) ?? null;
}

function checkKey(keyStore: KeyStore, draft: InboundDraft, failures: Map<ReceivedSession, unknown>): void {
  if (draft.header!.tombstone) return;
  const session = draft.session as ReceivedSession;
  const failure = failures.get(session);
  if (failure instanceof InabilityError || failure instanceof KeyError) throw failure;
  if (failure !== undefined) {
    throw new InabilityError(
      'ERR_UNABLE_KEY_STORE',
      'The key store did not answer as it should. See its own log; messages wait until it does.',
    );
  }
  if (session.dataKey === null || !keyStore.holds(session.unwrappedWith)) {
    throw new KeyError(
      'ERR_KEY_NOT_FOR_ME',
      'No data key is wrapped for a key that this agent holds: it is not in the audience, or its key was destroyed.',
    );
  }
}
