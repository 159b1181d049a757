// The books of the audit trail: one event at each end of each message, and nothing in it that was changed.
import { AuditVerifier, leafHash, type Place, type ReadEvent, type Trust } from '@sealwire/audit';
import { grouped, Problems } from './problems.ts';

/**
 * A message that a client was given to send. What no client was given need not have an event: its process was killed, or
 * the send refused, before or while its entry was written. One that was killed between the entry and the client leaves an
 * event of a message that nobody has; its outcome is `unknown`, or `failed` where the process lives and knows better.
 */
export interface Handed {
  readonly id: string;
  /** Message hash, hex. */
  readonly hash: string;
  /** When its sender heard that the broker has it; `null` where it never did. */
  readonly acknowledgedAtMs: number | null;
  /** When its sender’s process ended. */
  readonly endedAtMs: number;
}

/** A record that some consumer has done with for good: its offset is committed, or it is acknowledged. */
export interface Taken {
  readonly what: string;
  /** What its event goes by (`namesOf`): one of these. */
  readonly names: readonly string[];
}

export interface AuditHistory {
  /** All of the topic or queue, as it stands there when every spool is empty. */
  readonly trail: readonly { readonly bytes: Buffer; readonly place: Place }[];
  readonly handed: readonly Handed[];
  /** Message hashes of what the broker has, with the messages’ names. */
  readonly arrived: ReadonlyMap<string, string>;
  readonly taken: readonly Taken[];
}

export interface AuditAccount {
  /** Without repeats. */
  readonly auditEvents: number;
  /** Events that stand there again, byte for byte. */
  readonly auditRepeated: number;
  readonly auditChains: number;
  /** Events behind the last checkpoint of their chain: where a process was killed and none began again in its spool. */
  readonly auditUnfinished: number;
  /** Events that should be there. */
  readonly auditExpected: number;
  /** Those of them that are not. */
  readonly auditMissing: number;
  /** Events of messages that say what did not happen, or say it twice. */
  readonly auditWrong: number;
  /** What `AuditVerifier` finds to be wrong. */
  readonly auditFindings: number;
  readonly problems: readonly string[];
}

/** How long before its process was killed an outcome may have come, for it to be unknown to the trail. */
export const outcomeWithinMs = 1_000;

export const auditHolds = (account: AuditAccount): boolean =>
  account.auditMissing === 0 &&
  account.auditWrong === 0 &&
  account.auditFindings === 0 &&
  account.auditExpected > 0;

/** @param trust who signs checkpoints */
export function accountAudit(history: AuditHistory, trust: Trust): AuditAccount {
  const problems = new Problems();
  const { events, ...figures } = verified(history.trail, trust, problems);
  const sent = checkSent(history, events, problems);
  checkTaken(history.taken, events, problems);
  return {
    ...figures,
    auditEvents: events.length,
    auditExpected: sent + history.taken.length,
    auditMissing: problems.count('audit missing'),
    auditWrong: problems.count('audit wrong'),
    problems: problems.lines,
  };
}

/** All of it from its beginning, so that nothing may be missing in front either. */
function verified(trail: AuditHistory['trail'], trust: Trust, problems: Problems) {
  const verifier = new AuditVerifier({
    trust,
    mayBeginLate: () => false,
    onFinding({ kind, severity, chain, writer, first, last, why }) {
      if (severity === 'finding')
        problems.add('audit finding', `${kind} ${chain ?? ''}:${first}-${last} of ${writer ?? '?'}: ${why}`);
    },
  });
  const events: ReadEvent[] = [];
  const seen = new Set<string>();
  for (const { bytes, place } of trail) {
    const event = verifier.take(bytes, place);
    const hash = leafHash(bytes);
    if (event !== null && !seen.has(hash)) events.push(event);
    seen.add(hash);
  }
  const { ok, wrong, chains, unfinished } = verifier.end();
  const proves = ok || wrong > 0;
  if (!proves) problems.add('audit finding', 'there is no checkpoint: nothing is proven');
  return {
    events,
    auditRepeated: trail.length - seen.size,
    auditChains: chains,
    auditUnfinished: unfinished,
    auditFindings: wrong + (proves ? 0 : 1),
  };
}

