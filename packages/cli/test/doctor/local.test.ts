// What `sealwire doctor` sees without a broker: policy, files, directory, keys, store; and what each planted fault becomes.
import {
  chmodSync,
  cpSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { basename, dirname, join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { keyFileName } from '@sealwire/identity';
import { readPolicy } from '@sealwire/policy';
import { allChecks } from '../../src/doctor/all-checks.js';
import { isLetPass } from '../../src/doctor/check-sealed.js';
import { nodeRow } from '../../src/doctor/check-process.js';
import { openContext } from '../../src/doctor/context.js';
import type { Row } from '../../src/doctor/row.js';
import { runChecks } from '../../src/doctor/run-checks.js';
import { initFolder, type InitReport } from '../../src/index.js';
import { readDirectory } from '../../src/read-directory.js';
import { command, newFolder } from '../made.js';

let first: InitReport;
let made: InitReport;
beforeAll(async () => {
  first = await initFolder({ folder: newFolder(), agents: ['alice', 'bob'] });
});
beforeEach(() => {
  const folder = newFolder();
  cpSync(first.folder, folder, { recursive: true });
  for (const name of ['alice', 'bob']) chmodSync(join(folder, 'keys', name), 0o700);
  const [policyFile, directoryFile] = [join(folder, 'sealwire.yaml'), join(folder, 'directory.jsonl')];
  made = { ...first, folder, policyFile, directoryFile };
  renameSync(at('root'), `${folder}-offline`);
});

async function doctor(...more: string[]) {
  const { exitCode, out, err } = await command('doctor', '--policy', made.policyFile, '--json', ...more);
  const { ok, rows } = JSON.parse(out) as { ok: boolean; rows: Row[] };
  return { exitCode, ok, err, rows };
}

/** What is not ok. */
const bad = (rows: readonly Row[]) =>
  rows
    .filter(({ verdict }) => verdict !== 'ok' && verdict !== 'skipped')
    .map(({ verdict, group, check, subject, evidence, fix }) => ({
      verdict,
      row: `${group} ${check} ${subject}`,
      evidence,
      fix,
    }));

const at = (...path: string[]): string => join(made.folder, ...path);
const edit = (file: string, change: (text: string) => string): void =>
  writeFileSync(file, change(readFileSync(file, 'utf8')));

/** As of a time: what is over then. */
const atTime = (ms: number, agent?: string) =>
  runChecks(
    allChecks,
    openContext({ policy: made.policyFile, ...(agent === undefined ? {} : { agent: [agent] }) }, ms),
  );

test('a new installation is healthy, with both agents whose keys are here', async () => {
  const { exitCode, ok, rows, err } = await doctor();
  expect(bad(rows)).toEqual([]);
  expect([exitCode, ok, err]).toEqual([0, true, '']);
  for (const agent of ['alice', 'bob'])
    expect(rows.filter(({ group, subject }) => group === 'keys' && subject.startsWith(agent)).length).toBe(6);
  expect(
    rows.every(({ verdict, fix }) => (verdict === 'ok') === (fix === null) || verdict === 'skipped'),
  ).toBe(true);
});

test('the root key on the agents’ machine is told', async () => {
  renameSync(`${made.folder}-offline`, at('root'));
  const { exitCode, rows } = await doctor();
  expect(exitCode).toBe(0);
  expect(bad(rows)).toMatchObject([{ verdict: 'warn', row: `files root key ${at('root')}` }]);
  expect((await doctor('--strict')).exitCode).toBe(1);
});

describe('files', () => {
  const only = () => doctor('--only', 'files', '--agent', 'alice');

  test('that others can read are told, with the command', async () => {
    const file = at('tls', 'alice.key');
    chmodSync(file, 0o644);
    const { exitCode, rows } = await only();
    expect(exitCode).toBe(1);
    expect(bad(rows)).toMatchObject([
      {
        verdict: 'fail',
        row: `files permissions ${file}`,
        evidence: expect.stringContaining('mode 644'),
        fix: expect.stringContaining(`chmod 600 '${file}'`),
      },
    ]);
  });

  test('that others can look into are told, and folders that they can change', async () => {
    const folder = at('keys', 'alice');
    chmodSync(folder, 0o755);
    expect(bad((await only()).rows)).toMatchObject([
      { verdict: 'warn', row: `files permissions ${folder}`, fix: `chmod 700 '${folder}'` },
    ]);
    chmodSync(folder, 0o777);
    expect(bad((await only()).rows)).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ verdict: 'fail', row: `files permissions ${folder}` }),
      ]),
    );
  });

  test('that others can change are told', async () => {
    chmodSync(made.policyFile, 0o666);
    expect(bad((await only()).rows)).toMatchObject([
      { row: `files permissions ${made.policyFile}`, fix: `chmod go-w '${made.policyFile}'` },
    ]);
  });

  test('that others can replace are told: by the folder they are in, or a link points into', async () => {
    const [open, file] = [at('open'), at('secrets', 'alice.password')];
    mkdirSync(open);
    chmodSync(open, 0o777);
    renameSync(file, join(open, 'password'));
    symlinkSync(join(open, 'password'), file);
    expect(bad((await only()).rows)).toMatchObject([
      {
        row: `files permissions ${file}`,
        evidence: expect.stringMatching(/a link to .*open\/password.*can write/),
        fix: expect.stringContaining('chmod go-w'),
      },
    ]);
    chmodSync(open, 0o755);
    const { rows } = await only();
    expect(bad(rows)).toEqual([]);
    expect(rows.find(({ subject }) => subject === file)!.evidence).toContain('a link to');
  });

  test('that are not there are told, but for what the agent makes', async () => {
    rmSync(at('secrets', 'alice.passphrase'));
    expect(bad((await only()).rows)).toMatchObject([
      {
        row: `files permissions ${at('secrets', 'alice.passphrase')}`,
        evidence: expect.stringContaining('ENOENT'),
      },
    ]);
  });
});

