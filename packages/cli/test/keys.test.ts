// `keys` and `directory`: what they change, what they print, and what they refuse.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateKeyPairSync } from 'node:crypto';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { nodePrimitives as primitives } from '@sealwire/crypto';
import { initFolder, type InitReport } from '../src/index.js';
import { publicPoint, jwkOf } from '../src/public-point.js';
import { command, newFolder } from './made.js';

let made: InitReport;
beforeEach(async () => {
  made = await initFolder({ folder: join(newFolder(), 'realm'), agents: ['alice', 'bob'] });
});

const at = (...names: string[]): string => join(made.folder, ...names);

async function ok<T = Record<string, unknown>>(...words: string[]): Promise<T> {
  const { exitCode, out } = await command(...words, '--policy', made.policyFile, '--json');
  const result = JSON.parse(out) as T;
  expect([exitCode, result]).toEqual([0, expect.objectContaining({ ok: true })]);
  return result;
}

async function refused(...words: string[]): Promise<{ exitCode: number; code: string; message: string }> {
  const { exitCode, out } = await command(...words, '--policy', made.policyFile, '--json');
  return { exitCode, ...(JSON.parse(out) as { code: string; message: string }) };
}

interface Keys {
  keys: {
    name: string;
    keyId: string;
    purpose: string;
    status: string;
    heldBy: string[];
    sharedWith: string[];
  }[];
}

describe('keys', () => {
  it('lists every key, whose it is and where its private half is', async () => {
    const { keys } = await ok<Keys>('keys', 'list');
    expect(keys.map(({ name, purpose, heldBy }) => [name, purpose, heldBy.join()])).toEqual([
      ['alice', 'message-signing', 'alice'],
      ['alice', 'sealing', 'alice'],
      ['bob', 'message-signing', 'bob'],
      ['bob', 'sealing', 'bob'],
      ['team', 'sealing', 'alice,bob'],
    ]);
    expect((await ok<Keys>('keys', 'list', 'team')).keys).toHaveLength(1);
  });

  it('rotates nothing that is not due, and everything that is forced, with a share for every member', async () => {
    expect(await ok('keys', 'rotate')).toMatchObject({ keys: [], serials: [] });
    const { keys } = await ok<Keys>('keys', 'rotate', '--force', 'alice', 'team');
    expect(keys.map(({ name, purpose }) => `${name} ${purpose}`).sort()).toEqual([
      'alice message-signing',
      'alice sealing',
      'team sealing',
    ]);
    const team = (await ok<Keys>('keys', 'list', 'team')).keys;
    expect(team.at(-1)!.sharedWith.sort()).toEqual(['alice', 'bob']);
    expect(readdirSync(at('keys', 'alice')).filter((name) => name.endsWith('.pem'))).toHaveLength(6);
  });

  it('revokes an agent or one key, from a time on and with a reason', async () => {
    const result = await ok<Keys & { distrustFrom: string }>(
      'keys',
      'revoke',
      'alice',
      '--distrust-from',
      '2026-01-01',
      '--reason',
      'stolen',
    );
    expect(result.keys).toHaveLength(2);
    expect(result.distrustFrom).toBe('2026-01-01T00:00:00.000Z');
    const { keys } = await ok<Keys>('keys', 'list', 'alice');
    expect(keys.map(({ status }) => status)).toEqual(['revoked', 'revoked']);
    const [bob] = (await ok<Keys>('keys', 'list', 'bob')).keys;
    expect((await ok<Keys>('keys', 'revoke', bob!.keyId)).keys).toHaveLength(1);
    expect(await refused('keys', 'revoke', 'carol')).toMatchObject({
      exitCode: 2,
      code: 'ERR_USAGE_ARGUMENT',
    });
    expect(await refused('keys', 'revoke', 'bob', '--distrust-from', 'yesterday')).toMatchObject({
      exitCode: 2,
    });
  });

  it('makes keys whose request is accepted once, by the realm that it is for, and leaves none behind where it cannot', async () => {
    const request = at('carol.request');
    await ok('keys', 'new', 'carol', '--out', request);
    expect(readFileSync(request, 'utf8')).not.toContain('PRIVATE');
    const forged = JSON.parse(readFileSync(request, 'utf8')) as { agent: string };
    writeFileSync(at('forged.request'), JSON.stringify({ ...forged, agent: 'mallory' }));
    expect(await refused('directory', 'agent', 'add', at('forged.request'))).toMatchObject({
      exitCode: 1,
      code: 'ERR_KEY_DIRECTORY',
    });
    await ok('directory', 'agent', 'add', request, '--group', 'team');
    expect(await refused('directory', 'agent', 'add', request)).toMatchObject({ exitCode: 1 });
    expect((await ok<Keys>('keys', 'list', 'team')).keys.at(-1)!.sharedWith).toContain('carol');
    expect(await refused('keys', 'new', 'dora', '--purpose', 'sealing')).toMatchObject({ exitCode: 1 });
    expect(existsSync(at('keys', 'dora'))).toBe(false);
    expect(existsSync(at('secrets', 'carol.passphrase'))).toBe(true);
    expect(existsSync(at('secrets', 'dora.passphrase'))).toBe(false);
  });

  it('prints public keys as points and as JWK, and takes them as nothing else', async () => {
    const { keys } = await ok<{ keys: { publicKey: string }[] }>('keys', 'export-public', 'alice');
    const point = publicPoint('the key', keys[0]!.publicKey);
    for (const text of [
      point.toString('hex'),
      point.toString('base64url'),
      JSON.stringify(jwkOf(point, 'sig')),
    ])
      expect(publicPoint('the key', text)).toEqual(point);
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const compressed = Buffer.concat([Buffer.of(2), point.subarray(1, 33)]);
    const off = Buffer.from(point);
    off[64]! ^= 1;
    for (const text of [
      publicKey.export({ type: 'spki', format: 'pem' }).toString(),
      publicKey.export({ type: 'spki', format: 'der' }).toString('base64url'),
      JSON.stringify(privateKey.export({ format: 'jwk' })),
      compressed.toString('hex'),
      off.toString('hex'),
      `${point.toString('hex')} `.repeat(2),
      '',
    ])
      expect(() => publicPoint('the key', text)).toThrow('must be a public key');
    expect(primitives.verifyKey(point)).not.toBeNull();
  });
});

