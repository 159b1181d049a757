// Lets a group read again what it has read: commits where to begin, and up to where that is meant (replay/SPEC.md R-16).
import { agentEvent, InabilityError, UsageError, type AuditEvent, type ReplayRules } from '@sealwire/core';
import type { Admin, Consumer } from 'kafkajs';
import { commitAsMember, isIdle } from './commit-as-member.js';
import { connectError } from './connect-error.js';

/** What a group is to read again. */
export interface Reread {
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  /** The first offset. */
  readonly from: number;
  /** The offset behind the last one; `null`: all that there is now. */
  readonly to: number | null;
  /** Who decided it: for the audit trail. */
  readonly by: string;
}

/** A re-read that is allowed now. */
export interface AllowedReread extends Reread {
  readonly to: number;
}

export interface RereadParts {
  readonly agent: string;
  readonly rules: ReplayRules;
  /** Connected. */
  readonly admin: Admin;
  /** Of the group. */
  readonly consumer: () => Consumer;
  /** Resolves when the event is safe. */
  readonly report: (event: AuditEvent) => Promise<void>;
}

/**
 * Everything but what lies between the two offsets is judged as before, and so are copies that lie between them.
 * @throws UsageError ERR_USAGE_RECORD, ERR_USAGE_REPLAY; InabilityError ERR_UNABLE_CONNECTION, ERR_UNABLE_AUDIT
 */
export async function allowReread(parts: RereadParts, reread: Reread): Promise<AllowedReread> {
  const { admin, rules } = parts;
  const { group, topic, partition, from, by } = reread;
  if (!/^[\x20-\x7e]{1,255}$/.test(by))
    throw new UsageError('ERR_USAGE_ARGUMENT', 'Say who decided it: 1 to 255 visible characters.');
  const to = await endOf(admin, reread);
  const { groups } = await admin.describeGroups([group]);
  const state = groups[0]?.state ?? 'Unknown';
  if (!isIdle(state))
    throw new UsageError(
      'ERR_USAGE_REPLAY',
      `The group ${group} has members (${state}): stop them, allow the re-read, and start them again.`,
      { group, state },
    );
  const cluster = (await admin.describeCluster()).clusterId;
  const metadata = rules.allowance({ cluster, group, topic, partition }, from, to);
  const allowed = { group, topic, partition, from, to, by };
  // What is allowed and not done is of no harm; the other way round nobody would know of it.
  await parts.report(allowedEvent(parts.agent, allowed, 'acknowledged'));
  try {
    await commitAsMember(parts.consumer(), topic, [{ partition, offset: `${from}`, metadata }]);
    await requireCommitted(admin, reread, metadata);
  } catch (error) {
    await parts.report(allowedEvent(parts.agent, allowed, 'failed'));
    throw connectError(error);
  }
  return allowed;
}

async function endOf(admin: Admin, { topic, partition, from, to }: Reread): Promise<number> {
  const refused = (why: string): UsageError =>
    new UsageError('ERR_USAGE_RECORD', `There is nothing to read again in ${topic}: ${why}`, { topic });
  const topics = await admin.listTopics();
  if (!topics.includes(topic)) throw refused('there is no such topic, or this agent may not see it.');
  const partitions = await admin.fetchTopicOffsets(topic);
  const bounds = partitions.find((each) => each.partition === partition);
  if (bounds === undefined) throw refused(`it has ${partitions.length} partitions.`);
  const [low, high] = [Number(bounds.low), Number(bounds.high)];
  const end = to ?? high;
  if (from < low || end > high || from >= end)
    throw refused(`its partition ${partition} holds ${low} up to, but not including, ${high}.`);
  return end;
}

/** kafkajs does not say everything that went wrong. */
async function requireCommitted(
  admin: Admin,
  { group, topic, partition, from }: Reread,
  metadata: string,
): Promise<void> {
  const offsets = await admin.fetchOffsets({ groupId: group, topics: [topic] });
  const found = offsets[0]?.partitions.find((each) => each.partition === partition);
  if (found?.offset !== `${from}` || found.metadata !== metadata)
    throw new InabilityError(
      'ERR_UNABLE_CONNECTION',
      'The group’s offset could not be committed. Try again.',
    );
}

function allowedEvent(
  agent: string,
  { group, topic, partition, from, to, by }: AllowedReread,
  outcome: 'acknowledged' | 'failed',
): AuditEvent {
  return agentEvent(agent, {
    kind: 'replay.allowed',
    outcome,
    facts: { group, topic, partition, from_offset: from, to_offset: to, by },
  });
}
