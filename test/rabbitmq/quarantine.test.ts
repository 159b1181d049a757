// `sealwire quarantine list` and `show` over a real queue.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { auditEvent } from '../audit-event.js';
import { command, jsonLines } from '../command.ts';
import { fixture } from '../fixture.ts';
import { confirmed, eventually, openStage, type Stage } from './stage.ts';

const canary = 'canary-in-the-payload';
let stage: Stage;

/** Junk, two changed messages (with a header that is a list), and a stranger’s. */
beforeAll(async () => {
  stage = await openStage({ clearHeaders: ['x-tenant', 'x-list'] });
  const headers = { 'x-tenant': 'acme', 'x-list': ['a', 'b'] };
  await confirmed(await stage.sender(), stage.queue, canary, { headers });
  const wire = await stage.raw(stage.queue);
  stage.bare.sendToQueue(stage.queue, Buffer.from('junk'));
  for (const other of ['other', 'third'])
    stage.bare.sendToQueue(stage.queue, wire.content, { headers: { ...headers, 'x-tenant': other } });
  await (await stage.receiver()).consume(stage.queue, () => undefined);
  await eventually(async () => (await stage.depth(stage.quarantine)) === 3);
  stage.bare.sendToQueue(stage.quarantine, Buffer.from('by hand'));
  await eventually(async () => (await stage.depth(stage.quarantine)) === 4);
});
afterAll(() => stage.close());

const quarantine = (verb: string, ...words: string[]) =>
  command(
    'quarantine',
    verb,
    ...words,
    ...['--rabbitmq', fixture().rabbitmqUrl, '--policy', stage.policy, '--agent', 'researcher'],
  );

interface Listed {
  readonly id: string;
  readonly foreign: boolean;
  readonly code: string;
}

const listed = async (...words: string[]): Promise<Listed[]> => {
  const { exitCode, out, err } = await quarantine('list', '--json', ...words);
  expect([exitCode, err]).toEqual([0, '']);
  return jsonLines<Listed>(out).slice(0, -1);
};

test('list says of each message why and from where, and takes none away, in order and with the same ids', async () => {
  const first = await listed();
  expect(first.map(({ foreign, code }) => (foreign ? null : code))).toEqual([
    'ERR_FORMAT_NOT_SEALED',
    'ERR_POLICY_HEADERS',
    'ERR_POLICY_HEADERS',
    null,
  ]);
  expect(first[1]).toMatchObject({
    rejectedBy: 'researcher',
    from: { queue: stage.queue, exchange: '', routingKey: stage.queue },
    claimed: { sender: 'orchestrator', channel: 'orders', type: 'agent.message' },
    verified: false,
  });
  expect(new Set(first.map(({ id }) => id)).size).toBe(4);
  expect(await stage.depth(stage.quarantine)).toBe(4);
  expect(await listed()).toEqual(first);
});

test('list takes messages by code and queue, up to a limit', async () => {
  expect(await listed('--code', 'ERR_POLICY_HEADERS')).toHaveLength(2);
  expect(await listed('--queue', stage.queue)).toHaveLength(3);
  expect(await listed('--topic', stage.queue)).toEqual([]);
  expect(await listed('--limit', '1')).toHaveLength(1);
  expect(await stage.depth(stage.quarantine)).toBe(4);
});

test('show says what verifies now, keeps lists that were bound, and has no plaintext', async () => {
  const [record] = await listed('--code', 'ERR_POLICY_HEADERS');
  const { exitCode, out } = await quarantine('show', record!.id, '--json');
  expect(exitCode).toBe(0);
  expect(JSON.parse(out)).toMatchObject({
    ok: true,
    whole: true,
    verification: { verified: true, sender: 'orchestrator' },
  });
  expect(out).not.toContain(canary);
  const kept = await stage.bare.get(stage.quarantine, { noAck: false });
  const second = await stage.bare.get(stage.quarantine, { noAck: false });
  stage.bare.nackAll(true);
  expect(kept).not.toBe(false);
  expect(second).toMatchObject({ properties: { headers: { 'x-list': ['a', 'b'], 'x-tenant': 'other' } } });
  expect((second as { content: Buffer }).content.includes(canary)).toBe(false);
});

test('purge takes exactly the chosen messages, after it audited them', async () => {
  const before = await listed();
  const said = await quarantine('purge', '--all', '--code', 'ERR_POLICY_HEADERS');
  expect([said.exitCode, said.out]).toEqual([1, expect.stringContaining('Nothing was purged: these are 2')]);
  const { exitCode, out } = await quarantine('purge', before[1]!.id, '--yes', '--json');
  expect(exitCode).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ ok: true, purged: [before[1]!.id], missing: [] });
  expect((await listed()).map(({ id }) => id)).toEqual([before[0]!.id, before[2]!.id, before[3]!.id]);
  const purged = await eventually(async () => {
    const line = await stage.bare.get(stage.audit, { noAck: true });
    if (line === false) return false;
    const event = auditEvent(line.content);
    return event['kind'] === 'quarantine.purged' ? event : false;
  });
  expect(purged).toMatchObject({
    quarantine_id: before[1]!.id,
    rejected_for: 'ERR_POLICY_HEADERS',
    unverified: true,
  });
});

test('a wrong id, one that is not there and a missing queue are told apart', async () => {
  const wrong = await quarantine('show', '0@1');
  expect([wrong.exitCode, wrong.err]).toEqual([2, expect.stringContaining('16 hex digits')]);
  const missing = await quarantine('show', '0123456789abcdef');
  expect([missing.exitCode, missing.err]).toEqual([1, expect.stringContaining('ERR_USAGE_RECORD')]);
  const nowhere = await command(
    ...['quarantine', 'list', '--rabbitmq', fixture().rabbitmqUrl, '--agent', 'researcher'],
    ...['--policy', (await openStageWithout()).policy],
  );
  expect([nowhere.exitCode, nowhere.err]).toEqual([1, expect.stringContaining('There is no queue')]);
});

/** A policy whose quarantine queue was deleted. */
async function openStageWithout(): Promise<Stage> {
  const other = await openStage();
  await other.bare.deleteQueue(other.quarantine);
  await other.close();
  return other;
}
