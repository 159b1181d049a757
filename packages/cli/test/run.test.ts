// The command line: what it prints, where, and with which exit code.
import { execFile } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { initFolder, type InitReport } from '../src/index.js';
import { command, newFolder } from './made.js';

let made: InitReport;
beforeAll(async () => {
  made = await initFolder({ folder: newFolder(), agents: ['alice', 'bob'] });
});

describe('init', () => {
  test('makes a folder and says what, and what to do next', async () => {
    const folder = join(newFolder(), 'new');
    const { exitCode, out, err } = await command(
      'init',
      folder,
      '--agents',
      'a,b',
      '--group',
      'team=a',
      '--group',
      'all=a,b',
    );
    expect([exitCode, err]).toEqual([0, '']);
    expect(out).toContain(`Made in ${folder}`);
    expect(out).toContain('Group     all: a, b');
    expect(out).toContain('1. Take root/ and tls/ca.key offline now');
    expect(existsSync(join(folder, 'sealwire.yaml'))).toBe(true);
  });

  test('prints one JSON object where that is asked for, without a secret', async () => {
    const folder = join(newFolder(), 'new');
    const { exitCode, out } = await command('init', folder, '--agents', 'a', '--json');
    const report = JSON.parse(out) as Record<string, unknown>;
    expect(exitCode).toBe(0);
    expect(report).toMatchObject({ ok: true, folder, agents: ['a'] });
    expect(out).not.toContain(readFileSync(join(folder, 'secrets', 'a.passphrase'), 'utf8').trim());
  });

  test('takes hosts, brokers and URL', async () => {
    const folder = join(newFolder(), 'new');
    const words = [
      '--broker-host',
      'x.example',
      '--broker-host',
      'y.example,z.example',
      '--kafka-brokers',
      'k:9093',
      '--rabbitmq-url',
      'amqps://r:5671',
    ];
    const { out } = await command('init', folder, '--agents', 'a', ...words);
    expect(out).toContain("brokers: ['k:9093']");
    expect(out).toContain('amqps://r:5671');
  });

  test('exits 1 where the folder is not empty', async () => {
    const { exitCode, err } = await command('init', made.folder, '--agents', 'a');
    expect(exitCode).toBe(1);
    expect(err).toContain('ERR_USAGE_FILE');
  });

  test.each([
    [['init'], 'agents'],
    [['init', 'f'], '--agents'],
    [['init', 'f', '--agents', 'a,,b'], 'without empty ones'],
    [['init', 'f', '--agents', 'a', '--group', 'team'], 'name=member'],
    [['init', 'f', '--agents', 'a', '--group', 't=a', '--group', 't=a'], 'comes twice'],
    [['init', 'f', '--agents', 'a', '--agnts', 'b'], 'Did you mean --agents?'],
    [['init', 'f', 'g', '--agents', 'a'], 'too many arguments'],
    [['init', 'f', '--agents', 'a', '--group', 'team=b'], 'not among the agents'],
    [['intt'], 'Did you mean init?'],
  ])('%j is a wrong command line', async (words, problem) => {
    const { exitCode, out, err } = await command(...words);
    expect([exitCode, out]).toEqual([2, '']);
    expect(err).toContain(problem);
    expect(existsSync('f')).toBe(false);
  });

  test('tells a wrong command line as JSON too', async () => {
    const { exitCode, out, err } = await command('init', '--json');
    expect([exitCode, err]).toEqual([2, '']);
    expect(JSON.parse(out)).toMatchObject({ ok: false, code: 'ERR_USAGE_ARGUMENT' });
  });
});

describe('policy check', () => {
  test('says what it checked, and what it could not without an agent', async () => {
    const { exitCode, out } = await command('policy', 'check', made.policyFile);
    expect(exitCode).toBe(0);
    expect(out).toContain(`${made.policyFile} is valid`);
    expect(out).toContain('Not checked: keys, certificates and passwords');
  });

  test('checks keys, certificates and passwords of an agent', async () => {
    const { exitCode, out } = await command('policy', 'check', made.policyFile, '--agent', 'alice', '--json');
    expect(exitCode).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      ok: true,
      agent: 'alice',
      channels: ['agent-messages'],
      checked: expect.arrayContaining(['keys of alice', 'certificates and password for rabbitmq']),
      notChecked: [],
      notEnforced: [],
      insecure: [],
    });
  });

  test('says loudly what this version does not enforce, and what is accepted as insecure', async () => {
    const file = join(dirname(made.policyFile), 'with-controls.yaml');
    const day = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
    const controls = `channel_security: { tls: { min_version: '1.2', insecure_min_version_until: ${day} }, websockets: { enabled: true } }\n`;
    writeFileSync(file, `${readFileSync(made.policyFile, 'utf8')}\n${controls}`);
    const { out } = await command('policy', 'check', file);
    expect(out).toContain('NOT ENFORCED BY THIS VERSION: channel_security.websockets.enabled');
    expect(out).toContain('INSECURE: channel_security.tls.min_version is 1.2, accepted until ');
    const { out: json } = await command('policy', 'check', file, '--json');
    expect(JSON.parse(json)).toMatchObject({
      notEnforced: ['channel_security.websockets.enabled'],
      insecure: [{ key: 'channel_security.tls.min_version', value: '1.2' }],
    });
  });

  test.each([
    [1, /^INSECURE: channels\.agent-messages\.mode is migrate, accepted until /m],
    [-2, /^OVER: channels\.agent-messages\.mode was migrate until .*; remove it$/m],
  ])('says of a channel that plaintext passes, and when that is over', async (days, told) => {
    const file = join(dirname(made.policyFile), 'with-mode.yaml');
    const day = new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
    const mode = `    mode: migrate\n    plaintext: { insecure_until: ${day}, insecure_from: anybody }\n`;
    const text = readFileSync(made.policyFile, 'utf8');
    writeFileSync(
      file,
      text.replace(/^  agent-messages:\n/m, (line) => line + mode),
    );
    const { exitCode, out } = await command('policy', 'check', file);
    expect(exitCode).toBe(0);
    expect(out).toMatch(told);
  });

  test('schema prints what editors complete sealwire.yaml by', async () => {
    const { exitCode, out } = await command('policy', 'schema');
    expect(exitCode).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ title: 'sealwire.yaml', additionalProperties: false });
  });

  test('exits 1 with every problem and its place', async () => {
    const file = join(newFolder(), 'sealwire.yaml');
    writeFileSync(file, 'version: 1\nrelam: x\n');
    const { exitCode, out, err } = await command('policy', 'check', file);
    expect([exitCode, out]).toEqual([1, '']);
    expect(err).toContain(`${file}:2:1: relam is not known here; did you mean "realm"?`);
    expect(err).toContain('channels is missing');
  });

  test('exits 1 for an agent that is not there', async () => {
    const { exitCode, out } = await command(
      'policy',
      'check',
      made.policyFile,
      '--agent',
      'mallory',
      '--json',
    );
    expect(exitCode).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ ok: false, code: 'ERR_USAGE_AGENT' });
  });
});