describe('directory', () => {
  it('gives a group another key when a member leaves', async () => {
    await ok('directory', 'group', 'change', 'team', '--remove', 'bob');
    const { keys } = await ok<Keys>('keys', 'list', 'team');
    expect(keys.map(({ status, sharedWith }) => [status, sharedWith])).toEqual([
      ['revoked', []],
      ['valid', ['alice']],
    ]);
    expect(await refused('directory', 'group', 'change', 'team', '--remove', 'bob')).toMatchObject({
      exitCode: 2,
    });
  });

  it('adds and removes groups and agents', async () => {
    await ok('directory', 'group', 'add', 'readers', '--member', 'bob');
    expect((await ok<Keys>('keys', 'list', 'readers')).keys[0]!.sharedWith).toEqual(['bob']);
    await ok('directory', 'agent', 'remove', 'alice');
    const { agents, groups } = await ok<{
      agents: { name: string }[];
      groups: { name: string; members: string[] }[];
    }>('directory', 'show', at('directory.jsonl'));
    expect(agents.map(({ name }) => name)).toEqual(['bob']);
    expect(groups.map(({ name, members }) => [name, members])).toEqual([
      ['readers', ['bob']],
      ['team', ['bob']],
    ]);
    await ok('directory', 'group', 'remove', 'readers');
  });

  it('puts no root document into force that too few have signed, or that does not follow', async () => {
    await ok('directory', 'root', 'renew', '--out', at('root-2'));
    expect(await refused('directory', 'publish', at('root-2'))).toMatchObject({
      exitCode: 1,
      code: 'ERR_KEY_DIRECTORY',
    });
    const { exitCode } = await command(
      'directory',
      'sign',
      at('root-2'),
      '--key',
      at('issuers', 'issuer-key.pem'),
    );
    expect(exitCode).toBe(0);
    expect(await refused('directory', 'publish', at('root-2'))).toMatchObject({
      exitCode: 1,
      code: 'ERR_KEY_DIRECTORY',
    });
    await command('directory', 'sign', at('root-2'), '--key', at('root', 'root-key.pem'));
    await ok('directory', 'publish', at('root-2'));
    expect(await refused('directory', 'publish', at('root-2'))).toMatchObject({ exitCode: 1 });
  });

  it('says what does not verify, and exits 1', async () => {
    const file = at('directory.jsonl');
    expect(await ok('directory', 'verify')).toMatchObject({ refused: [] });
    writeFileSync(at('torn.jsonl'), readFileSync(file).subarray(0, -50));
    const { exitCode, out } = await command(
      'directory',
      'verify',
      at('torn.jsonl'),
      '--policy',
      made.policyFile,
      '--json',
    );
    expect([exitCode, JSON.parse(out)]).toEqual([
      1,
      expect.objectContaining({
        ok: false,
        refused: [expect.objectContaining({ code: 'ERR_KEY_DIRECTORY' })],
      }),
    ]);
    const late = await command(
      'directory',
      'verify',
      file,
      '--policy',
      made.policyFile,
      '--at',
      '2100-01-01',
    );
    expect([late.exitCode, late.out]).toEqual([1, expect.stringContaining('EXPIRED')]);
  });

  it('tells what changed', async () => {
    writeFileSync(at('before.jsonl'), readFileSync(at('directory.jsonl')));
    await ok('keys', 'revoke', 'bob');
    const { changes } = await ok<{ changes: { kind: string; name?: string }[] }>(
      'directory',
      'diff',
      at('before.jsonl'),
      at('directory.jsonl'),
    );
    expect(changes.map(({ kind, name }) => [kind, name])).toEqual([
      ['document', undefined],
      ['key-revoked', 'bob'],
      ['key-revoked', 'bob'],
    ]);
  });
});

describe('completion', () => {
  it.each([
    ['sealwire ke', 'keys'],
    ['sealwire --v', '--version'],
    ['sealwire keys ro', 'rotate'],
    ['sealwire directory root ', 'new renew --help'],
    ['sealwire keys rotate --fo', '--force'],
  ])('completes "%s"', async (line, expected) => {
    const { out } = await command('completion', 'bash');
    const words = line.split(' ');
    const script = `${out}\nCOMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')})\nCOMP_CWORD=${words.length - 1}\n_sealwire\necho "\${COMPREPLY[*]}"`;
    expect(execFileSync('bash', ['-c', script]).toString().trim()).toBe(expected);
  });
});
