// The books of the crash harness on RabbitMQ find what is wrong, and nothing where nothing is.
import { expect, test } from '@jest/globals';
import { accountRabbitmq, auditingMs, settlingMs } from './account-rabbitmq.ts';
import { holds, type Handling, type Outcome, type RabbitmqHistory } from './history.ts';

const handling = (id: string, session: string, atMs: number, change: Partial<Handling> = {}): Handling => ({
  id,
  place: 'work',
  session,
  atMs,
  copy: null,
  doneAtMs: atMs + 5,
  messageHash: `m-${id}`,
  ...change,
});
const delivered = (id: string, seenAtMs = 2_005): Outcome => ({
  outcome: 'delivered',
  code: null,
  place: null,
  messageHash: `m-${id}`,
  recordHash: null,
  seenAtMs,
});
const refused = (id: string, outcome: Outcome['outcome'], code: string): Outcome => ({
  outcome,
  code,
  place: null,
  messageHash: null,
  recordHash: `r-${id}`,
});
const skipped = (id: string): Outcome => refused(id, 'skipped', 'ERR_POLICY_DUPLICATE');
const quarantined = (id: string): Outcome => refused(id, 'quarantined', 'ERR_POLICY_REPLAY');
const inQuarantine = (id: string) => ({ place: null, recordHash: `r-${id}`, code: 'ERR_POLICY_REPLAY' });
const copyOf = (id: string, mark: string | null = null, confirmed = true) => ({
  id,
  queue: 'work',
  mark,
  confirmed,
});
const ended = 10_000;

/**
 * Everything that may happen. `a` was handled when its consumer was killed, and came again; `b` was copied twice; of `c`
 * the copy came first; `d` was never confirmed, and the broker lost it with the connection on which it was handled; `e`
 * was never confirmed, and handled nonetheless.
 */
const clean: RabbitmqHistory = {
  attempted: new Set(['a', 'b', 'c', 'd', 'e']),
  acknowledged: new Set(['a', 'b', 'c']),
  recordHashes: new Map(['a', 'b', 'c', 'd', 'e'].map((id) => [id, `r-${id}`])),
  injected: [copyOf('b'), copyOf('b', 'copy=1'), copyOf('c', 'copy=2'), copyOf('a', null, false)],
  sessions: [
    { name: 'q.0/1', startedAtMs: 1_000, endedAtMs: ended },
    { name: 'q.1/1', startedAtMs: 11_000, endedAtMs: Infinity },
  ],
  handlings: [
    handling('a', 'q.0/1', ended - 3, { doneAtMs: null }),
    handling('b', 'q.0/1', 2_000),
    handling('d', 'q.0/1', ended - 20),
    handling('a', 'q.1/1', 11_100),
    handling('c', 'q.1/1', 11_200, { copy: 'copy=2' }),
    handling('e', 'q.1/1', 11_300),
  ],
  outcomes: [
    delivered('a'),
    delivered('b'),
    skipped('b'),
    quarantined('b'),
    delivered('c'),
    skipped('c'),
    delivered('e'),
  ],
  quarantine: [inQuarantine('b')],
  left: 0,
};

function found(change: Partial<RabbitmqHistory>): readonly string[] {
  const account = accountRabbitmq({ ...clean, ...change });
  expect(holds(account)).toBe(false);
  return account.problems;
}

test('a redelivery after a kill, copies refused, and an unconfirmed message that the broker lost: the books balance', () => {
  const account = accountRabbitmq(clean);
  expect(holds(account)).toBe(true);
  expect(account).toEqual({
    sent: 5,
    acknowledged: 3,
    handled: 5,
    lost: 0,
    replaysInjected: 3,
    replaysAccepted: 0,
    honestRefused: 0,
    duplicatesHandled: 1,
    duplicatesExplained: 1,
    clientRetries: 0,
    quarantined: 1,
    skipped: 2,
    unaccounted: 0,
    problems: [],
  });
});

test('a run in which nothing was acknowledged does not hold: nothing was shown', () => {
  expect(holds(accountRabbitmq({ ...clean, acknowledged: new Set() }))).toBe(false);
});

test('an acknowledged message that no handler saw is lost', () => {
  const problems = found({
    attempted: new Set([...clean.attempted, 'f']),
    acknowledged: new Set([...clean.acknowledged, 'f']),
  });
  expect(problems).toEqual(['lost: f was acknowledged and no handler saw it']);
});

test('an accepted replay is found, marked as a copy or not, at once and after its consumer was killed', () => {
  expect(found({ handlings: [...clean.handlings, handling('b', 'q.0/1', 2_500)] })).toEqual([
    'replay accepted: b in q.0/1: q.0/1 had not ended',
  ]);
  expect(
    found({ handlings: [...clean.handlings, handling('b', 'q.0/1', 2_500, { copy: 'copy=1' })] }),
  ).toEqual(['replay accepted: b in q.0/1 by copy copy=1: q.0/1 had not ended']);
  expect(found({ handlings: [...clean.handlings, handling('b', 'q.1/1', 11_500)] })).toEqual([
    `replay accepted: b in q.1/1: done ${ended - 2_005} ms and audited ${ended - 2_005} ms before q.0/1 ended`,
  ]);
});

