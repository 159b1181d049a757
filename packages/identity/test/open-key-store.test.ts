// What a key store of files holds, signs and unwraps, and what it refuses to start with.
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { nodePrimitives as primitives } from '@sealwire/crypto';
import {
  keyFileName,
  openKeyStore,
  writePrivateKeyFile,
  type KeyFileKind,
  type ManagedKeyStore,
  type PrivateKey,
} from '../src/index.js';
import { latin1, newFolder, newKey, refusal, SetClock } from './key-world.js';
import { day, Listing, now, save as saveIn } from './listing.js';

const keys = { signing: newKey(), sealing: newKey(), bobSealing: newKey(), team: newKey() };
const opened: ManagedKeyStore[] = [];
let folder: string;
let listing: Listing;
beforeEach(() => {
  folder = newFolder();
  listing = new Listing()
    .list('message-signing', keys.signing)
    .list('sealing', keys.sealing)
    .list('sealing', keys.bobSealing, 'bob')
    .list('sealing', keys.team, 'team');
});
afterEach(async () => {
  for (const store of opened.splice(0)) await store.close();
});

const save = (agent: string, kind: KeyFileKind, key: PrivateKey) => saveIn(folder, agent, kind, key);

async function open(agent = 'alice', clock = new SetClock()): Promise<ManagedKeyStore> {
  const env = { PASS: 'secret' };
  const store = await openKeyStore({
    agent,
    folder,
    passphrase: { env: 'PASS' },
    env,
    directory: listing,
    primitives,
    clock,
  });
  opened.push(store);
  return store;
}

test('an agent signs with its key, at once', async () => {
  save('alice', 'signing', keys.signing);
  const { signer, synchronous } = await open();
  expect(synchronous).toBe(true);
  expect(signer.keyId.toString('latin1')).toBe(latin1('message-signing', keys.signing));
  const message = Buffer.from('root');
  const signature = signer.sign(message) as Buffer;
  expect(primitives.verifyKey(keys.signing.publicKey)!.verify(message, signature)).toBe(true);
});

test('it holds its own sealing keys and those of its groups, and unwraps at once', async () => {
  save('alice', 'signing', keys.signing);
  save('alice', 'sealing', keys.sealing);
  save('alice', { group: 'team' }, keys.team);
  const store = await open();
  const [info, dataKey] = [Buffer.from('info'), Buffer.alloc(32, 9)];
  for (const key of [keys.sealing, keys.team]) {
    const id = latin1('sealing', key);
    expect(store.holds(id)).toBe(true);
    const { encapsulated, wrapped } = primitives.wrap(key.publicKey, info, dataKey)!;
    expect(store.unwrap(id, encapsulated, wrapped, info)).toEqual(dataKey);
  }
  expect(store.holds(latin1('sealing', keys.bobSealing))).toBe(false);
});

test('a wrap for a key that it does not hold is not for this agent', async () => {
  save('alice', 'signing', keys.signing);
  const none = Buffer.alloc(0);
  const store = await open();
  const error = await refusal(() => store.unwrap(latin1('sealing', keys.bobSealing), none, none, none));
  expect(error.code).toBe('ERR_KEY_NOT_FOR_ME');
});

test('a wrap that was altered, or made for another session, does not open', async () => {
  save('alice', 'sealing', keys.sealing);
  const store = await open();
  const id = latin1('sealing', keys.sealing);
  const { encapsulated, wrapped } = primitives.wrap(
    keys.sealing.publicKey,
    Buffer.from('a'),
    Buffer.alloc(32),
  )!;
  const unwrap = (info: string) => refusal(() => store.unwrap(id, encapsulated, wrapped, Buffer.from(info)));
  expect((await unwrap('b')).code).toBe('ERR_KEY_WRAP');
  wrapped[0]! ^= 1;
  expect((await unwrap('a')).code).toBe('ERR_KEY_WRAP');
});

test('a former member no longer uses the group’s key, and still starts', async () => {
  save('alice', { group: 'team' }, keys.team);
  const store = await open();
  expect(store.holds(latin1('sealing', keys.team))).toBe(true);
  listing.members['team'] = ['bob'];
  listing.change();
  expect(store.holds(latin1('sealing', keys.team))).toBe(false);
  expect((await open()).holds(latin1('sealing', keys.team))).toBe(false);
});

test('a SPIFFE id has one folder of its own', async () => {
  const name = 'spiffe://example.org/../alice';
  listing.list('message-signing', keys.signing, name);
  save(name, 'signing', keys.signing);
  expect((await open(name)).signer.keyId).toHaveLength(16);
});

test('files that are no keys do not matter', async () => {
  const file = save('alice', 'signing', keys.signing);
  writeFileSync(`${file}.0123456789ab.tmp`, 'cut off');
  expect((await open()).signer.keyId).toHaveLength(16);
});

