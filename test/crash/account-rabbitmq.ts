// The books of a run on RabbitMQ, in the manner of Jepsen's total-queue checker: what goes in must come out, and once.
import type { Account, Handling, RabbitmqHistory, Session } from './history.ts';
import { grouped, Problems } from './problems.ts';

/**
 * How long ago a message that its handler was done with may have been audited, when its connection or process ends, for it
 * to count as in flight: until then it is marked as done and acknowledged, which takes the machine a moment. How long
 * auditing takes is the network's and the broker's affair, which the harness sees to.
 */
export const settlingMs = 5_000;

/** No outage of the harness delays the audit for longer: what is not audited after so long is not in flight but stuck. */
export const auditingMs = 30_000;

/**
 * A delivery has no lasting place, and a copy is the same bytes. So a message may be handled again only where it was in
 * flight when a connection or process ended; what else is handled again is a replay if the adversary copied the message,
 * and a duplicate that nothing explains if it did not.
 */
export function accountRabbitmq(history: RabbitmqHistory): Account {
  const { attempted, acknowledged, recordHashes, injected, handlings, outcomes, quarantine } = history;
  const problems = new Problems();
  const handled = grouped(handlings, ({ id }) => id);
  const copiesOf = grouped(injected, ({ id }) => id);

  const idByRecord = new Map([...recordHashes].map(([id, hash]) => [hash, id]));
  const idByMessage = new Map<string, string>();
  for (const { id, messageHash } of handlings)
    if (messageHash !== undefined) idByMessage.set(messageHash, id);
  const idOf = (one: { recordHash: string | null; messageHash?: string | null }): string | undefined =>
    (one.recordHash === null ? undefined : idByRecord.get(one.recordHash)) ??
    (one.messageHash === null || one.messageHash === undefined
      ? undefined
      : idByMessage.get(one.messageHash));

  const verdicts = new Map<string, { delivered: number; refused: string[] }>();
  const auditedAtMs = new Map<string, number[]>();
  const auditedAsQuarantined = new Set<string>();
  for (const outcome of outcomes) {
    const id = idOf(outcome);
    if (id === undefined) {
      // What was delivered is known by its message hash, which the handlers tell.
      const whom = outcome.outcome === 'delivered' ? 'no handler saw' : 'nobody sent';
      problems.add(
        'unaccounted',
        `audited as ${outcome.outcome} (${outcome.code ?? 'no code'}): a message that ${whom}`,
      );
      continue;
    }
    const of = verdicts.get(id) ?? { delivered: 0, refused: [] };
    verdicts.set(id, of);
    if (outcome.outcome === 'delivered') {
      of.delivered++;
      auditedAtMs.set(id, [...(auditedAtMs.get(id) ?? []), outcome.seenAtMs ?? Infinity]);
    } else of.refused.push(outcome.code ?? outcome.outcome);
    if (outcome.outcome === 'quarantined') auditedAsQuarantined.add(id);
  }
  const quarantinedIds = new Map<string, string>();
  for (const one of quarantine) {
    const id = idOf(one);
    if (id === undefined)
      problems.add('unaccounted', `quarantined (${one.code}): a message that nobody sent`);
    else quarantinedIds.set(id, one.code);
  }
  for (const id of auditedAsQuarantined)
    if (!quarantinedIds.has(id))
      problems.add('unaccounted', `${id} was audited as quarantined and is not in the quarantine`);

  const flights = new Flights(history.sessions, auditedAtMs);
  for (const id of acknowledged) {
    if (handled.has(id)) continue;
    const refused = verdicts.get(id)?.refused[0] ?? quarantinedIds.get(id);
    if (refused === undefined) problems.add('lost', `${id} was acknowledged and no handler saw it`);
  }
  for (const [id, { refused }] of verdicts)
    if (refused.length > 0 && !handled.has(id))
      problems.add('honest refused', `${id}: ${refused.join(', ')}, and never handled`);
  for (const [id, code] of quarantinedIds)
    if (!copiesOf.has(id)) problems.add('honest refused', `${id}: ${code}, and there was no copy of it`);
  for (const [id, all] of handled) {
    if (!attempted.has(id)) problems.add('unaccounted', `${id} was handled and never sent`);
    // Whoever handled it may have been killed before the audit; then it came again, and that was audited. But for one
    // that the broker had not confirmed yet: when it is killed itself, it may have lost it.
    if (!acknowledged.has(id) && all.every((one) => flights.wasHandledLast(one))) continue;
    if ((verdicts.get(id)?.delivered ?? 0) + (verdicts.get(id)?.refused.length ?? 0) === 0)
      problems.add('unaccounted', `${id} was handled ${all.length} times and not audited`);
  }
  // Each message in the queue, original or copy, leaves it by an acknowledgement only, and has its event before that.
  for (const [id, copies] of copiesOf) {
    const events = (verdicts.get(id)?.delivered ?? 0) + (verdicts.get(id)?.refused.length ?? 0);
    const records = copies.filter(({ confirmed }) => confirmed).length + (acknowledged.has(id) ? 1 : 0);
    if (events < records) problems.add('unaccounted', `${id}: ${records} records, ${events} events`);
  }
  if (history.left > 0) problems.add('unaccounted', `${history.left} messages are still in the queues`);

  const duplicates = checkDuplicates(handled, copiesOf, flights, problems);
  return {
    sent: attempted.size,
    acknowledged: acknowledged.size,
    handled: handled.size,
    lost: problems.count('lost'),
    replaysInjected: injected.filter(({ confirmed }) => confirmed).length,
    replaysAccepted: problems.count('replay accepted'),
    honestRefused: problems.count('honest refused'),
    ...duplicates,
    clientRetries: 0,
    quarantined: quarantine.length,
    skipped: outcomes.filter(({ outcome }) => outcome === 'skipped').length,
    unaccounted: problems.count('unaccounted'),
    problems: problems.lines,
  };
}

