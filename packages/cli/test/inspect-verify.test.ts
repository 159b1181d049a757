// `inspect` and `verify`: what they say of files, of lines of JSON and of junk, and with which exit code.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { Outgoing, Sealed, Sealwire } from '@sealwire/core';
import { openSealwire } from 'sealwire';
import { initFolder, run, type InitReport } from '../src/index.js';
import { command, newFolder } from './made.js';

let made: InitReport;
let sealwire: Sealwire;
let sealed: readonly Sealed[];
const folder = newFolder();
const file = (name: string, data: string | Buffer): string => {
  const path = join(folder, name);
  writeFileSync(path, data);
  return path;
};
const base64 = (bytes: Buffer | null) => bytes?.toString('base64') ?? null;
const line = ({ value, key, headers }: Sealed, more: object = {}): string =>
  JSON.stringify({
    value: base64(value),
    key: base64(key),
    headers: headers.map(({ name, values }) => ({ name, values: values.map(base64) })),
    ...more,
  });

beforeAll(async () => {
  made = await initFolder({ folder: join(newFolder(), 'made'), agents: ['alice', 'bob'] });
  sealwire = await openSealwire(made.policyFile, { agent: 'alice' });
  const policy = readFileSync(made.policyFile, 'utf8');
  const topic = /topics: \[['"]?([^'"\],]+)/.exec(policy)![1]!;
  const outgoing = (payload: Buffer | null): Outgoing => ({
    destination: { transport: 'kafka', topic },
    payload,
    key: Buffer.from('k'),
    headers: [],
    partition: 0,
    description: {},
  });
  sealed = await Promise.resolve(
    sealwire
      .outlet('kafka', { write: () => Promise.resolve() })
      .seal([outgoing(Buffer.from('{"a":1}')), outgoing(Buffer.from('{"a":2}')), outgoing(null)]),
  );
});
afterAll(() => sealwire.close());

const jsonLines = (out: string): unknown[] =>
  out
    .trimEnd()
    .split('\n')
    .map((one) => JSON.parse(one) as unknown);

/** The verify command with this folder’s directory. */
const verify = (...words: string[]) =>
  command('verify', ...words, '--directory', made.directoryFile, '--root-key', made.rootPublicKey);

describe('inspect', () => {
  test('shows every field of a record, without a key', async () => {
    const { exitCode, out, err } = await command(
      'inspect',
      file('plain.bin', sealed[0]!.value!),
      '--key',
      'k',
    );
    expect([exitCode, err]).toEqual([0, '']);
    for (const text of ['Well-formed', 'sender           alice', 'audience', 'treeSize', 'message hash'])
      expect(out).toContain(text);
    expect(out).toContain(sealed[0]!.facts.messageHash.toString('hex'));
  });

  test('reads hex, base64 and lines of JSON, tombstones among them', async () => {
    const { value } = sealed[0]!;
    const ways = [
      [file('a.hex', `${value!.toString('hex')}\n`), '--hex'],
      [file('a.b64', value!.toString('base64')), '--base64'],
      [file('a.jsonl', sealed.map((one) => line(one)).join('\n'))],
    ];
    for (const words of ways) {
      const { exitCode, out } = await command('inspect', ...words, '--json');
      const { ok, records } = JSON.parse(out) as { ok: boolean; records: { wellFormed: boolean }[] };
      expect([exitCode, ok, records.every(({ wellFormed }) => wellFormed)]).toEqual([0, true, true]);
    }
    const { out } = await command('inspect', ways[2]![0]!, '--json');
    const { records } = JSON.parse(out) as { records: { tombstone: boolean }[] };
    expect(records.map(({ tombstone }) => tombstone)).toEqual([false, false, true]);
  });

  test('says at which byte junk stops making sense, and exits 1', async () => {
    const cut = file('cut.bin', sealed[0]!.value!.subarray(0, 200));
    const { exitCode, out } = await command('inspect', cut);
    expect(exitCode).toBe(1);
    expect(out).toMatch(/NOT well-formed: ERR_FORMAT_ENVELOPE at byte \d+/);
    const junk = await command('inspect', file('junk.bin', 'hello'), '--json');
    expect(junk.exitCode).toBe(1);
    expect(JSON.parse(junk.out)).toMatchObject({
      ok: false,
      records: [{ problem: { code: 'ERR_FORMAT_NOT_SEALED', at: 0 } }],
    });
  });

  test('lets nothing in a message move the cursor of whoever looks at it', async () => {
    const name = '\u001b[2J';
    const value = Buffer.from(sealed[0]!.value!);
    const at = value.indexOf('alice');
    value.write(`${name}a`.slice(0, 5), at);
    const { out } = await command('inspect', file('escape.bin', value));
    expect(out).not.toContain('\u001b');
    expect(out).toContain('\\u{1b}');
  });

  test.each([
    [['inspect'], 'Give one of'],
    [['inspect', 'f', '--topic', 't'], 'Give one of'],
    [['inspect', '--topic', 't'], '--partition'],
    [['inspect', '--topic', 't', '--partition', 'x', '--offset', '1', '--brokers', 'h:1'], 'whole numbers'],
    [['inspect', '--queue', 'q'], '--url'],
    [['export', '--brokers', 'h:1'], '--topic'],
    [['export', '--topic', 't', '--brokers', 'h:1', '--to-offset', '3'], '--partition'],
    [['export', '--topic', 't', '--brokers', 'h:1', '--partition', 'x'], 'whole number'],
    [
      ['export', '--topic', 't', '--brokers', 'h:1', '--partition', '0', '--to-offset', '3', '--end'],
      'either --to-offset or --end',
    ],
    [['verify', 'f'], '--directory'],
    [['verify', 'f', '--directory', 'd', '--root-key', 'x', '--max-message', '0'], '--max-message'],
    [['verify', 'f', '--directory', 'd', '--root-key', 'x'], '65 bytes'],
    [['verify', 'f', '--directory', '/nowhere/d'], '--policy or --root-key'],
  ])('%j is a wrong command line', async (words, problem) => {
    const { exitCode, err } = await command(...words);
    expect(exitCode).toBe(2);
    expect(err).toContain(problem);
  });

  test.each(['inspect', 'export', 'verify'])('%s --help has examples and exit codes', async (name) => {
    const { exitCode, out } = await command(name, '--help');
    expect(exitCode).toBe(0);
    expect(out).toContain('Examples:');
    expect(out).toContain('Exit codes:');
  });
});

describe('verify', () => {
  test('tells who sent each message of a stream, and exits 0 where all verify', async () => {
    const stream = file(
      'all.jsonl',
      sealed.map((one, i) => line(one, { topic: 't', partition: 0, offset: `${i}` })).join('\n'),
    );
    const { exitCode, out, err } = await verify(stream);
    expect([exitCode, err]).toEqual([0, '']);
    expect(out).toContain('t[0]@2: "alice" sent');
    expect(out).toContain('3 verified, 0 not');
  });

  test('finds the one that was changed, and exits 1', async () => {
    const value = Buffer.from(sealed[1]!.value!);
    value[value.length - 1]! ^= 1;
    const stream = file('changed.jsonl', `${line(sealed[0]!)}\n\n${line({ ...sealed[1]!, value })}\n`);
    const { exitCode, out } = await verify(stream, '--json');
    expect(exitCode).toBe(1);
    expect(jsonLines(out)).toMatchObject([
      { verified: true, sender: 'alice' },
      { verified: false, code: 'ERR_INTEGRITY_SIGNATURE', name: expect.stringMatching(/changed.jsonl:3$/) },
      { ok: false, verified: 1, failed: 1 },
    ]);
  });

  test('needs the record key, which the signature covers', async () => {
    const path = file('one.bin', sealed[0]!.value!);
    expect((await verify(path, '--key', 'k')).exitCode).toBe(0);
    expect((await verify(path, '--key-base64', 'aw==')).exitCode).toBe(0);
    expect((await verify(path)).out).toContain('ERR_INTEGRITY_SIGNATURE');
  });

  test('judges keys as of a date, or when the broker appended the record', async () => {
    const path = file('dated.bin', sealed[0]!.value!);
    const early = await verify(path, '--key', 'k', '--as-of', '2020-01-01T00:00:00Z');
    expect([early.exitCode, early.out]).toEqual([1, expect.stringContaining('ERR_KEY_STATUS')]);
    const appended = file('appended.jsonl', line(sealed[0]!, { appendedAt: '2020-01-01T00:00:00Z' }));
    expect((await verify(appended)).out).toContain('ERR_KEY_STATUS');
    expect((await verify(path, '--key', 'k', '--as-of', 'yesterday')).exitCode).toBe(2);
    // By then this directory will have expired: it says nothing of that time.
    const late = await verify(path, '--key', 'k', '--as-of', '2099-01-01T00:00:00Z');
    expect([late.exitCode, late.err]).toEqual([1, expect.stringContaining('ERR_UNABLE_DIRECTORY')]);
  });

  test('trusts no directory but one that the root key signed', async () => {
    const path = file('other.bin', sealed[0]!.value!);
    const other = await initFolder({ folder: join(newFolder(), 'other'), agents: ['alice'] });
    const wrongRoot = await command(
      'verify',
      path,
      '--key',
      'k',
      '--directory',
      made.directoryFile,
      '--root-key',
      other.rootPublicKey,
    );
    expect([wrongRoot.exitCode, wrongRoot.err]).toEqual([1, expect.stringContaining('ERR_KEY_DIRECTORY')]);
    const otherRealm = await command('verify', path, '--key', 'k', '--directory', other.directoryFile);
    expect([otherRealm.exitCode, otherRealm.out]).toEqual([1, expect.stringContaining('ERR_POLICY_REALM')]);
  });

  test('says nothing is verified where there is nothing', async () => {
    expect((await verify(file('empty.jsonl', '{"value":null}'))).exitCode).toBe(1);
  });

  test('passes over a record that is too large, says so, and goes on to the next', async () => {
    const large = JSON.stringify({ value: 'A'.repeat(300_000), topic: 'hidden' });
    const stream = file('large.jsonl', [line(sealed[0]!), large, line(sealed[1]!)].join('\n'));
    const { exitCode, out } = await verify(stream, '--json', '--max-message', '65536');
    expect(exitCode).toBe(1);
    expect(jsonLines(out)).toMatchObject([
      { verified: true },
      { verified: false, code: 'ERR_FORMAT_SIZE', name: expect.stringMatching(/large.jsonl:2$/) },
      { verified: true },
      { ok: false, verified: 2, failed: 1 },
    ]);
  });

  test('with --json ends a stream that it cannot read to its end with a line that says so', async () => {
    const stream = file('torn.jsonl', `${line(sealed[0]!)}\n{"value":`);
    const { exitCode, out } = await verify(stream, '--json');
    expect(exitCode).toBe(2);
    expect(jsonLines(out)).toMatchObject([{ verified: true }, { ok: false, code: 'ERR_USAGE_ARGUMENT' }]);
  });

  test('says how far it is where that is a terminal and its output is not', async () => {
    const stream = file('many.jsonl', Array.from({ length: 300 }, () => line(sealed[0]!)).join('\n'));
    let nowMs = Date.now();
    const clock = jest.spyOn(Date, 'now').mockImplementation(() => (nowMs += 600));
    const words = ['verify', stream, '--directory', made.directoryFile, '--root-key', made.rootPublicKey];
    const told = async (showsProgress: boolean): Promise<string> => {
      let err = '';
      await run(words, { out: () => undefined, err: (text) => void (err += text), showsProgress });
      return err;
    };
    try {
      expect(await told(true)).toMatch(/^(\r\d00 records …)+\r\u001b\[K$/);
      expect(await told(false)).toBe('');
    } finally {
      clock.mockRestore();
    }
  });

  test('refuses lines that are not of the form, by their number', async () => {
    for (const text of [
      '{',
      '{"key":null}',
      '{"value":5}',
      '{"value":null,"headers":{}}',
      '{"value":null,"appendedAt":"x"}',
    ]) {
      const { exitCode, err } = await verify(file('bad.jsonl', text));
      expect([exitCode, err]).toEqual([2, expect.stringContaining('bad.jsonl:1')]);
    }
  });
});
