// The books of a run on Kafka, in the manner of Jepsen's Kafka and queue checkers: by the log, place by place.
import type { Account, Commit, Handling, KafkaHistory, Session } from './history.ts';
import { grouped, Problems } from './problems.ts';

const partitionOf = (place: string): string => place.slice(0, place.lastIndexOf('/'));
const offsetOf = (place: string): number => Number(place.slice(place.lastIndexOf('/') + 1));

/**
 * The original of a message is its first record in the order of append; every other record with its id is a copy: the
 * adversary's, as far as it tried so in that partition, and otherwise its sender's client that tried again.
 */
export function accountKafka(history: KafkaHistory): Account {
  const { attempted, acknowledged, log, injected, handlings, outcomes, quarantine } = history;
  const problems = new Problems();

  const originals = new Map<string, string>();
  const copies: { readonly id: string; readonly place: string }[] = [];
  const inOrder = [...log].sort(
    (a, b) => a.appendedAtMs - b.appendedAtMs || offsetOf(a.place) - offsetOf(b.place),
  );
  for (const { id, place } of inOrder)
    if (originals.has(id)) copies.push({ id, place });
    else originals.set(id, place);
  const places = new Map(log.map(({ place, id }) => [place, id]));

  const tried = grouped(injected, ({ id, topic, partition }) => `${id} ${topic}/${partition}`);
  const copiesThere = grouped(copies, ({ id, place }) => `${id} ${partitionOf(place)}`);
  let replaysInjected = 0;
  let clientRetries = 0;
  const retries: { readonly id: string; readonly place: string }[] = [];
  for (const [key, there] of copiesThere) {
    const byAdversary = Math.min(there.length, tried.get(key)?.length ?? 0);
    replaysInjected += byAdversary;
    clientRetries += there.length - byAdversary;
    if (byAdversary === 0) retries.push(...there);
  }

  const handledAt = grouped(handlings, ({ place }) => place);
  const handledIds = new Set(handlings.map(({ id }) => id));
  const outcomesAt = grouped(
    outcomes.filter(({ place }) => place !== null),
    ({ place }) => place!,
  );
  const refusedAt = (place: string): string | undefined =>
    outcomesAt.get(place)?.find(({ outcome }) => outcome !== 'delivered')?.code ?? undefined;

  for (const id of acknowledged) {
    const original = originals.get(id);
    if (original === undefined) problems.add('lost', `${id} was acknowledged and is not in the log`);
    else if (!handledAt.has(original) && refusedAt(original) === undefined)
      problems.add('lost', `${id} at ${original} was acknowledged and no handler saw it there`);
  }
  for (const [id, place] of originals) {
    const code = refusedAt(place);
    if (code !== undefined) problems.add('honest refused', `${id} at ${place}: ${code}`);
    else if (!handledAt.has(place) && !acknowledged.has(id))
      problems.add('unaccounted', `${id} at ${place} is in the log, and nothing became of it`);
    if (!attempted.has(id)) problems.add('unaccounted', `${id} at ${place} was never sent`);
  }
  for (const { id, place } of copies) {
    if (handledAt.has(place))
      problems.add('replay accepted', `${id} at ${place}, the original is at ${originals.get(id)!}`);
    else if (refusedAt(place) === undefined)
      problems.add('unaccounted', `the copy of ${id} at ${place}: nothing became of it`);
  }
  // Only where nobody else wrote a copy is it certain which one is the retry.
  for (const { id, place } of retries)
    if (outcomesAt.get(place)?.some(({ outcome }) => outcome === 'quarantined') === true)
      problems.add('honest refused', `${id} at ${place}, written twice by its client: ${refusedAt(place)!}`);
  const quarantinedAt = new Set(quarantine.flatMap(({ place }) => (place === null ? [] : [place])));
  for (const place of quarantinedAt)
    if (!places.has(place)) problems.add('unaccounted', `quarantined from ${place}, where nothing is`);
  for (const [place, verdicts] of outcomesAt) {
    if (!places.has(place)) problems.add('unaccounted', `audited at ${place}, where nothing is`);
    if (verdicts.some(({ outcome }) => outcome === 'quarantined') && !quarantinedAt.has(place))
      problems.add('unaccounted', `${place} was audited as quarantined and is not in the quarantine`);
    if (verdicts.some(({ outcome }) => outcome === 'delivered') && !handledAt.has(place))
      problems.add('unaccounted', `${place} was audited as delivered, and no handler saw it there`);
  }
  for (const [place, here] of handledAt) {
    const id = places.get(place);
    if (id !== here[0]!.id)
      problems.add('unaccounted', `${here[0]!.id} was handled from ${place}, where ${id ?? 'nothing'} is`);
    if (!outcomesAt.has(place)) problems.add('unaccounted', `${place} was handled and not audited`);
  }

  const duplicates = checkDuplicates(handledAt, history.sessions, history.commits, problems);
  return {
    sent: attempted.size,
    acknowledged: acknowledged.size,
    handled: handledIds.size,
    lost: problems.count('lost'),
    replaysInjected,
    replaysAccepted: problems.count('replay accepted'),
    honestRefused: problems.count('honest refused'),
    ...duplicates,
    clientRetries,
    quarantined: quarantinedAt.size,
    skipped: [...outcomesAt.values()].filter((all) => all.some(({ outcome }) => outcome === 'skipped'))
      .length,
    unaccounted: problems.count('unaccounted'),
    problems: problems.lines,
  };
}

/**
 * At the same place again: allowed in another session only, and only where no commit behind it had been confirmed when
 * that session began. Then it was in flight.
 */
function checkDuplicates(
  handledAt: ReadonlyMap<string, readonly Handling[]>,
  sessions: readonly Session[],
  commits: readonly Commit[],
  problems: Problems,
): Pick<Account, 'duplicatesHandled' | 'duplicatesExplained'> {
  const began = new Map(sessions.map(({ name, startedAtMs }) => [name, startedAtMs]));
  const committed = grouped(commits, ({ topic, partition }) => `${topic}/${partition}`);
  let duplicatesHandled = 0;
  let duplicatesExplained = 0;
  for (const [place, all] of handledAt) {
    const inOrder = [...all].sort((a, b) => a.atMs - b.atMs);
    const seenIn = new Set<string>();
    for (const [i, { id, session }] of inOrder.entries()) {
      if (i > 0) {
        duplicatesHandled++;
        const startedAtMs = began.get(session) ?? 0;
        const done = (committed.get(partitionOf(place)) ?? []).find(
          ({ offset, atMs }) => offset > offsetOf(place) && atMs < startedAtMs,
        );
        if (seenIn.has(session)) problems.add('unexplained', `${id} at ${place}: twice in ${session}`);
        else if (done !== undefined)
          problems.add(
            'unexplained',
            `${id} at ${place}: handled in ${session}, ${startedAtMs - done.atMs} ms after ${done.offset} was committed`,
          );
        else duplicatesExplained++;
      }
      seenIn.add(session);
    }
  }
  return { duplicatesHandled, duplicatesExplained };
}