describe('the policy', () => {
  test('that does not read has each problem with its place; what needs it is skipped, nothing crashes', async () => {
    edit(made.policyFile, (text) =>
      text.replace('on_reject: quarantine', 'on_reject: perhaps\n  on_rejekt: x'),
    );
    const { exitCode, rows } = await doctor();
    expect(exitCode).toBe(1);
    expect(bad(rows).map(({ row }) => row)).toEqual([
      expect.stringMatching(/^policy file .*sealwire\.yaml:\d+:\d+$/),
      expect.stringMatching(/^policy file .*sealwire\.yaml:\d+:\d+$/),
    ]);
    expect(bad(rows)[1]!.evidence).toContain('did you mean "on_reject"');
    expect(rows.find(({ group }) => group === 'keys')!.verdict).toBe('skipped');
  });

  test('that is not there is one row', async () => {
    rmSync(made.policyFile);
    expect(bad((await doctor()).rows)).toMatchObject([
      { verdict: 'fail', evidence: expect.stringContaining('ENOENT') },
    ]);
  });

  test('that is not the one that this environment demands is told', async () => {
    process.env['SEALWIRE_POLICY_DIGEST'] = 'ab'.repeat(32);
    try {
      expect(bad((await doctor('--only', 'policy')).rows)).toMatchObject([
        {
          verdict: 'fail',
          row: `policy signatures ${made.policyFile}`,
          evidence: expect.stringContaining('ERR_USAGE_SIGNATURE'),
        },
      ]);
    } finally {
      delete process.env['SEALWIRE_POLICY_DIGEST'];
    }
  });

  test('that lets plaintext pass on a channel has that told, until its day and after', async () => {
    const day = new Date(Date.now() + 10 * 86_400_000).toISOString().slice(0, 10);
    edit(made.policyFile, (text) =>
      text.replace(
        '    max_age: 24h',
        `    mode: observe\n    plaintext: { insecure_until: ${day}, insecure_from: anybody }\n    max_age: 24h`,
      ),
    );
    const only = (rows: readonly Row[]) => bad(rows.filter(({ group }) => group === 'policy'));
    expect(only((await doctor()).rows)).toMatchObject([
      {
        verdict: 'warn',
        row: 'policy mode agent-messages',
        evidence: expect.stringContaining(`mode: observe, until ${day}`),
      },
    ]);
    expect(only(await atTime(Date.now() + 12 * 86_400_000))).toMatchObject([
      { evidence: expect.stringContaining('is refused now') },
    ]);
    const { channels } = readPolicy(made.policyFile);
    expect(isLetPass({ channels } as never, 'agent-messages', Date.now())).toBe(true);
    expect(isLetPass({ channels } as never, 'agent-messages', Date.now() + 12 * 86_400_000)).toBe(false);
    expect(isLetPass({ channels } as never, 'another', Date.now())).toBe(false);
  });

  test('has every control told: enforced, insecure until a day, not enforced', async () => {
    const day = new Date(Date.now() + 10 * 86_400_000).toISOString().slice(0, 10);
    edit(
      made.policyFile,
      (text) => `${text}
channel_security:
  tls: { min_version: "1.2", insecure_min_version_until: ${day} }
  message_queues: { encryption_at_rest: true }
  websockets: { enabled: true }
`,
    );
    const { exitCode, rows } = await doctor('--only', 'controls');
    expect(exitCode).toBe(0);
    expect(rows.map(({ verdict, subject }) => [verdict, subject])).toEqual([
      ['warn', 'channel_security.tls.min_version: 1.2'],
      ['ok', 'channel_security.message_queues.encryption_at_rest: true'],
      ['not enforced', 'channel_security.websockets.enabled: true'],
    ]);
    expect(rows[0]!.evidence).toContain(`INSECURE, acknowledged until ${day}`);
    expect(rows[2]!.evidence).toContain('NOT ENFORCED by this version');
    expect((await doctor('--only', 'controls', '--strict')).exitCode).toBe(1);
  });
});

