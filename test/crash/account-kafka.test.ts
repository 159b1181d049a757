// The books of the crash harness on Kafka find what is wrong, and nothing where nothing is.
import { expect, test } from '@jest/globals';
import { accountKafka } from './account-kafka.ts';
import { holds, type KafkaHistory, type Outcome } from './history.ts';

const work = (partition: number, offset: number): string => `work/${partition}/${offset}`;
const record = (id: string, partition: number, offset: number, appendedAtMs = 1_000 + offset) => ({
  id,
  place: work(partition, offset),
  appendedAtMs,
});
const handling = (id: string, partition: number, offset: number, session = 'c.0/1', atMs = 2_000) => ({
  id,
  place: work(partition, offset),
  session,
  atMs,
  copy: null,
  doneAtMs: atMs + 1,
});
const commit = (topic: string, partition: number, offset: number, atMs: number) => ({
  session: 'c.1/1',
  topic,
  partition,
  offset,
  atMs,
});
const outcome = (place: string, is: Outcome['outcome'], code: string | null = null): Outcome => ({
  outcome: is,
  code,
  place,
  messageHash: null,
  recordHash: null,
});
const delivered = (place: string): Outcome => outcome(place, 'delivered');
const skipped = (place: string): Outcome => outcome(place, 'skipped', 'ERR_POLICY_DUPLICATE');
const quarantined = (place: string): Outcome => outcome(place, 'quarantined', 'ERR_POLICY_REPLAY');
const inQuarantine = (place: string) => ({ place, recordHash: 'aa', code: 'ERR_POLICY_REPLAY' });

/**
 * Everything that may happen. `a` was read, its consumer killed, and read again; `b` was copied, with no end of it; `c` was
 * written twice by its client, which heard of neither; `d` failed and never came to the log.
 */
const clean: KafkaHistory = {
  attempted: new Set(['a', 'b', 'c', 'd']),
  acknowledged: new Set(['a', 'b']),
  log: [
    record('a', 0, 0),
    record('b', 0, 1),
    record('b', 0, 2),
    record('b', 1, 0, 1_500),
    record('c', 2, 0),
    record('c', 2, 1),
  ],
  injected: [
    { id: 'b', topic: 'work', partition: 0 },
    { id: 'b', topic: 'work', partition: 1 },
    { id: 'a', topic: 'work', partition: 1 },
  ],
  sessions: [
    { name: 'c.0/1', startedAtMs: 500, endedAtMs: 2_500 },
    { name: 'c.1/1', startedAtMs: 3_000, endedAtMs: Infinity },
  ],
  handlings: [
    handling('a', 0, 0),
    handling('a', 0, 0, 'c.1/1', 3_100),
    handling('b', 0, 1, 'c.1/1', 3_200),
    handling('c', 2, 0, 'c.1/1', 3_300),
  ],
  commits: [commit('work', 0, 3, 3_500)],
  outcomes: [
    delivered(work(0, 0)),
    delivered(work(0, 1)),
    skipped(work(0, 2)),
    quarantined(work(1, 0)),
    delivered(work(2, 0)),
    skipped(work(2, 1)),
  ],
  quarantine: [inQuarantine(work(1, 0)), inQuarantine(work(1, 0))],
};

function found(change: Partial<KafkaHistory>): readonly string[] {
  const account = accountKafka({ ...clean, ...change });
  expect(holds(account)).toBe(false);
  return account.problems;
}

test('a redelivery after a kill, copies refused, and a client that tried again: the books balance', () => {
  const account = accountKafka(clean);
  expect(holds(account)).toBe(true);
  expect(account).toEqual({
    sent: 4,
    acknowledged: 2,
    handled: 3,
    lost: 0,
    replaysInjected: 2,
    replaysAccepted: 0,
    honestRefused: 0,
    duplicatesHandled: 1,
    duplicatesExplained: 1,
    clientRetries: 1,
    quarantined: 1,
    skipped: 2,
    unaccounted: 0,
    problems: [],
  });
});

test('a run in which nothing was acknowledged does not hold: nothing was shown', () => {
  expect(holds(accountKafka({ ...clean, acknowledged: new Set() }))).toBe(false);
});

test('an acknowledged message that is not in the log is lost', () => {
  const acknowledged = new Set([...clean.acknowledged, 'd']);
  expect(found({ acknowledged })).toEqual(['lost: d was acknowledged and is not in the log']);
});

test('an acknowledged message that no handler saw is lost, whoever saw a copy of it', () => {
  const problems = found({
    handlings: [...clean.handlings.filter(({ id }) => id !== 'b'), handling('b', 0, 2, 'c.1/1', 3_200)],
    outcomes: clean.outcomes.filter(({ place }) => place !== work(0, 1)),
  });
  expect(problems).toContain('lost: b at work/0/1 was acknowledged and no handler saw it there');
  expect(problems).toContain('replay accepted: b at work/0/2, the original is at work/0/1');
});

