// `sealwire quarantine list` and `show` over a real topic.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Message } from 'kafkajs';
import { command, jsonLines } from '../command.ts';
import { bareKafka, fixture } from '../fixture.ts';
import { committedTo, openStage, sendValues, take, text, type Stage } from './stage.ts';

const canary = 'canary-in-the-payload';
let stage: Stage;

/** Junk, a message that lies in another partition than its own, a record of the largest size, and a stranger’s. */
beforeAll(async () => {
  stage = await openStage({ partitions: 2, byReference: true });
  await sendValues(await stage.producer(), stage.topic, [canary]);
  const [sealed] = await stage.raw(stage.topic, 1);
  await sendBare(stage.topic, [
    { value: 'junk', partition: 0 },
    { value: sealed!.value, key: sealed!.key, partition: 1 },
    { value: Buffer.alloc(1_048_500, 'x'), partition: 0 },
  ]);
  await sendBare(stage.quarantine, [{ value: 'by hand' }]);
  const consumer = await stage.consumer();
  const done = [committedTo(consumer, '3'), committedTo(consumer, '1', 1)];
  expect((await take(consumer, 1)).map(text)).toEqual([canary]);
  await Promise.all(done);
});
afterAll(() => stage.close());

async function sendBare(topic: string, messages: Message[]): Promise<void> {
  const bare = bareKafka().producer();
  await bare.connect();
  await bare.send({ topic, messages });
  await bare.disconnect();
}

const quarantine = (verb: string, ...words: string[]) =>
  command(
    'quarantine',
    verb,
    ...words,
    ...['--kafka', fixture().kafka.join(','), '--policy', stage.policy, '--agent', 'researcher'],
  );

interface Listed {
  readonly id: string;
  readonly foreign: boolean;
  readonly code: string;
  readonly from: object;
  readonly claimed: object | null;
}

const listed = async (...words: string[]): Promise<Listed[]> => {
  const { exitCode, out, err } = await quarantine('list', '--json', ...words);
  expect([exitCode, err]).toEqual([0, '']);
  return jsonLines<Listed>(out).slice(0, -1);
};

test('list says of each record why, when, by whom, from where and who claims to have sent it', async () => {
  const records = await listed();
  expect(records).toHaveLength(4);
  expect(records.find(({ code }) => code === 'ERR_POLICY_PARTITION')).toMatchObject({
    foreign: false,
    rejectedBy: 'researcher',
    from: { topic: stage.topic, partition: 1, offset: '0' },
    reason: expect.stringContaining('another partition'),
    rejectedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    shortened: false,
    claimed: { sender: 'orchestrator', recipients: ['team'], channel: 'orders', type: 'agent.message' },
    verified: false,
  });
  expect(records.find(({ code }) => code === 'ERR_FORMAT_NOT_SEALED')).toMatchObject({ claimed: null });
  expect(records.filter(({ foreign }) => foreign)).toHaveLength(1);
  const { out } = await quarantine('list');
  expect(out).toMatch(
    /ERR_POLICY_PARTITION {2}orders-\w+\[1\]@0 {2}by "researcher" {2}\d+ bytes {2}claims "orchestrator" \(unverified\)/,
  );
  expect(out).toContain('not from an adapter: 7 bytes');
  expect(out).toContain(`4 in ${stage.quarantine}`);
});

test('list takes records by code, time and topic, and says how many it left out', async () => {
  expect(await listed('--code', 'ERR_POLICY_')).toHaveLength(1);
  expect(await listed('--code', 'ERR_POLICY_PARTITION', '--since', '1h')).toHaveLength(1);
  expect(await listed('--since', '2100-01-01T00:00:00Z')).toEqual([]);
  expect(await listed('--topic', stage.topic)).toHaveLength(3);
  expect(await listed('--topic', 'elsewhere')).toEqual([]);
  const { out } = await quarantine('list', '--limit', '2');
  expect(out).toContain('2 in');
  expect(out).toContain('there are more');
});