describe('the directory', () => {
  const only = (rows: readonly Row[]) => bad(rows.filter(({ group }) => group === 'directory'));

  test('that was changed is told', async () => {
    edit(made.directoryFile, (text) =>
      text.replace(/.{40}\n$/, (end) => `${'A'.repeat(40)}${end.slice(40)}`),
    );
    const found = only((await doctor()).rows);
    expect(found[0]).toMatchObject({
      verdict: 'fail',
      evidence: expect.stringContaining('ERR_KEY_DIRECTORY'),
    });
  });

  test('that ends soon is told before, and that is over after', async () => {
    const day = 86_400_000;
    expect(only(await atTime(Date.now() + 300 * day, 'alice'))).toMatchObject([
      { verdict: 'warn', row: 'directory expiry root document 1' },
      { verdict: 'warn', row: expect.stringContaining('directory expiry document 1 of issuer') },
      { verdict: 'fail', row: 'directory audience team' },
    ]);
    expect(only(await atTime(Date.now() + 400 * day, 'alice')).slice(0, 2)).toMatchObject([
      { verdict: 'fail', evidence: expect.stringContaining('over since') },
      { verdict: 'fail', evidence: expect.stringContaining('receivers pause') },
    ]);
  });

  test('that does not have the agent is told', async () => {
    const found = only((await doctor('--agent', 'carol')).rows);
    expect(found).toMatchObject([{ verdict: 'fail', row: 'directory agent carol' }]);
  });
});

