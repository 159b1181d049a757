// The books of the audit trail find what is missing, altered or untrue, and nothing in a trail that a writer has made.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import type { Trust } from '@sealwire/audit';
import {
  checkpointKey,
  event,
  killed,
  open,
  sealed,
  TestSink,
} from '../../packages/audit/test/trail/world.ts';
import {
  accountAudit,
  atPlace,
  auditHolds,
  deliveredBy,
  outcomeWithinMs,
  taggedBy,
  type AuditAccount,
  type AuditHistory,
  type Handed,
} from './account-audit.ts';
import { verifyDer } from './trail-trust.ts';

const bob = {
  owner: 'bob',
  publicKey: checkpointKey.publicKey,
  notBeforeMs: 0,
  notAfterMs: Infinity,
  distrustFromMs: null,
};
const trust: Trust = {
  keyOf: (keyId) => (keyId === checkpointKey.keyId.toString('hex') ? bob : null),
  verify: verifyDer,
};

const hash = (digit: string): string => digit.repeat(64);
const at = (offset: number) => ({ topic: 't', partition: 0, offset: `${offset}` });
const handed = (id: string, digit: string, change: Partial<Handed> = {}): Handed => ({
  id,
  hash: hash(digit),
  acknowledgedAtMs: null,
  endedAtMs: 10_000,
  ...change,
});

/**
 * What bob’s two processes left. He sent `a`, which was acknowledged; `b`, which failed; `c`, and was killed before he knew.
 * He read three records from Kafka, of which the second is a copy and the third no message, and a delivery from RabbitMQ.
 */
async function written(): Promise<Buffer[]> {
  const folder = mkdtempSync(join(tmpdir(), 'sealwire-account-'));
  const sink = new TestSink();
  const trail = open(folder);
  const [a, b, c] = ['a', 'b', 'c'].map((digit) => sealed('task', digit.repeat(2)));
  trail.seal([a!, b!, c!]);
  await trail.conclude([a!], 'acknowledged', at(0));
  await trail.conclude([b!], 'failed', {});
  const copy = { messageHash: null, recordHash: hash('2'), code: 'ERR_POLICY_DUPLICATE' } as const;
  await trail.record([
    event('task', { messageHash: hash('1'), facts: at(5) }),
    event('task', { kind: 'message.duplicate', outcome: 'skipped', ...copy, facts: at(6) }),
    event('task', { kind: 'message.rejected', outcome: 'quarantined', ...copy, facts: at(7) }),
    event('task', { messageHash: hash('3'), facts: { queue: 'q', delivery_tag: 9 } }),
  ]);
  const again = open(killed(folder));
  again.add('kafka', sink);
  await again.close();
  return sink.lines;
}

const history: Omit<AuditHistory, 'trail'> = {
  handed: [handed('a', 'a', { acknowledgedAtMs: 5_000 }), handed('b', 'b'), handed('c', 'c')],
  arrived: new Map([
    [hash('a'), 'a'],
    [hash('c'), 'c'],
  ]),
  taken: [
    { what: 't/0/5 of 1', names: [deliveredBy(1, 't/0/5')] },
    ...[5, 6, 7].map((offset) => ({ what: `t/0/${offset}`, names: [atPlace(`t/0/${offset}`)] })),
    { what: 'delivery 9', names: [taggedBy(1, 9, hash('3')), taggedBy(1, 9, hash('4'))] },
  ],
};

const trailOf = (lines: readonly Buffer[]): AuditHistory['trail'] =>
  lines.map((bytes, i) => ({ bytes, place: { line: i + 1 } }));
const booksOf = (lines: readonly Buffer[], change: Partial<AuditHistory> = {}): AuditAccount =>
  accountAudit({ trail: trailOf(lines), ...history, ...change }, trust);
const indexOf = (lines: readonly Buffer[], text: string): number =>
  lines.findIndex((line) => line.includes(text));
const without = (lines: readonly Buffer[], index: number): Buffer[] => lines.filter((_, i) => i !== index);

test('a trail over a kill has an event for each message at each end: the books hold', async () => {
  const lines = await written();
  const account = booksOf(lines);
  expect(account).toEqual({
    auditEvents: lines.length,
    auditRepeated: 0,
    auditChains: 1,
    auditUnfinished: 0,
    auditExpected: 8,
    auditMissing: 0,
    auditWrong: 0,
    auditFindings: 0,
    problems: [],
  });
  expect(auditHolds(account)).toBe(true);
});

test.each([
  ['its sender’s', `"message_hash":"${hash('b')}"`, 'b was sent: no event of its sender'],
  ['the one that a restart wrote', `"message_hash":"${hash('c')}"`, 'c was sent: no event of its sender'],
  ['a duplicate’s', '"offset":"6"', 't/0/6: no event of its receiver'],
  ['a refused record’s', '"offset":"7"', 't/0/7: no event of its receiver'],
  ['a delivery’s', '"delivery_tag":9', 'delivery 9: no event of its receiver'],
])('a removed event is missing, and found by the verifier: %s', async (_, text, problem) => {
  const lines = await written();
  const account = booksOf(without(lines, indexOf(lines, text)));
  expect(account).toMatchObject({ auditMissing: 1, auditFindings: 1, auditWrong: 0 });
  expect(account.problems).toContain(`audit missing: ${problem}`);
  expect(auditHolds(account)).toBe(false);
});