test('show says what verifies now, and that the kept bytes are those that were rejected', async () => {
  const [record] = await listed('--code', 'ERR_POLICY_PARTITION');
  const { exitCode, out } = await quarantine('show', record!.id, '--json');
  expect(exitCode).toBe(0);
  expect(JSON.parse(out)).toMatchObject({
    ok: true,
    whole: true,
    code: 'ERR_POLICY_PARTITION',
    verification: { verified: true, sender: 'orchestrator' },
    inspection: { wellFormed: true, form: 'by-reference' },
  });
  const lines = await quarantine('show', record!.id);
  expect(lines.out).toContain('verifies by the directory as it is now');
});

test('show says of junk, and of what was shortened, what is wrong with it', async () => {
  const records = await listed();
  const shown = async (code: string) =>
    (await quarantine('show', records.find((record) => record.code === code)!.id)).out;
  expect(await shown('ERR_FORMAT_NOT_SEALED')).toContain('does NOT verify, ERR_FORMAT_NOT_SEALED');
  const big = records.find(
    ({ foreign, claimed, code }) => !foreign && claimed === null && code === 'ERR_FORMAT_SIZE',
  );
  if (big !== undefined) expect(await shown('ERR_FORMAT_SIZE')).toContain('first 4 KiB only');
});

test('what no adapter wrote is not shown, and what is not there is said so', async () => {
  const foreign = (await listed()).find((record) => record.foreign)!;
  const refused = await quarantine('show', foreign.id);
  expect([refused.exitCode, refused.err]).toEqual([1, expect.stringContaining('ERR_USAGE_QUARANTINE')]);
  const missing = await quarantine('show', '0@999999');
  expect([missing.exitCode, missing.err]).toEqual([1, expect.stringContaining('ERR_USAGE_RECORD')]);
  const wrong = await quarantine('show', 'x');
  expect([wrong.exitCode, wrong.err]).toEqual([2, expect.stringContaining('partition@offset')]);
});

test('neither list nor show nor the quarantine itself has plaintext', async () => {
  const [record] = await listed('--code', 'ERR_POLICY_PARTITION');
  const texts = await Promise.all([quarantine('list', '--json'), quarantine('show', record!.id, '--json')]);
  for (const { out } of texts) {
    expect(out).not.toContain(canary);
    expect(out).not.toContain(Buffer.from(canary).toString('hex'));
  }
  for (const { value, headers } of await stage.raw(stage.quarantine, 4)) {
    expect(value!.includes(canary)).toBe(false);
    expect(JSON.stringify(headers)).not.toContain(canary);
  }
});

test('purge deletes from the beginning only, refuses to take others along, and audits each before', async () => {
  const all = await listed();
  const own = all.filter(({ foreign }) => !foreign);
  const ids = all.map(({ id }) => id);
  const said = await quarantine('purge', ...ids);
  expect([said.exitCode, said.out]).toEqual([1, expect.stringContaining('Nothing was purged: these are 4')]);
  const last = await quarantine('purge', ids.at(-1)!, '--yes');
  expect([last.exitCode, last.err]).toEqual([1, expect.stringContaining('3 records would go with these')]);
  expect(await listed()).toHaveLength(4);
  const missing = await quarantine('purge', ids[0]!, '0@999', '--yes', '--json');
  expect([missing.exitCode, missing.out]).toEqual([1, expect.stringContaining('0@999')]);
  expect(JSON.parse(missing.out)).toMatchObject({ ok: false, purged: [ids[0]], missing: ['0@999'] });
  expect(await listed()).toHaveLength(3);
  expect((await quarantine('purge', '--all', '--yes')).exitCode).toBe(0);
  expect(await listed()).toEqual([]);
  const events = await stage.audited('quarantine.purged', 4);
  expect(events.map((event) => event['quarantine_id']).sort()).toEqual(ids.sort());
  expect(events.filter((event) => event['rejected_by'] === 'researcher')).toHaveLength(own.length);
});
