// Lets a group read again what it has read: commits where to begin, and up to where that is meant (replay/SPEC.md R-16).
import { agentEvent, InabilityError, UsageError, type AuditEvent, type ReplayRules } from '@sealwire/core';
import type { Admin, Consumer } from 'kafkajs';
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

const patienceMs = 60_000;
/** Groups that nobody is in. */
const idle: ReadonlySet<string> = new Set(['Empty', 'Dead', 'Unknown']);

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
  if (!idle.has(state))
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
    await commit(parts.consumer(), { topic, partition, offset: `${from}`, metadata });
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

/** Offsets with metadata are committed by members only: this joins, commits, and goes. */
async function commit(
  consumer: Consumer,
  offset: { topic: string; partition: number; offset: string; metadata: string },
): Promise<void> {
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [offset.topic] });
    const crashed = new Promise<never>((_, reject) => {
      consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
    });
    const joined = new Promise<void>((resolve, reject) => {
      consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
        if (payload.memberAssignment[offset.topic]?.includes(offset.partition) === true) resolve();
        else reject(new UsageError('ERR_USAGE_REPLAY', 'The group has other members by now: stop them.'));
      });
    });
    const eachBatch = (): Promise<void> => Promise.resolve();
    // Only when it runs, and not when it has joined, does kafkajs commit rather than pretend to.
    const running = consumer.run({ autoCommit: false, eachBatchAutoResolve: false, eachBatch });
    await Promise.race([Promise.all([running, joined]), crashed, tooLate()]);
    await Promise.race([consumer.commitOffsets([offset]), crashed, tooLate()]);
  } finally {
    await consumer.disconnect().catch(() => undefined);
  }
}

function tooLate(): Promise<never> {
  return new Promise((_, reject) => {
    const giveUp = (): void =>
      reject(new InabilityError('ERR_UNABLE_CONNECTION', 'The group could not be joined within 60 s.'));
    setTimeout(giveUp, patienceMs).unref();
  });
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