/** What was in flight when the connection or process that had it ended. */
class Flights {
  readonly #endedAtMs: ReadonlyMap<string, number>;
  readonly #auditedAtMs: ReadonlyMap<string, readonly number[]>;

  constructor(sessions: readonly Session[], auditedAtMs: ReadonlyMap<string, readonly number[]>) {
    this.#endedAtMs = new Map(sessions.map(({ name, endedAtMs }) => [name, endedAtMs]));
    this.#auditedAtMs = auditedAtMs;
  }

  endedAtMs({ session }: Handling): number {
    return this.#endedAtMs.get(session) ?? Infinity;
  }

  /** When it was audited as delivered: the first time after its handler was done. */
  settledAtMs({ id, doneAtMs }: Handling): number {
    if (doneAtMs === null) return Infinity;
    return Math.min(...(this.#auditedAtMs.get(id) ?? []).filter((atMs) => atMs >= doneAtMs));
  }

  /** Whether its connection or process ended before its handler was done, or a moment later: all that is known of one never audited. */
  wasHandledLast(handling: Handling): boolean {
    const endedAtMs = this.endedAtMs(handling);
    return (
      endedAtMs < Infinity && (handling.doneAtMs === null || endedAtMs - handling.doneAtMs <= settlingMs)
    );
  }

  /** Whether its connection or process ended before it was audited, or a moment later. */
  wasInFlight(handling: Handling): boolean {
    const endedAtMs = this.endedAtMs(handling);
    if (endedAtMs === Infinity) return false;
    if (handling.doneAtMs === null) return true;
    return (
      endedAtMs - handling.doneAtMs <= auditingMs && endedAtMs - this.settledAtMs(handling) <= settlingMs
    );
  }
}

function checkDuplicates(
  handled: ReadonlyMap<string, readonly Handling[]>,
  copiesOf: ReadonlyMap<string, unknown>,
  flights: Flights,
  problems: Problems,
): Pick<Account, 'duplicatesHandled' | 'duplicatesExplained'> {
  let duplicatesHandled = 0;
  let duplicatesExplained = 0;
  for (const [id, all] of handled) {
    const inOrder = [...all].sort((a, b) => a.atMs - b.atMs);
    for (let i = 1; i < inOrder.length; i++) {
      const [before, again] = [inOrder[i - 1]!, inOrder[i]!];
      duplicatesHandled++;
      const endedAtMs = flights.endedAtMs(before);
      const wasOver = endedAtMs <= again.atMs && before.session !== again.session;
      if (wasOver && flights.wasInFlight(before)) {
        duplicatesExplained++;
        continue;
      }
      const why = wasOver
        ? `done ${endedAtMs - before.doneAtMs!} ms and audited ${endedAtMs - flights.settledAtMs(before)} ms before ${before.session} ended`
        : `${before.session} had not ended`;
      const what = `${id} in ${again.session}${again.copy === null ? '' : ` by copy ${again.copy}`}: ${why}`;
      problems.add(again.copy !== null || copiesOf.has(id) ? 'replay accepted' : 'unexplained', what);
    }
  }
  return { duplicatesHandled, duplicatesExplained };
}