test('again after its connection ended is explained as long as it was in flight, and not longer', () => {
  const again = (doneAtMs: number, seenAtMs = doneAtMs): RabbitmqHistory => ({
    ...clean,
    injected: [],
    outcomes: [
      ...clean.outcomes.filter(
        ({ outcome, messageHash }) => outcome === 'delivered' && messageHash !== 'm-a',
      ),
      delivered('a', seenAtMs),
      delivered('a', ended + 1_200),
    ],
    quarantine: [],
    handlings: clean.handlings.map((one) =>
      one.id === 'a' && one.session === 'q.0/1' ? { ...one, atMs: doneAtMs - 5, doneAtMs } : one,
    ),
  });
  expect(accountRabbitmq(again(ended - settlingMs))).toMatchObject({ duplicatesExplained: 1, problems: [] });
  const late = accountRabbitmq(again(ended - settlingMs - 1));
  expect(holds(late)).toBe(false);
  expect(late.problems).toEqual([
    `unexplained: a in q.1/1: done ${settlingMs + 1} ms and audited ${settlingMs + 1} ms before q.0/1 ended`,
  ]);
  const auditedLate = accountRabbitmq(again(ended - 2 * settlingMs, ended - settlingMs));
  expect(auditedLate).toMatchObject({ duplicatesExplained: 1, problems: [] });
  const neverAudited = accountRabbitmq(again(ended - 2 * settlingMs, ended + 1_100));
  expect(neverAudited).toMatchObject({ duplicatesExplained: 1, problems: [] });
  expect(accountRabbitmq(again(ended - auditingMs, ended))).toMatchObject({ duplicatesExplained: 1 });
  // An audit that hangs is no excuse for ever.
  expect(holds(accountRabbitmq(again(ended - auditingMs - 1, ended)))).toBe(false);
});

test('again on a connection that had not ended is a duplicate that nothing explains', () => {
  const handlings = [...clean.handlings, handling('e', 'q.1/1', 11_400)];
  expect(found({ handlings })).toEqual(['unexplained: e in q.1/1: q.1/1 had not ended']);
});

test('a message that was refused and never handled is a false refusal', () => {
  const problems = found({
    handlings: clean.handlings.filter(({ id }) => id !== 'c'),
    outcomes: clean.outcomes.filter(({ messageHash }) => messageHash !== 'm-c').concat(skipped('c')),
  });
  expect(problems).toEqual([
    'honest refused: c: ERR_POLICY_DUPLICATE, ERR_POLICY_DUPLICATE, and never handled',
  ]);
});

test('a message in the quarantine is a false refusal where nobody copied it, also where it was handled', () => {
  const problems = found({
    outcomes: [...clean.outcomes, quarantined('e')],
    quarantine: [...clean.quarantine, inQuarantine('e')],
  });
  expect(problems).toEqual(['honest refused: e: ERR_POLICY_REPLAY, and there was no copy of it']);
});

test('what was handled and never audited is unaccounted for, unless an unconfirmed one was in flight', () => {
  const without = (id: string): readonly Outcome[] =>
    clean.outcomes.filter(({ messageHash }) => messageHash !== `m-${id}`);
  const unaudited = 'was handled 1 times and not audited';
  // Not confirmed, but not in flight either.
  expect(found({ outcomes: without('e') })).toEqual([`unaccounted: e ${unaudited}`]);
  const early = clean.handlings.map((one) => (one.id === 'd' ? handling('d', 'q.0/1', 2_000) : one));
  expect(found({ handlings: early })).toEqual([`unaccounted: d ${unaudited}`]);
  // In flight, but confirmed: it must have come again.
  expect(found({ acknowledged: new Set([...clean.acknowledged, 'd']) })).toEqual([
    `unaccounted: d ${unaudited}`,
  ]);
});

test('each record has its event: a copy that vanished is unaccounted for', () => {
  const outcomes = clean.outcomes.filter(
    ({ outcome, recordHash }) => !(outcome === 'skipped' && recordHash === 'r-b'),
  );
  expect(found({ outcomes })).toEqual(['unaccounted: b: 3 records, 2 events']);
});

test('audit, quarantine, queues and handlers must agree with each other and with what was sent', () => {
  expect(found({ quarantine: [] })).toEqual([
    'unaccounted: b was audited as quarantined and is not in the quarantine',
  ]);
  expect(found({ outcomes: [...clean.outcomes, skipped('x')] })).toEqual([
    'unaccounted: audited as skipped (ERR_POLICY_DUPLICATE): a message that nobody sent',
  ]);
  expect(found({ handlings: clean.handlings.filter(({ id }) => id !== 'e') })).toEqual([
    'unaccounted: audited as delivered (no code): a message that no handler saw',
  ]);
  expect(found({ quarantine: [...clean.quarantine, inQuarantine('x')] })).toEqual([
    'unaccounted: quarantined (ERR_POLICY_REPLAY): a message that nobody sent',
  ]);
  expect(found({ attempted: new Set(['a', 'b', 'c', 'd']) })).toEqual([
    'unaccounted: e was handled and never sent',
  ]);
  expect(found({ left: 2 })).toEqual(['unaccounted: 2 messages are still in the queues']);
});