test('an event that was never spooled is missing, though the chain has no gap', async () => {
  const account = booksOf(await written(), { handed: [...history.handed, handed('d', 'd')] });
  expect(account).toMatchObject({ auditMissing: 1, auditFindings: 0 });
  expect(account.problems).toEqual(['audit missing: d was sent: no event of its sender']);
});

test('a message that the broker has needs its sender’s event, also where nobody wrote down that it was handed over', async () => {
  const arrived = new Map([...history.arrived, [hash('d'), 'd']]);
  expect(booksOf(await written(), { arrived }).problems).toEqual([
    'audit missing: d was sent: no event of its sender',
  ]);
});

test('a message that no client was given needs no event, and may have one that says unknown or failed', async () => {
  const without = booksOf(await written(), {
    handed: history.handed.slice(0, 1),
    arrived: new Map([[hash('a'), 'a']]),
  });
  expect(without).toMatchObject({ auditMissing: 0, auditWrong: 0, auditFindings: 0 });
  const nobody = booksOf(await written(), { handed: [], arrived: new Map() });
  expect(nobody.problems).toEqual([
    `audit wrong: the message ${hash('a')} is audited as acknowledged, and nobody sent it`,
  ]);
});

test('an altered event is found', async () => {
  const lines = await written();
  const index = indexOf(lines, '"offset":"6"');
  const altered = lines.map((line, i) =>
    i === index
      ? Buffer.from(line.toString().replaceAll('ERR_POLICY_DUPLICATE', 'ERR_POLICY_DUPLICATF'))
      : line,
  );
  const account = booksOf(altered);
  expect(account.auditFindings).toBe(1);
  expect(account.problems[0]).toMatch(/^audit finding: altered [0-9a-f]{32}:\d+-\d+ of bob: /);
  expect(auditHolds(account)).toBe(false);
});

test('events that their writer wrote again, as the same bytes, are neither missing nor found', async () => {
  const lines = await written();
  const account = booksOf([...lines.slice(0, 6), ...lines.slice(2, 6), ...lines.slice(5)]);
  expect(account).toMatchObject({ auditEvents: lines.length, auditRepeated: 5, problems: [] });
  expect(auditHolds(account)).toBe(true);
  // But no repeat stands for another event.
  const lost = indexOf(lines, '"offset":"7"');
  const fewer = booksOf([...lines.slice(0, lost), lines[lost - 1]!, ...lines.slice(lost + 1)]);
  expect(fewer.auditMissing).toBe(1);
});

test('the unfinished tail of a killed process is told apart, and is no finding', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sealwire-account-'));
  const sink = new TestSink();
  const first = open(folder);
  first.add('kafka', sink);
  await first.close();
  const second = open(folder);
  second.add('kafka', sink);
  await second.report([event('task', { facts: at(8) })]);
  const killedHere = [...sink.lines];
  await second.close();

  const taken = [{ what: 't/0/8', names: [atPlace('t/0/8')] }];
  const account = booksOf(killedHere, { handed: [], arrived: new Map(), taken });
  expect(account).toMatchObject({ auditUnfinished: 2, auditMissing: 0, auditFindings: 0, problems: [] });
  expect(auditHolds(account)).toBe(true);
});

test('an empty trail proves nothing', () => {
  expect(booksOf([])).toMatchObject({ auditMissing: 8, auditFindings: 1 });
});

test('what was acknowledged a while before its process ended is not audited otherwise', async () => {
  const lines = await written();
  const acknowledged = (acknowledgedAtMs: number) =>
    booksOf(lines, {
      handed: [handed('c', 'c', { acknowledgedAtMs })],
      arrived: new Map([[hash('a'), 'a']]),
    });
  expect(acknowledged(10_000 - outcomeWithinMs)).toMatchObject({ auditWrong: 0 });
  expect(acknowledged(10_000 - outcomeWithinMs - 1).problems).toEqual([
    'audit wrong: c was acknowledged, and is audited as unknown',
  ]);
});

test('a message that is with the broker did not fail', async () => {
  const arrived = new Map([...history.arrived, [hash('b'), 'b']]);
  expect(booksOf(await written(), { arrived }).problems).toEqual([
    'audit wrong: b is with the broker, and audited as failed',
  ]);
});

test('a handling that was committed needs the event of the process that committed it', async () => {
  const taken = [{ what: 'x at t/0/5', names: [deliveredBy(2, 't/0/5')] }];
  expect(booksOf(await written(), { taken }).problems).toEqual([
    'audit missing: x at t/0/5: no event of its receiver',
  ]);
});

test('of two acknowledgements under one tag each needs an event', async () => {
  const taken = [...history.taken, history.taken.at(-1)!];
  expect(booksOf(await written(), { taken })).toMatchObject({ auditMissing: 1 });
});

test('a run in which no event was expected does not hold: nothing was shown', async () => {
  const account = booksOf(await written(), { handed: [], arrived: new Map(), taken: [] });
  expect(auditHolds(account)).toBe(false);
});
