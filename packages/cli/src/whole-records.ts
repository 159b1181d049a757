// Records of a topic, self-contained: those that refer to a session get it put in.
import { createHash } from 'node:crypto';
import { FormatError, type Received, type SessionRules } from '@sealwire/core';
import { decodeSessionRecord, referenceOf, selfContained } from '@sealwire/envelope';
import type { FindSessions } from '@sealwire/kafka';
import { readPolicy } from '@sealwire/policy';

/**
 * Sessions are looked for beside the records, as in quarantine, and in the session topic.
 * @returns each as it is where it is self-contained, or no envelope; `null` where its session is not known
 */
export async function wholeRecords(
  records: readonly Received[],
  find: FindSessions,
): Promise<(Received | null)[]> {
  const parts = records.map(partOf);
  const sessions = await sessionsOf(parts, find);
  return parts.map((part) => madeWhole(part, sessions));
}

/** A record, and the envelope in it that refers to a session. */
interface Part {
  readonly received: Received;
  readonly envelope: Buffer | null;
  readonly reference: string | null;
  /** The session that it refers to, where it was kept beside the record. */
  readonly beside: Buffer | null;
}

function partOf(received: Received): Part {
  const envelope =
    received.value ?? received.headers.find(({ name }) => name === 'sealwire')?.values[0] ?? null;
  try {
    const reference = envelope === null ? null : referenceOf(envelope);
    const beside = reference === null ? null : besideOf(received, reference);
    return { received, envelope, reference: reference?.toString('latin1') ?? null, beside };
  } catch (error) {
    // What is no envelope is exported too: that is for the auditor to see.
    if (error instanceof FormatError) return { received, envelope: null, reference: null, beside: null };
    throw error;
  }
}

/** Those beside quarantined records, and those of the session topic. */
async function sessionsOf(parts: readonly Part[], find: FindSessions): Promise<ReadonlyMap<string, Buffer>> {
  const wanted = new Set<string>();
  for (const { reference, beside } of parts) if (reference !== null && beside === null) wanted.add(reference);
  return wanted.size === 0 ? new Map() : find([...wanted]);
}

/** Anybody may write anything beside a record: only what hashes to the reference counts. */
function besideOf({ headers }: Received, reference: Buffer): Buffer | null {
  const session = headers.find(({ name }) => name === 'sealwire-session')?.values[0] ?? null;
  if (session === null) return null;
  const hash = createHash('sha256').update(session).digest();
  return hash.subarray(0, reference.length).equals(reference) ? session : null;
}

/** @returns `null` where its session is not known */
function madeWhole(
  { received, envelope, reference, beside }: Part,
  sessions: ReadonlyMap<string, Buffer>,
): Received | null {
  if (reference === null) return received;
  const session = beside ?? sessions.get(reference) ?? null;
  if (session === null) return null;
  const whole = selfContained(envelope!, session);
  if (received.value !== null) return { ...received, value: whole };
  const headers = received.headers.map((header) =>
    header.name === 'sealwire' ? { ...header, values: [whole, ...header.values.slice(1)] } : header,
  );
  return { ...received, headers };
}

/** A session is the one that is referred to where its hash says so: who signed it is for `verify` to judge. */
export const anySession: SessionRules = {
  topics: [],
  epochMs: 0,
  directoryVersion: 1,
  read(key, value) {
    try {
      const { session, signature } = decodeSessionRecord(key, value);
      return {
        reference: session.hash.toString('latin1', 0, 16),
        session: session.bytes,
        signature,
        senderKeyId: session.senderKeyId.toString('latin1'),
      };
    } catch (error) {
      if (error instanceof FormatError) return null;
      throw error;
    }
  },
  isListed: () => true,
  isSigned: () => true,
};

/** The session topic that the policy names for a topic; `null`: none, messages are self-contained. */
export const sessionTopicOf = (policyFile: string, topic: string): string | null =>
  readPolicy(policyFile).channels.find(({ topics }) => topics.includes(topic))?.sessionTopic ?? null;
