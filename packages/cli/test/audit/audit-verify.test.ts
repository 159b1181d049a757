// `audit verify` over files: what it says, in which form, and with which exit code.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { MadeChain, type MadeAgent } from '../../../audit/test/verify/made-trail.ts';
import { initFolder, type InitReport } from '../../src/index.js';
import { command, newFolder } from '../made.js';
import { agentOf } from './agent-of.ts';

let made: InitReport;
let alice: MadeAgent;
let bob: MadeAgent;
const folder = newFolder();
let files = 0;
const trail = (lines: readonly Buffer[], end = '\n'): string => {
  const path = join(folder, `trail-${files++}.jsonl`);
  writeFileSync(path, lines.map((line) => line.toString() + end).join(''));
  return path;
};
const chainOf = (agent: MadeAgent) =>
  new MadeChain(agent, Date.now() - 60_000).interval(5).interval(3).stop();
const verify = (file: string, ...words: string[]) =>
  command('audit', 'verify', file, '--policy', made.policyFile, ...words);
const jsonLines = (out: string): Record<string, unknown>[] =>
  out
    .trimEnd()
    .split('\n')
    .map((one) => JSON.parse(one) as Record<string, unknown>);

beforeAll(async () => {
  made = await initFolder({ folder: join(newFolder(), 'made'), agents: ['alice', 'bob'] });
  [alice, bob] = [agentOf(made.folder, 'alice'), agentOf(made.folder, 'bob')];
});

