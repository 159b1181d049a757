// What a key store of files holds, signs and unwraps, and what it refuses to start with.
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { nodePrimitives as primitives } from '@sealwire/crypto';
import { documentJson, type DirectoryDocument } from '../src/directory-document.js';
import {
  keyFileName,
  openDirectory,
  openKeyStore,
  writePrivateKeyFile,
  type KeyFileKind,
  type PrivateKey,
} from '../src/index.js';
import {
  day,
  directoryFile,
  document,
  keys,
  latin1,
  listed,
  newFolder,
  newKey,
  now,
  root,
  SetClock,
  signed,
  thrown,
} from './made.js';

let folder: string;
beforeEach(() => {
  folder = newFolder();
});

function save(agent: string, kind: KeyFileKind, key: PrivateKey): string {
  const file = keyFileName(folder, agent, kind, key.publicKey);
  mkdirSync(dirname(file), { recursive: true });
  writePrivateKeyFile(file, key, 'secret');
  return file;
}

function open(agent = 'alice', changes: Partial<DirectoryDocument> = {}) {
  const clock = new SetClock();
  const file = directoryFile(signed(documentJson(document(changes))));
  const directory = openDirectory({ file, rootKey: root.publicKey, primitives, clock });
  const env = { PASS: 'secret' };
  return openKeyStore({ agent, folder, passphrase: { env: 'PASS' }, env, directory, primitives, clock });
}

test('an agent signs with its key', () => {
  save('alice', 'signing', keys.aliceSigning);
  const { signer } = open();
  expect(signer.keyId.toString('latin1')).toBe(latin1('message-signing', keys.aliceSigning));
  const message = Buffer.from('root');
  expect(primitives.verifyKey(keys.aliceSigning.publicKey)!.verify(message, signer.sign(message))).toBe(true);
});

test('it holds its own sealing keys and those of its groups, and unwraps at once', () => {
  save('alice', 'signing', keys.aliceSigning);
  save('alice', 'sealing', keys.aliceSealing);
  save('alice', { group: 'team' }, keys.team);
  const store = open();
  const [info, dataKey] = [Buffer.from('info'), Buffer.alloc(32, 9)];
  for (const key of [keys.aliceSealing, keys.team]) {
    const id = latin1('sealing', key);
    expect(store.holds(id)).toBe(true);
    const { encapsulated, wrapped } = primitives.wrap(key.publicKey, info, dataKey)!;
    expect(store.unwrap(id, encapsulated, wrapped, info)).toEqual(dataKey);
  }
  expect(store.holds(latin1('sealing', keys.bobSealing))).toBe(false);
});

test('a wrap for a key that it does not hold is not for this agent', () => {
  save('alice', 'signing', keys.aliceSigning);
  const none = Buffer.alloc(0);
  const error = thrown(() => open().unwrap(latin1('sealing', keys.bobSealing), none, none, none));
  expect(error.code).toBe('ERR_KEY_NOT_FOR_ME');
});

test('a wrap that was altered, or made for another session, does not open', () => {
  save('alice', 'signing', keys.aliceSigning);
  save('alice', 'sealing', keys.aliceSealing);
  const store = open();
  const id = latin1('sealing', keys.aliceSealing);
  const { encapsulated, wrapped } = primitives.wrap(
    keys.aliceSealing.publicKey,
    Buffer.from('a'),
    Buffer.alloc(32),
  )!;
  expect(thrown(() => store.unwrap(id, encapsulated, wrapped, Buffer.from('b'))).code).toBe('ERR_KEY_WRAP');
  wrapped[0]! ^= 1;
  expect(thrown(() => store.unwrap(id, encapsulated, wrapped, Buffer.from('a'))).code).toBe('ERR_KEY_WRAP');
});

test('a former member no longer uses the group’s key, and still starts', () => {
  save('alice', 'signing', keys.aliceSigning);
  save('alice', { group: 'team' }, keys.team);
  const groups = [{ name: 'team', members: ['bob'], keys: [listed('sealing', keys.team)] }];
  expect(open('alice', { groups }).holds(latin1('sealing', keys.team))).toBe(false);
});