describe('keys', () => {
  const only = (rows: readonly Row[]) => bad(rows.filter(({ group }) => group === 'keys'));
  const signing = (): string => {
    const { rootPublicKey, directoryFile } = made;
    const pin = { file: directoryFile, rootKeys: [Buffer.from(rootPublicKey, 'base64url')], threshold: 1 };
    return keyFileName(
      at('keys'),
      'alice',
      'signing',
      readDirectory(pin, null).signingKeys('alice')[0]!.publicKey,
    );
  };

  test('that are not there, do not open, or are others than listed are told', async () => {
    const file = signing();
    const kept = readFileSync(file);
    rmSync(file);
    expect(only((await doctor()).rows)).toMatchObject([
      {
        row: expect.stringContaining('private half alice: signing key'),
        evidence: expect.stringContaining('not there'),
      },
    ]);
    writeFileSync(file, readFileSync(at('keys', 'bob', basenameOf('bob', 'signing'))), { mode: 0o600 });
    expect(only((await doctor()).rows)).toMatchObject([
      { evidence: expect.stringContaining('ERR_KEY_FILE') },
    ]);
    writeFileSync(file, readFileSync(at('keys', 'alice', basenameOf('alice', 'sealing'))), { mode: 0o600 });
    expect(only((await doctor()).rows)).toMatchObject([{ evidence: expect.stringContaining('another key') }]);
    writeFileSync(file, kept, { mode: 0o600 });
    expect(only((await doctor()).rows)).toEqual([]);
  });

  const basenameOf = (agent: string, kind: string): string =>
    basename(made.files.find((file) => file.startsWith(join('keys', agent, kind)))!);

  test('that were revoked and lie here are told, and that none is valid', async () => {
    await command('keys', 'revoke', 'alice', '--policy', made.policyFile, '--reason', 'test');
    const found = only((await doctor('--agent', 'alice')).rows);
    expect(found.map(({ verdict, row }) => [verdict, row.replace(/ [0-9a-f]{8}…$/, '')])).toEqual(
      expect.arrayContaining([
        ['fail', 'keys validity alice: signing key'],
        ['warn', 'keys private half alice: signing key'],
        ['warn', 'keys private half alice: sealing key'],
      ]),
    );
  });

  test('that should have been rotated before are told', async () => {
    edit(made.policyFile, (text) =>
      text.replace(
        /^rotation:\n(?:[ #].*\n|\n)*/m,
        'rotation: { rotation_interval_hours: 24, destroy_after: 30d }\n',
      ),
    );
    expect(only((await doctor('--agent', 'alice')).rows)).toEqual([]);
    const later = only(await atTime(Date.now() + 3 * 86_400_000, 'alice'));
    expect(later).toMatchObject([
      {
        verdict: 'fail',
        row: 'keys validity alice: sealing key',
        evidence: expect.stringContaining('behind'),
      },
      { verdict: 'fail', row: 'keys validity alice: key of team' },
    ]);
  });

  test('past their destroy time that lie here are told', async () => {
    const found = only(await atTime(Date.now() + 3000 * 86_400_000, 'alice'));
    expect(found.filter(({ evidence }) => evidence.includes('past its destroy time')).length).toBe(2);
  });
});

describe('the replay store', () => {
  const only = async () => (await doctor('--only', 'replay', '--agent', 'alice')).rows;
  const file = (): string => at('state', 'alice', 'replay.sqlite');
  beforeEach(() => void mkdirSync(dirname(file()), { recursive: true }));

  test('that is no store, or damaged, is told', async () => {
    new DatabaseSync(file()).exec('CREATE TABLE t (a)');
    expect(await only()).toMatchObject([
      { verdict: 'fail', evidence: expect.stringContaining('no replay store') },
    ]);
    writeFileSync(file(), 'SQLite format 3\0garbage');
    expect(await only()).toMatchObject([{ verdict: 'fail', evidence: expect.stringContaining('damaged') }]);
  });

  test('that is full is told, and nothing is made beside it', async () => {
    const store = new DatabaseSync(file());
    store.exec('PRAGMA application_id = 1398231619; PRAGMA user_version = 1; CREATE TABLE t (a)');
    store.exec('INSERT INTO t VALUES (zeroblob(900000))');
    store.close();
    expect(await only()).toMatchObject([{ verdict: 'ok' }]);
    edit(made.policyFile, (text) => `${text}\nreplay: { store: { sqlite: { max_size: 1MiB } } }\n`);
    expect(await only()).toMatchObject([
      { verdict: 'warn', evidence: expect.stringContaining('nearly full') },
    ]);
    const again = new DatabaseSync(file());
    again.exec('INSERT INTO t VALUES (zeroblob(200000))');
    again.close();
    expect(await only()).toMatchObject([{ verdict: 'fail', evidence: expect.stringContaining('is full') }]);
  });
});

describe('the table', () => {
  test('says all of it to people, and only what is wrong where that is asked for', async () => {
    chmodSync(at('tls', 'alice.key'), 0o640);
    const words = ['doctor', '--policy', made.policyFile, '--only', 'files', '--agent', 'alice'];
    const all = await command(...words);
    expect(all.out).toMatch(/^ok +files +permissions /m);
    expect(all.out).toMatch(/^FAIL +files +permissions .*mode 640.*\n +fix: chmod 600 /m);
    expect(all.out).toMatch(/1 fail, 1\d ok\n$/);
    const problems = await command(...words, '--problems');
    expect(problems.out).not.toMatch(/^ok/m);
    expect(problems.out.split('\n').length).toBe(4);
  });

  test('takes groups that there are, and nothing else', async () => {
    expect(await command('doctor', '--only', 'file')).toMatchObject({
      exitCode: 2,
      err: expect.stringContaining('--only takes some of: process, policy'),
    });
  });

  test('an old Node.js is told', () => {
    expect(nodeRow('20.20.2').verdict).toBe('fail');
    expect(nodeRow('22.21.9').verdict).toBe('fail');
    expect([nodeRow('22.22.0').verdict, nodeRow('24.1.0').verdict]).toEqual(['ok', 'ok']);
  });

  test('a check that fails is a row, one that hangs is one too, and the others go on', async () => {
    const rows = await runChecks(
      [
        { group: 'process', name: 'throws', run: () => Promise.reject(new Error('secret text')) },
        { group: 'process', name: 'hangs', run: () => new Promise<never>(() => undefined), limitMs: 20 },
        { group: 'process', name: 'is well', run: () => [] },
      ],
      openContext({ policy: made.policyFile }),
    );
    expect(rows.map(({ check, verdict }) => [check, verdict])).toEqual([
      ['throws', 'unknown'],
      ['hangs', 'unknown'],
    ]);
    expect(JSON.stringify(rows)).not.toContain('secret text');
  });
});