test('an accepted replay is found in its own partition and in another one, whatever the audit says of it', () => {
  for (const [partition, offset] of [
    [0, 2],
    [1, 0],
  ] as const) {
    const handlings = [...clean.handlings, handling('b', partition, offset, 'c.1/1', 3_400)];
    expect(found({ handlings })).toEqual([
      `replay accepted: b at work/${partition}/${offset}, the original is at work/0/1`,
    ]);
    expect(accountKafka({ ...clean, handlings }).replaysAccepted).toBe(1);
  }
});

test('what a client wrote twice is accepted once only', () => {
  const handlings = [...clean.handlings, handling('c', 2, 1, 'c.1/1', 3_400)];
  expect(found({ handlings })).toEqual(['replay accepted: c at work/2/1, the original is at work/2/0']);
});

test('an original that was refused is a false refusal, also where it was handled before', () => {
  const place = work(0, 0);
  const problems = found({
    outcomes: [...clean.outcomes, quarantined(place)],
    quarantine: [...clean.quarantine, inQuarantine(place)],
  });
  expect(problems).toEqual(['honest refused: a at work/0/0: ERR_POLICY_REPLAY']);
  expect(found({ outcomes: [...clean.outcomes, skipped(place)] })).toEqual([
    'honest refused: a at work/0/0: ERR_POLICY_DUPLICATE',
  ]);
});

test('what a client wrote twice is a false refusal where it was quarantined as an attack', () => {
  const problems = found({
    outcomes: [...clean.outcomes.filter(({ place }) => place !== work(2, 1)), quarantined(work(2, 1))],
    quarantine: [...clean.quarantine, inQuarantine(work(2, 1))],
  });
  expect(problems).toEqual(['honest refused: c at work/2/1, written twice by its client: ERR_POLICY_REPLAY']);
});

test('twice in one session is a duplicate that nothing explains', () => {
  const handlings = [...clean.handlings, handling('b', 0, 1, 'c.1/1', 3_250)];
  expect(found({ handlings })).toEqual(['unexplained: b at work/0/1: twice in c.1/1']);
});

test('again in a later session is a duplicate that nothing explains, where it was committed before that began', () => {
  const commits = [...clean.commits, commit('work', 0, 1, 2_900)];
  expect(found({ commits })).toEqual([
    'unexplained: a at work/0/0: handled in c.1/1, 100 ms after 1 was committed',
  ]);
  // A commit of another partition or topic, or up to it and no further, explains nothing away.
  for (const [topic, partition, offset] of [
    ['work', 1, 1],
    ['side', 0, 1],
    ['work', 0, 0],
  ] as const)
    expect(accountKafka({ ...clean, commits: [commit(topic, partition, offset, 2_900)] })).toMatchObject({
      duplicatesHandled: 1,
      duplicatesExplained: 1,
    });
});

test('what was handled and never audited is unaccounted for', () => {
  const outcomes = clean.outcomes.filter(({ place }) => place !== work(0, 0));
  expect(found({ outcomes })).toEqual(['unaccounted: work/0/0 was handled and not audited']);
});

test('a record of which nothing became is unaccounted for, copy or not', () => {
  const without = (partition: number, offset: number): Partial<KafkaHistory> => ({
    handlings: clean.handlings.filter(({ place }) => place !== work(partition, offset)),
    outcomes: clean.outcomes.filter(({ place }) => place !== work(partition, offset)),
  });
  expect(found(without(0, 2))).toEqual(['unaccounted: the copy of b at work/0/2: nothing became of it']);
  expect(found(without(2, 0))).toEqual([
    'unaccounted: c at work/2/0 is in the log, and nothing became of it',
  ]);
});

test('audit, quarantine and handlers must agree with each other and with the log', () => {
  const handlings = clean.handlings.filter(({ id }) => id !== 'c');
  expect(found({ handlings })).toContain(
    'unaccounted: work/2/0 was audited as delivered, and no handler saw it there',
  );
  expect(found({ quarantine: [] })).toEqual([
    'unaccounted: work/1/0 was audited as quarantined and is not in the quarantine',
  ]);
  expect(found({ quarantine: [...clean.quarantine, inQuarantine(work(3, 9))] })).toEqual([
    'unaccounted: quarantined from work/3/9, where nothing is',
  ]);
  expect(found({ outcomes: [...clean.outcomes, delivered(work(3, 9))] })).toContain(
    'unaccounted: audited at work/3/9, where nothing is',
  );
  expect(found({ handlings: [...clean.handlings.slice(0, 3), handling('x', 2, 0)] })).toEqual([
    'unaccounted: x was handled from work/2/0, where c is',
  ]);
  expect(found({ attempted: new Set(['a', 'b', 'd']) })).toEqual([
    'unaccounted: c at work/2/0 was never sent',
  ]);
});