test('a SPIFFE id has one folder of its own', () => {
  const name = 'spiffe://example.org/../alice';
  save(name, 'signing', keys.aliceSigning);
  const agents = [{ name, keys: [listed('message-signing', keys.aliceSigning)] }];
  expect(open(name, { agents, groups: [] }).signer.keyId).toHaveLength(16);
});

test('files that are no keys do not matter', () => {
  const file = save('alice', 'signing', keys.aliceSigning);
  writeFileSync(`${file}.0123456789ab.tmp`, 'cut off');
  expect(open().signer.keyId).toHaveLength(16);
});

describe('the signer', () => {
  const aliceWith = (...held: ReturnType<typeof listed>[]) => ({
    agents: [{ name: 'alice', keys: held }],
    groups: [],
  });

  test('is the newest key that is valid now', () => {
    const [old, current, next] = [newKey(), newKey(), newKey()];
    for (const key of [old, current, next]) save('alice', 'signing', key);
    const store = open(
      'alice',
      aliceWith(
        listed('message-signing', old, { notBeforeMs: now - 9 * day }),
        listed('message-signing', current, { notBeforeMs: now - day }),
        listed('message-signing', next, { notBeforeMs: now + 1 }),
      ),
    );
    expect(store.signer.keyId.toString('latin1')).toBe(latin1('message-signing', current));
  });

  test.each([
    ['expired', { notAfterMs: now }],
    ['not valid yet', { notBeforeMs: now + 1 }],
    ['revoked', { distrustFromMs: now }],
  ])('is never a key that is %s', (_, changes) => {
    save('alice', 'signing', keys.aliceSigning);
    const error = thrown(() =>
      open('alice', aliceWith(listed('message-signing', keys.aliceSigning, changes))),
    );
    expect(error.code).toBe('ERR_KEY_MISSING');
    expect(error.message).toContain('No signing key of alice is valid now');
  });

  test('must be there', () => {
    save('alice', 'sealing', keys.aliceSealing);
    expect(thrown(open).message).toContain('has no signing key file');
  });
});

describe('it does not start', () => {
  test('with a key that the directory does not have', () => {
    save('alice', 'signing', keys.aliceSigning);
    const file = save('alice', 'sealing', newKey());
    const error = thrown(open);
    expect(error.code).toBe('ERR_KEY_FILE');
    expect(error.message).toContain(`${file}: its public half is not in the directory as a sealing key`);
  });

  test('with a signing key under the name of a sealing key', () => {
    const file = save('alice', 'signing', keys.aliceSigning);
    renameSync(file, file.replace('signing-', 'sealing-'));
    expect(thrown(open).message).toContain('not in the directory as a sealing key');
  });

  test('with another agent’s key', () => {
    save('alice', 'signing', keys.aliceSigning);
    save('alice', 'sealing', keys.bobSealing);
    expect(thrown(open).message).toContain('a key of bob, not of alice');
  });

  test('with a wrong passphrase', () => {
    const file = keyFileName(folder, 'alice', 'signing', keys.aliceSigning.publicKey);
    mkdirSync(dirname(file), { recursive: true });
    writePrivateKeyFile(file, keys.aliceSigning, 'other');
    expect(thrown(open).message).toContain('passphrase is wrong');
  });

  test('with a file that no rule names', () => {
    const file = save('alice', 'signing', keys.aliceSigning);
    writeFileSync(file.replace(/signing-.*/, 'old.pem'), 'x', { mode: 0o600 });
    expect(thrown(open).message).toContain('not named as a key file');
  });

  test('without a folder', () => {
    expect(thrown(open).message).toMatch(/alice cannot be read \(ENOENT\); check keys\.folder/);
  });

  test.each(['mallory', 'team'])('as %s, which is no agent', (name) => {
    expect(thrown(() => open(name)).code).toBe('ERR_USAGE_AGENT');
  });
});
