// `audit tail`: what it shows of files, which events, and how it follows and ends.
import { spawn, type ChildProcess } from 'node:child_process';
import { appendFileSync, renameSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { run } from '../../src/index.js';
import { command, newFolder } from '../made.js';
import { eventLine, refusal, startMs } from './made-events.js';

const folder = newFolder();
let files = 0;
const trail = (lines: readonly string[]): string => {
  const file = join(folder, `events-${files++}.jsonl`);
  writeFileSync(file, lines.map((line) => `${line}\n`).join(''));
  return file;
};
const tail = (file: string, ...words: string[]) =>
  command('audit', 'tail', file, '--no-follow', '--lines', '1000', ...words);
const rows = (out: string): string[] => out.split('\n').slice(0, -1);

const hostile = 'e\u001b[2Jv\u202eil\u2028\u009bx';
const several = [
  eventLine(0),
  eventLine(1, { ...refusal, senderId: hostile }),
  eventLine(2, { kind: 'message.received', outcome: 'delivered', channel: 'results', senderId: 'planner' }),
  eventLine(3, { outcome: 'unknown', recipientId: 'researcher,auditors' }),
  eventLine(4, {
    kind: 'connection.opened',
    channel: null,
    recipientId: null,
    messageType: null,
    messageHash: null,
    facts: { transport: 'kafka', host: 'b', port: 9093, tls_version: 'TLSv1.3' },
  }),
  eventLine(5, { kind: 'audit.gap', channel: null, facts: { lost: 7 } }),
];

describe('audit tail', () => {
  test('shows one readable line for each event', async () => {
    const { exitCode, out, err } = await tail(trail(several));
    expect([exitCode, err]).toEqual([0, '']);
    expect(rows(out)[0]).toBe(
      '2026-01-15T12:00:00.000Z  message.sent        orders  orchestrator → researcher  task  acknowledged  agent-messages[0]@0  by researcher',
    );
    expect(rows(out)[1]).toContain('ERR_POLICY_SENDER  ALERT unauthorised_communication');
    expect(rows(out)[4]).toContain('transport=kafka  host=b  port=9093  tls_version=TLSv1.3');
    expect(rows(out)[5]).toContain('lost=7');
  });

  test('writes nothing hostile to a terminal, and marks what is only claimed', async () => {
    const { out } = await tail(trail(several));
    expect(out.replaceAll('\n', '')).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
    expect(out).toContain('e\\u{1b}[2Jv\\u{202e}il\\u{2028}\\u{9b}x? → researcher?');
  });

  test('passes events through unchanged with --json, and nothing that is no event', async () => {
    const junk = ['junk', '{"unmapped":1}', '[]', `{"time":1,"unmapped":{"kind":"\u001b[2J"}}`, ''];
    const { out, err } = await tail(trail([...several, ...junk]), '--json');
    expect(rows(out)).toEqual(several);
    expect(err).toBe('Records that are no events, and are not shown: 4\n');
  });

  test.each([
    [
      ['--kind', 'message.sent'],
      [0, 3],
    ],
    [
      ['--kind', 'message'],
      [0, 1, 2, 3],
    ],
    [
      ['--kind', 'audit,connection.opened'],
      [4, 5],
    ],
    [['--sender', 'planner'], [2]],
    [['--recipient', 'auditors'], [3]],
    [['--channel', 'results,nothing'], [2]],
    [['--outcome', 'unknown'], [3]],
    [['--code', 'ERR_POLICY_'], [1]],
    [['--code', 'ERR_POLICY_SENDER'], [1]],
    [['--code', 'ERR_POLICY_SEND'], []],
    [['--alerts'], [1]],
    [
      ['--kind', 'message', '--sender', 'orchestrator'],
      [0, 3],
    ],
    [
      ['--since', new Date(startMs + 3000).toISOString()],
      [3, 4, 5],
    ],
    [
      ['--lines', '2'],
      [4, 5],
    ],
    [['--lines', '0'], []],
  ])('with %j shows the events %j', async (words, expected) => {
    const { exitCode, out } = await tail(trail(several), '--json', ...words);
    expect(exitCode).toBe(0);
    expect(rows(out)).toEqual(expected.map((n) => several[n]));
  });

  test('is coloured where its terminal wants it, and only there', async () => {
    const file = trail(several);
    let out = '';
    const streams = { out: (text: string) => void (out += text), err: () => undefined, colour: true };
    expect(await run(['audit', 'tail', file, '--no-follow'], streams)).toBe(0);
    expect(out).toContain('\u001b[31mERR_POLICY_SENDER\u001b[39m');
    // Its own colours are all that there is.
    expect(out.replaceAll(/\u001b\[\d+m/g, '').replaceAll('\n', '')).not.toMatch(/\p{C}/u);
    expect((await tail(file)).out).not.toContain('\u001b');
  });

  test('reads the last lines of a long file, of which it looks at no more than it must', async () => {
    const lines = Array.from({ length: 3000 }, (_, n) => eventLine(n));
    const file = trail(lines);
    const { out } = await command('audit', 'tail', file, '--no-follow', '--json');
    expect(rows(out)).toEqual(lines.slice(-10));
  });

  test('says so where there is no file, no source, or two of them', async () => {
    for (const words of [
      [join(folder, 'none.jsonl')],
      [],
      [trail([]), '--brokers', 'b:1'],
      [trail([]), '--lines', 'x'],
      [trail([]), '--since', 'yesterday'],
    ]) {
      const { exitCode, err } = await command('audit', 'tail', '--no-follow', ...words);
      expect(exitCode).toBeGreaterThan(0);
      expect(err).toMatch(/^ERR_USAGE_(FILE|ARGUMENT): /);
    }
  });
});

describe('audit tail, following', () => {
  const running: ChildProcess[] = [];
  afterEach(() => {
    for (const child of running.splice(0)) child.kill('SIGKILL');
  });
  const program = new URL('../../bin/sealwire.js', import.meta.url).pathname;

  interface Follower {
    readonly child: ChildProcess;
    /** Resolves when it has shown so many lines in all. */
    readonly lines: (count: number) => Promise<string[]>;
    readonly ended: Promise<readonly [number | null, NodeJS.Signals | null, string]>;
  }

  function follow(...words: string[]): Follower {
    const child = spawn(process.execPath, [program, 'audit', 'tail', '--json', ...words], { stdio: 'pipe' });
    running.push(child);
    let out = '';
    let err = '';
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    return {
      child,
      async lines(count) {
        for (;;) {
          const now = rows(out);
          if (now.length >= count) return now;
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
      },
      ended: new Promise((resolve) => {
        child.on('close', (code, signal) => resolve([code, signal, err]));
      }),
    };
  }

  test('goes on with what is appended, in parts too, through rotation and truncation, and ends in order on Ctrl-C', async () => {
    const lines = Array.from({ length: 8 }, (_, n) => eventLine(n));
    const file = trail(lines.slice(0, 2));
    const follower = follow(file);
    expect(await follower.lines(2)).toEqual(lines.slice(0, 2));
    appendFileSync(file, lines[2]!.slice(0, 100));
    await new Promise((resolve) => setTimeout(resolve, 400));
    appendFileSync(file, `${lines[2]!.slice(100)}\n`);
    await follower.lines(3);
    // What is written between its last look and the rotation is shown too.
    appendFileSync(file, `${lines[3]!}\n`);
    renameSync(file, `${file}.1`);
    appendFileSync(`${file}.1`, `${lines[4]!}\n`);
    await new Promise((resolve) => setTimeout(resolve, 400));
    writeFileSync(file, `${lines[5]!}\n${lines[6]!}\n`);
    await follower.lines(7);
    truncateSync(file);
    await new Promise((resolve) => setTimeout(resolve, 600));
    appendFileSync(file, `${lines[7]!}\n`);
    expect(await follower.lines(8)).toEqual(lines);
    follower.child.kill('SIGINT');
    expect(await follower.ended).toEqual([0, null, '']);
  });

  test('ends quietly when who reads it does', async () => {
    const file = trail([eventLine(0)]);
    const follower = follow(file);
    await follower.lines(1);
    follower.child.stdout!.destroy();
    const writing = setInterval(() => appendFileSync(file, `${eventLine(1)}\n`), 50);
    expect(await follower.ended).toEqual([0, null, '']);
    clearInterval(writing);
  });

  test('follows standard input to its end, and ends on Ctrl-C before it', async () => {
    const follower = follow('-');
    follower.child.stdin!.write(`${eventLine(0)}\n`);
    await follower.lines(1);
    follower.child.stdin!.end(`${eventLine(1)}\n`);
    expect(await follower.ended).toEqual([0, null, '']);
    expect(await follower.lines(2)).toHaveLength(2);

    const waiting = follow('-');
    waiting.child.stdin!.write(`${eventLine(0)}\n`);
    await waiting.lines(1);
    waiting.child.kill('SIGINT');
    expect(await waiting.ended).toEqual([0, null, '']);
  });
});
