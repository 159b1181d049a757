// What records of a session topic are held to, for the adapter that reads it (envelope/SPEC.md E-33).
import { SealwireError, type OfferedSession, type SessionRules, type SessionTopic } from '@sealwire/core';
import { decodeSession, decodeSessionRecord, sessionMessage } from '@sealwire/envelope';
import type { StageParts } from './stages.js';

/** Look-ups of the directory are today’s: a key that is listed later makes its sessions known later. */
export function sessionRules(parts: StageParts, topics: readonly SessionTopic[]): SessionRules {
  const { directory, primitives, epochMs } = parts;
  return {
    topics,
    epochMs,
    get directoryVersion() {
      return directory.version;
    },
    read(key, value): OfferedSession | null {
      try {
        const { session, signature } = decodeSessionRecord(key, value);
        return {
          reference: session.hash.toString('latin1', 0, 16),
          session: session.bytes,
          signature,
          senderKeyId: session.senderKeyId.toString('latin1'),
        };
      } catch (error) {
        if (error instanceof SealwireError) return null;
        throw error;
      }
    },
    isListed: (senderKeyId) => directory.signingKey(senderKeyId) !== null,
    isSigned({ session, signature, senderKeyId }) {
      const key = directory.signingKey(senderKeyId);
      const { sender, hash } = decodeSession(session);
      if (key?.owner !== sender) return false;
      return primitives.verifyKey(key.publicKey)?.verify(sessionMessage(hash), signature) === true;
    },
  };
}

/** The session topics of a policy, each with the topics of all its channels. */
export function sessionTopicsOf(
  channels: readonly { readonly topics: readonly string[]; readonly sessionTopic: string | null }[],
): SessionTopic[] {
  const byName = new Map<string, string[]>();
  for (const { topics, sessionTopic } of channels) {
    if (sessionTopic === null) continue;
    const serves = byName.get(sessionTopic);
    if (serves === undefined) byName.set(sessionTopic, [...topics]);
    else serves.push(...topics);
  }
  return Array.from(byName, ([name, serves]) => ({ name, serves }));
}