describe('directory show', () => {
  test('lists agents, groups and keys with their status', async () => {
    const { exitCode, out } = await command('directory', 'show', made.directoryFile);
    expect(exitCode).toBe(0);
    expect(out).toContain(`Realm ${made.realm}, root document 1`);
    expect(out).toMatch(/ {2}alice\n {4}[0-9a-f]{32} {2}message-signing {2}valid, until/);
    expect(out).toContain('team: alice, bob');
  });

  test('gives the same as data', async () => {
    const { out } = await command(
      'directory',
      'show',
      made.directoryFile,
      '--root-key',
      made.rootPublicKey,
      '--json',
    );
    expect(JSON.parse(out)).toMatchObject({
      ok: true,
      realm: made.realm,
      expired: false,
      groups: [{ name: 'team', members: ['alice', 'bob'], keys: [{ purpose: 'sealing', status: 'valid' }] }],
    });
  });

  test('shows an expired directory, and says that it is', async () => {
    const nowMs = Date.now() - 400 * 86_400_000;
    const old = await initFolder({ folder: newFolder(), agents: ['a'], nowMs });
    const { exitCode, out } = await command('directory', 'show', old.directoryFile);
    expect(exitCode).toBe(0);
    expect(out).toContain('EXPIRED');
    expect(out).toContain('  expired, until');
  });

  test('shows nothing that another root signed', async () => {
    const other = await initFolder({ folder: newFolder(), agents: ['a'] });
    const { exitCode, out, err } = await command(
      'directory',
      'show',
      made.directoryFile,
      '--policy',
      other.policyFile,
    );
    expect([exitCode, out]).toEqual([1, '']);
    expect(err).toContain('ERR_KEY_DIRECTORY');
  });

  test('wants to know which root to trust', async () => {
    const file = join(newFolder(), 'directory.jsonl');
    writeFileSync(file, readFileSync(made.directoryFile));
    expect(await command('directory', 'show', file)).toMatchObject({ exitCode: 2, out: '' });
    expect((await command('directory', 'show', file, '--root-key', 'AAAA')).exitCode).toBe(2);
    const both = ['--root-key', made.rootPublicKey, '--policy', made.policyFile];
    expect((await command('directory', 'show', file, ...both)).err).toContain(
      'either --policy or --root-key',
    );
  });
});

describe('help', () => {
  test.each([[[]], [['init']], [['policy', 'check']], [['directory', 'show']]])(
    'of %j has examples and exit codes',
    async (words) => {
      const { exitCode, out } = await command(...words, '--help');
      expect(exitCode).toBe(0);
      expect(out).toContain('sealwire ');
      expect(out).toMatch(/Examples:|Start with:/);
      expect(out).toContain('Exit codes: 0');
    },
  );

  test('is shown where no command is given, with exit code 2', async () => {
    const { exitCode, err } = await command();
    expect(exitCode).toBe(2);
    expect(err).toContain('Usage: sealwire');
    expect(JSON.parse((await command('policy', '--json')).out)).toMatchObject({ ok: false });
  });
});

test.each(['--version', '-V'])('%s prints the version of the package, and nothing else', async (word) => {
  const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '..', 'package.json'), 'utf8')) as {
    version: string;
  };
  expect(await command(word)).toEqual({ exitCode: 0, out: `${version}\n`, err: '' });
});

test('the program itself passes on exit code and output', async () => {
  const main = new URL('../dist/main.js', import.meta.url).pathname;
  const { stdout } = await promisify(execFile)(process.execPath, [
    main,
    'policy',
    'check',
    made.policyFile,
    '--json',
  ]);
  expect(JSON.parse(stdout)).toMatchObject({ ok: true });
  const failed = promisify(execFile)(process.execPath, [main, 'policy', 'check', '/nowhere', '--json']);
  await expect(failed).rejects.toMatchObject({ code: 1, stdout: expect.stringContaining('ERR_USAGE_FILE') });
});

test('the installed command says which Node.js it needs, where the one that runs it is older', async () => {
  const older =
    'data:text/javascript,Object.defineProperty(process,"versions",{value:{...process.versions,node:"20.20.2"}})';
  const command = join(import.meta.dirname, '..', 'bin', 'sealwire.js');
  const failed = promisify(execFile)(process.execPath, ['--import', older, command, '--help']);
  await expect(failed).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining('Node.js 22.22') });
});