/** Each message that a client was given has one event of its sender, which says what became of it. @returns how many */
function checkSent(
  { handed, arrived }: AuditHistory,
  events: readonly ReadEvent[],
  problems: Problems,
): number {
  const sent = grouped(
    events.filter(({ kind }) => kind === 'message.sent'),
    ({ unmapped }) => textOf(unmapped['message_hash']),
  );
  const byHash = new Map(handed.map((one) => [one.hash, one]));
  const hashes = new Set([...byHash.keys(), ...arrived.keys()]);
  for (const hash of hashes) {
    const one = byHash.get(hash);
    const name = one?.id ?? arrived.get(hash)!;
    const [event] = sent.get(hash) ?? [];
    const outcome = event === undefined ? null : textOf(event.unmapped['outcome']);
    if (outcome === null) problems.add('audit missing', `${name} was sent: no event of its sender`);
    else if (outcome === 'failed' && arrived.has(hash))
      problems.add('audit wrong', `${name} is with the broker, and audited as failed`);
    else if (outcome !== 'acknowledged' && isOverdue(one))
      problems.add('audit wrong', `${name} was acknowledged, and is audited as ${outcome}`);
  }
  for (const [hash, all] of sent) {
    const name = byHash.get(hash)?.id ?? arrived.get(hash) ?? `the message ${hash}`;
    if (all.length > 1) problems.add('audit wrong', `${name}: ${all.length} events of its sender`);
    if (!byHash.has(hash) && !arrived.has(hash) && all[0]!.unmapped['outcome'] === 'acknowledged')
      problems.add('audit wrong', `${name} is audited as acknowledged, and nobody sent it`);
  }
  return hashes.size;
}

/** Whether the trail has had the time to learn that it was acknowledged. */
const isOverdue = (handed: Handed | undefined): boolean =>
  handed !== undefined &&
  handed.acknowledgedAtMs !== null &&
  handed.endedAtMs - handed.acknowledgedAtMs > outcomeWithinMs;

/** Each record that a consumer has done with has an event, each acknowledgement its own. */
function checkTaken(taken: readonly Taken[], events: readonly ReadEvent[], problems: Problems): void {
  const there = new Map<string, number>();
  for (const event of events) for (const name of namesOf(event)) there.set(name, (there.get(name) ?? 0) + 1);
  for (const { what, names } of taken) {
    const name = names.find((each) => (there.get(each) ?? 0) > 0);
    if (name === undefined) problems.add('audit missing', `${what}: no event of its receiver`);
    else there.set(name, there.get(name)! - 1);
  }
}

const textOf = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? `${value}` : '';

export const atPlace = (place: string): string => `at ${place}`;
export const deliveredBy = (pid: number, place: string): string => `delivered at ${place} by ${pid}`;
export const taggedBy = (pid: number, tag: number, hash: string): string => `${tag} of ${pid}: ${hash}`;

/** What a receiver’s event goes by. */
function namesOf({ kind, unmapped }: ReadEvent): string[] {
  if (kind !== 'message.received' && kind !== 'message.rejected' && kind !== 'message.duplicate') return [];
  const { pid, topic, partition, offset, delivery_tag: tag } = unmapped;
  const hash = unmapped['message_hash'] ?? unmapped['record_hash'];
  if (topic === undefined) return [taggedBy(Number(pid), Number(tag), textOf(hash))];
  const place = [topic, partition, offset].map(textOf).join('/');
  return kind === 'message.received' ? [atPlace(place), deliveredBy(Number(pid), place)] : [atPlace(place)];
}
