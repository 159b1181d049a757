// Gets the data key of each new session: the only inbound step that may have to wait (E-18, E-19, E-43).
import type {
  Directory,
  InboundDraft,
  KeyStore,
  NotReplayed,
  PublicKey,
  Unwrapped,
  Wrap,
} from '@sealwire/core';
import { InabilityError, judge, KeyError } from '@sealwire/core';
import type { ReceivedSession } from './received-sessions.js';
import { wrapInfo } from './wrap-info.js';

export interface UnwrappingOptions {
  readonly directory: Pick<Directory, 'sealingKeyById'>;
  readonly keyStore: KeyStore;
  readonly skewMs: number;
}

/**
 * Makes the unwrap stage. It answers synchronously when every data key is known or the key store is synchronous.
 * Whether the key is still held, and was valid when the message was issued, is checked for every message, whatever is kept.
 */
export function unwrapping({ directory, keyStore, skewMs }: UnwrappingOptions) {
  return (batch: readonly NotReplayed[]): readonly Unwrapped[] | Promise<readonly Unwrapped[]> => {
    const drafts = batch as unknown as readonly InboundDraft[];
    const failures = new Map<ReceivedSession, unknown>();
    const waiting: Promise<void>[] = [];
    const asked = new Set<ReceivedSession>();
    let last: ReceivedSession | null = null;
    for (const { session, header } of drafts) {
      const received = session as ReceivedSession;
      if (header!.tombstone || received === last || asked.has(received)) continue;
      last = received;
      asked.add(received);
      const pending = unwrapSession(keyStore, received, failures);
      if (pending !== null) waiting.push(pending);
    }
    const finish = (): readonly Unwrapped[] => {
      // Neighbours mostly share a session: its key is looked up once for all of them, and never kept beyond the batch.
      let last: ReceivedSession | null = null;
      let key: PublicKey | null = null;
      return judge(drafts, (draft) => {
        if (draft.header!.tombstone) return;
        const session = draft.session as ReceivedSession;
        checkHeld(keyStore, session);
        if (session !== last) key = directory.sealingKeyById(session.unwrappedWith, session.audience);
        last = session;
        checkStatus(key, draft.header!.issuedAtMs, skewMs);
        checkOpened(session, failures.get(session));
      }) as never;
    };
    return waiting.length === 0 ? finish() : Promise.all(waiting).then(finish);
  };
}

function unwrapSession(
  keyStore: KeyStore,
  session: ReceivedSession,
  failures: Map<ReceivedSession, unknown>,
): Promise<void> | null {
  const wrap = wrapForMe(keyStore, session);
  const keyId16 = wrap?.keyId.toString('latin1', 0, 16) ?? '';
  if (keyId16 !== session.unwrappedWith) {
    // Keys come and go: what was unwrapped with another one counts for nothing now, as it would for a fresh receiver.
    session.dataKey = null;
    session.unwrappedWith = keyId16;
    session.recipientKeyId = wrap === null ? null : wrap.keyId.toString('hex', 0, 16);
    session.batches = session.batches.under(keyId16);
  }
  if (wrap === null || session.dataKey !== null) return null;
  const accept = (dataKey: Buffer): void => {
    // The keys may have changed while the store was asked.
    if (session.unwrappedWith !== keyId16) return;
    if (dataKey.length !== 32)
      failures.set(session, new KeyError('ERR_KEY_WRAP', 'The wrapped data key has not 32 bytes.'));
    else session.dataKey = dataKey;
  };
  const refuse = (error: unknown): void => void failures.set(session, error);
  try {
    const { encapsulated, wrapped, keyId } = wrap;
    const dataKey = keyStore.unwrap(keyId16, encapsulated, wrapped, wrapInfo(keyId, session.wrapContext));
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

/** @throws KeyError ERR_KEY_NOT_FOR_ME (E-18) */
function checkHeld(keyStore: KeyStore, { unwrappedWith }: ReceivedSession): void {
  if (unwrappedWith !== '' && keyStore.holds(unwrappedWith)) return;
  throw new KeyError(
    'ERR_KEY_NOT_FOR_ME',
    'No data key is wrapped for a key that this agent holds: it is not in the audience, or its key was destroyed.',
  );
}

/** Of a revoked key too: whoever sealed to it may not have heard yet. @throws KeyError ERR_KEY_STATUS (E-43) */
function checkStatus(key: PublicKey | null, issuedAtMs: number, skewMs: number): void {
  if (key !== null && issuedAtMs >= key.notBeforeMs - skewMs && issuedAtMs < key.notAfterMs + skewMs) return;
  throw new KeyError(
    'ERR_KEY_STATUS',
    key === null
      ? 'The message was sealed to a key that the directory does not list any more, or not yet.'
      : 'The message was sealed to a key that was not valid when it was issued.',
  );
}

/** @throws KeyError ERR_KEY_WRAP (E-19); InabilityError ERR_UNABLE_KEY_STORE */
function checkOpened(session: ReceivedSession, failure: unknown): void {
  if (session.dataKey !== null) return;
  if (failure instanceof InabilityError || failure instanceof KeyError) throw failure;
  throw new InabilityError(
    'ERR_UNABLE_KEY_STORE',
    'The key store did not answer as it should. See its own log; messages wait until it does.',
  );
}