describe('audit verify', () => {
  test('finds nothing in a trail that is as it was written, and exits 0', async () => {
    const lines = [...chainOf(alice).events, ...chainOf(bob).events];
    for (const end of ['\n', '\r\n']) {
      const { exitCode, out, err } = await verify(trail(lines, end));
      expect([exitCode, err]).toEqual([0, '']);
      expect(out).toContain(`${lines.length} events in 2 chains`);
      expect(out).toContain('of alice: events 0 to 12, 3 good checkpoints, ended in order');
      expect(out).toContain('The trail is as it was written.');
    }
  });

  test('takes a torn last line for an unfinished tail, and one that only lacks its end for an event', async () => {
    const chain = chainOf(alice);
    const whole = trail(chain.events);
    const text = readFileSync(whole);
    const read = async (bytes: Buffer) => {
      writeFileSync(whole, bytes);
      const { exitCode, out } = await verify(whole, '--json');
      const lines = jsonLines(out);
      return { exitCode, findings: lines.filter(({ finding }) => finding !== undefined), last: lines.at(-1) };
    };
    const unended = await read(text.subarray(0, -1));
    expect(unended).toMatchObject({ exitCode: 0, findings: [], last: { ok: true, events: 13 } });
    const torn = await read(text.subarray(0, -200));
    expect(torn).toMatchObject({
      exitCode: 0,
      findings: [
        { finding: 'unfinished', severity: 'note', chain: null, place: { line: 13 } },
        { finding: 'unfinished', chain: chain.chain },
      ],
      last: { ok: true, events: 12, findings: { inserted: 0 } },
    });
    // The same bytes in the midst of a file are no event of a trail.
    const after = await read(Buffer.concat([text.subarray(0, -200), Buffer.from('\n')]));
    expect(after).toMatchObject({ exitCode: 1, last: { ok: false, findings: { inserted: 1 } } });
  });

  test('names a removed event with its chain, number and line, says what to do, and exits 1', async () => {
    const chain = chainOf(alice);
    const file = trail([...chainOf(bob).events, ...chain.events.toSpliced(8, 1)]);
    const { exitCode, out } = await verify(file);
    expect(exitCode).toBe(1);
    expect(out).toContain(`MISSING chain ${chain.chain} of alice, event 8: It is not here. (at ${file}:22)`);
    expect(out).toContain('What to do about missing:');
    expect(out).toContain('1 findings: the trail is NOT as it was written.');
  });

  test('with --json prints a line for each finding and chain, and the sums last', async () => {
    const chain = chainOf(alice);
    const lines = jsonLines((await verify(trail(chain.events.toSpliced(8, 1)), '--json')).out);
    expect(lines).toMatchObject([
      { finding: 'missing', severity: 'finding', chain: chain.chain, writer: 'alice', first: 8, last: 8 },
      { summary: 'chain', chain: chain.chain, writer: 'alice', first: 0, last: 12 },
      { ok: false, events: 12, chains: 1, wrong: 1, findings: { missing: 1, altered: 0 } },
    ]);
    expect(lines[0]!['todo']).toContain('Somebody removed it');
    expect(lines[0]!['place']).toEqual({ line: 9 });
  });

  test('names a chain of which nothing is here, and exits 1; with --part it is a note', async () => {
    const gone = chainOf(bob);
    const chain = new MadeChain(alice, Date.now() - 60_000).interval(5);
    chain.checkpoint([gone.seen()]);
    const file = trail(chain.events);
    const { exitCode, out } = await verify(file);
    expect(exitCode).toBe(1);
    expect(out).toContain(`LOST END chain ${gone.chain}, events 0 to 12: Nothing of it is here.`);
    const part = await verify(file, '--part');
    expect(part.exitCode).toBe(0);
    expect(part.out).toContain(`LOST END chain ${gone.chain}, events 0 to 12: None of it is here`);
  });

  test('lists what was sent and never received, and exits 0 nevertheless', async () => {
    const sender = new MadeChain(alice, Date.now());
    const receiver = new MadeChain(bob, Date.now());
    const hash = (digit: string) => digit.repeat(64);
    for (const digit of ['a', 'b', 'c']) {
      const facts = { message_hash: hash(digit), recipient_id: 'team', channel: 'tasks' };
      sender.add('message.sent', { ...facts, outcome: 'acknowledged' });
      if (digit !== 'b') receiver.add('message.received', { ...facts, outcome: 'delivered' });
    }
    for (const chain of [sender, receiver]) {
      chain.timeMs += 1_800_000;
      chain.add('message.sent', { outcome: 'failed', message_hash: hash('d') });
      chain.stop();
    }
    const file = trail([...sender.events, ...receiver.events]);
    const { exitCode, out } = await verify(file);
    expect(exitCode).toBe(0);
    expect(out).toContain(`NEVER RECEIVED message ${hash('b')} on "tasks": alice sent it at`);
    expect(out).toContain('nothing tells that "team" received it');
    expect(out).toContain('3 messages sent, 2 received; 1 more were tried');
    expect(out).toContain('The trail is as it was written.');
    const lines = jsonLines((await verify(file, '--json')).out);
    expect(lines[2]).toMatchObject({
      reconcile: 'never_received',
      messageHash: hash('b'),
      missing: ['team'],
      sequence: 2,
    });
    expect(lines.at(-1)).toMatchObject({
      ok: true,
      reconciliation: { sent: 3, received: 2, neverReceived: 1 },
    });
    expect((await verify(file, '--no-reconcile')).out).not.toContain('NEVER');
    expect((await verify(file, '--grace', '36000')).out).toContain('1 were sent so late');
  });

  test('needs the directory alone, and trusts the root key that is given', async () => {
    const file = trail(chainOf(alice).events);
    const words = ['audit', 'verify', file, '--directory', made.directoryFile];
    expect((await command(...words, '--root-key', made.rootPublicKey)).exitCode).toBe(0);
    const other = await initFolder({ folder: join(newFolder(), 'other'), agents: ['alice'] });
    expect(await command(...words, '--root-key', other.rootPublicKey)).toMatchObject({ exitCode: 2 });
    const stranger = await command('audit', 'verify', file, '--policy', other.policyFile, '--json');
    expect(stranger.exitCode).toBe(1);
    expect(jsonLines(stranger.out).map(({ finding }) => finding)).toContain('checkpoint');
  });

  test('judges a part of the time: of each chain from its first event on, up to the checkpoint that covers one', async () => {
    const chain = chainOf(alice);
    const times = chain.events.map((line) => (JSON.parse(line.toString()) as { time: number }).time);
    const file = trail(chain.events);
    const iso = (at: number) => new Date(times[at]!).toISOString();
    const part = jsonLines((await verify(file, '--json', '--since', iso(3), '--until', iso(11))).out);
    expect(part.at(-1)).toMatchObject({ ok: true, events: 10 });
    expect(
      part
        .filter(({ severity }) => severity === 'note')
        .map((line) => [line['finding'], line['first'], line['last']]),
    ).toEqual([['beginning', 0, 2]]);
  });

  test('ends with exit code 2 where it could not be checked', async () => {
    expect(await verify(join(folder, 'none.jsonl'))).toMatchObject({ exitCode: 2, out: '' });
    const file = trail(chainOf(alice).events);
    for (const words of [
      ['audit', 'verify'],
      ['audit', 'verify', file, '--brokers', 'localhost:1', '--policy', made.policyFile],
      ['audit', 'verify', file, '--policy', join(folder, 'none.yaml')],
      ['audit', 'verify', file, '--policy', made.policyFile, '--since', 'yesterday'],
      ['audit', 'verify', '--brokers', 'localhost:1', '--policy', made.policyFile, '--agent', 'alice'],
    ]) {
      const { exitCode, out } = await command(...words, '--json');
      expect(exitCode).toBe(2);
      expect(jsonLines(out).at(-1)).toMatchObject({ ok: false });
    }
  });

  test('says that nothing is proven of an empty file, of junk and of very long lines, and exits 1', async () => {
    for (const lines of [
      [],
      [Buffer.from('junk')],
      [Buffer.alloc(300_000, 'x')],
      [Buffer.from('[]'), Buffer.from('{}')],
    ]) {
      const { exitCode, out } = await verify(trail(lines));
      expect(exitCode).toBe(1);
      expect(out).not.toContain('The trail is as it was written');
    }
  });

  test('A-4: writes no control or direction characters of what stands on the topic to a terminal', async () => {
    const chain = chainOf(alice);
    const evil = chain.events[3]!.toString().replace('"writer":"alice"', '"writer":"\\u001b[2J\\u202ealice"');
    const { out } = await verify(trail([...chain.events, Buffer.from(evil)]));
    expect(out).toContain('INSERTED');
    expect(out.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });
});