test('a key that the directory does not list is kept, told, and not used', async () => {
  save('alice', 'signing', keys.signing);
  const next = newKey();
  save('alice', 'sealing', next);
  const store = await open();
  expect(store.holds(latin1('sealing', next))).toBe(false);
  const told = store.keys.find(({ publicKey }) => publicKey.equals(next.publicKey));
  expect(told).toMatchObject({ purpose: 'sealing', listed: null, destroyAtMs: null });
});

describe('the signer', () => {
  test('is the newest key that is valid now, and another one as time passes', async () => {
    const [old, current, next] = [newKey(), newKey(), newKey()];
    for (const key of [old, current, next]) save('alice', 'signing', key);
    listing
      .list('message-signing', old, 'alice', { notBeforeMs: now - 9 * day, notAfterMs: now + 2 * day })
      .list('message-signing', current, 'alice', { notBeforeMs: now - day, notAfterMs: now + 2 * day })
      .list('message-signing', next, 'alice', { notBeforeMs: now + day, notAfterMs: now + 3 * day });
    const clock = new SetClock();
    const store = await open('alice', clock);
    const signs = () => store.signer.keyId.toString('latin1');
    expect(signs()).toBe(latin1('message-signing', current));
    clock.ms = now + day - 1;
    expect(signs()).toBe(latin1('message-signing', current));
    clock.ms = now + day;
    expect(signs()).toBe(latin1('message-signing', next));
    // What began with the one before is finished with it, as long as it is good.
    expect(store.signerOf(latin1('message-signing', current))!.keyId).toHaveLength(16);
    clock.ms = now + 2 * day;
    expect(store.signerOf(latin1('message-signing', current))).toBeNull();
    expect(signs()).toBe(latin1('message-signing', next));
  });

  test('changes at once when its key is revoked', async () => {
    const [old, current] = [newKey(), newKey()];
    for (const key of [old, current]) save('alice', 'signing', key);
    listing
      .list('message-signing', old, 'alice', { notBeforeMs: now - 2 * day })
      .list('message-signing', current);
    const store = await open();
    listing.list('message-signing', current, 'alice', { distrustFromMs: now - 1 });
    expect(store.signer.keyId.toString('latin1')).toBe(latin1('message-signing', old));
    expect(store.signerOf(latin1('message-signing', current))).toBeNull();
  });

  test.each([
    ['expired', { notAfterMs: now }],
    ['not valid yet', { notBeforeMs: now + 1 }],
    ['revoked', { distrustFromMs: now }],
  ])('is never a key that is %s', async (_, changes) => {
    save('alice', 'signing', keys.signing);
    listing.list('message-signing', keys.signing, 'alice', changes);
    const store = await open();
    const error = await refusal(() => store.signer);
    expect(error.code).toBe('ERR_KEY_MISSING');
    expect(error.message).toContain('No signing key of alice is valid now');
  });

  test('must be there, and listed', async () => {
    save('alice', 'sealing', keys.sealing);
    const store = await open();
    expect((await refusal(() => store.signer)).message).toContain('alice has no signing key');
    expect(store.signerOf(latin1('message-signing', keys.signing))).toBeNull();
    save('alice', 'signing', newKey());
    await store.reload();
    expect((await refusal(() => store.signer)).message).toContain('lists none of the signing keys');
  });
});

describe('it does not start', () => {
  const refused = async () => (await refusal(open)).message;

  test('with a signing key under the name of a sealing key', async () => {
    const file = save('alice', 'signing', keys.signing);
    renameSync(file, file.replace('signing-', 'sealing-'));
    expect(await refused()).toContain('the directory lists it as a message-signing key');
  });

  test('with another agent’s key', async () => {
    const file = save('alice', 'sealing', keys.bobSealing);
    expect(await refused()).toContain(`${file} is a key of bob, not of alice`);
  });

  test('with a wrong passphrase', async () => {
    const file = keyFileName(folder, 'alice', 'signing', keys.signing.publicKey);
    mkdirSync(dirname(file), { recursive: true });
    writePrivateKeyFile(file, keys.signing, 'other');
    expect(await refused()).toContain('passphrase is wrong');
  });

  test('with a file that no rule names', async () => {
    const file = save('alice', 'signing', keys.signing);
    writeFileSync(file.replace(/signing-.*/, 'old.pem'), 'x', { mode: 0o600 });
    expect(await refused()).toContain('not named as a key file');
  });

  test('without a folder', async () => {
    expect(await refused()).toMatch(/alice cannot be read \(ENOENT\); check keys\.folder/);
  });

  test.each(['mallory', 'team'])('as %s, which is no agent', async (name) => {
    expect((await refusal(() => open(name))).code).toBe('ERR_USAGE_AGENT');
  });
});

test('a closed store answers nothing, and that is no verdict on a message', async () => {
  save('alice', 'signing', keys.signing);
  const store = await open();
  await store.close();
  for (const call of [() => store.signer, () => store.holds('x'), () => store.signerOf('x')])
    expect((await refusal(call)).code).toBe('ERR_UNABLE_KEY_STORE');
});
