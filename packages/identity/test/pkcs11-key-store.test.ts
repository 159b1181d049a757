// Keys inside a token, on SoftHSM2: generated there, never to leave, lost and found again.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { KeyError, type SealwireError } from '@sealwire/core';
import { nodePrimitives as primitives } from '@sealwire/crypto';
import { softToken, type SoftToken } from '@sealwire/testing';
import { openPkcs11KeyStore, type ManagedKeyStore, type Pkcs11KeyStoreOptions } from '../src/index.js';
import { ck } from '../src/pkcs11/constants.js';
import { TokenLink } from '../src/pkcs11/token-link.js';
import * as objects from '../src/pkcs11/token-objects.js';
import { latin1, newFolder, newKey, refusal, SetClock } from './key-world.js';
import { day, Listing, now } from './listing.js';

const found = await softToken((line) => {
  process.stderr.write(`${line}\n`);
});
const withToken = found === null ? describe.skip : describe;

withToken('a store in a token', () => {
  const token = found as SoftToken;
  let listing: Listing;
  let clock: SetClock;
  const opened: ManagedKeyStore[] = [];
  const agents = ['alice', 'bob'];

  /** Another application at the same token. */
  let other: TokenLink;
  beforeEach(async () => {
    other = new TokenLink({ module: token.module, token: { label: token.label }, pin: () => token.pin });
    listing = new Listing();
    clock = new SetClock();
    // Of the test before.
    await other.run(async (cryptoki, session) => {
      for (const type of [ck.CKO_PRIVATE_KEY, ck.CKO_PUBLIC_KEY])
        for (const label of agents.flatMap((agent) => [
          `sealwire/message-signing/${agent}`,
          `sealwire/sealing/${agent}`,
        ]))
          for (const object of objects.find(cryptoki, session, type, { label }))
            cryptoki.C_DestroyObject(session, object);
      return Promise.resolve();
    });
  });
  afterEach(async () => {
    for (const store of opened.splice(0)) await store.close();
    other.close();
  });
  afterAll(async () => {
    await token.remove();
  });

  async function open(changes: Partial<Pkcs11KeyStoreOptions> = {}): Promise<ManagedKeyStore> {
    const store = await openPkcs11KeyStore({
      agent: 'alice',
      module: token.module,
      token: { label: token.label },
      pin: { file: token.pinFile },
      directory: listing,
      primitives,
      clock,
      ...changes,
    });
    opened.push(store);
    return store;
  }

  async function withKeys(): Promise<ManagedKeyStore> {
    const store = await open();
    for (const purpose of ['message-signing', 'sealing'] as const) {
      const key = await store.generateKey(purpose);
      await key.store();
      listing.list(purpose, key);
    }
    return store;
  }

  const sealingKey = (store: ManagedKeyStore) => store.keys.find(({ purpose }) => purpose === 'sealing')!;
  const message = Buffer.from('a root');
  const info = Buffer.from('info');
  const dataKey = Buffer.alloc(32, 7);

  test('signs and unwraps inside; what it gives is what keys in memory give', async () => {
    const store = await withKeys();
    expect(store.synchronous).toBe(false);
    const signature = await store.signer.sign(message);
    expect(signature).toHaveLength(64);
    const { publicKey } = store.keys.find(({ purpose }) => purpose === 'message-signing')!;
    expect(primitives.verifyKey(publicKey)!.verify(message, signature)).toBe(true);
    const { keyId, publicKey: point } = sealingKey(store);
    const { encapsulated, wrapped } = primitives.wrap(point, info, dataKey)!;
    const id = keyId.toString('latin1');
    expect(store.holds(id)).toBe(true);
    expect(await store.unwrap(id, encapsulated, wrapped, info)).toEqual(dataKey);
    const code = async (...wrap: [Buffer, Buffer, Buffer]) =>
      (await refusal(() => store.unwrap(id, ...wrap))).code;
    expect(await code(encapsulated, wrapped, Buffer.from('other'))).toBe('ERR_KEY_WRAP');
    expect(await code(Buffer.alloc(65, 4), wrapped, info)).toBe('ERR_KEY_WRAP');
  });

  test('its keys are made inside and cannot be taken out', async () => {
    const store = await withKeys();
    await other.run(async (cryptoki, session) => {
      for (const { purpose } of store.keys) {
        const [key] = objects.find(cryptoki, session, ck.CKO_PRIVATE_KEY, {
          label: `sealwire/${purpose}/alice`,
        });
        // CKA_LOCAL, CKA_NEVER_EXTRACTABLE, CKA_ALWAYS_SENSITIVE
        const facts = cryptoki.C_GetAttributeValue(
          session,
          key!,
          [0x163, 0x164, 0x165].map((type) => ({ type })),
        );
        expect(facts.map(({ value }) => value[0])).toEqual([1, 1, 1]);
        expect(() => cryptoki.C_GetAttributeValue(session, key!, [{ type: ck.CKA_VALUE }])).toThrow(
          /SENSITIVE/,
        );
      }
      return Promise.resolve();
    });
  });

  test('keys are found again by another start', async () => {
    const before = await withKeys();
    const id = before.signer.keyId;
    await before.close();
    const after = await open();
    expect(after.signer.keyId).toEqual(id);
    expect(await after.signer.sign(message)).toHaveLength(64);
    expect(after.keys).toHaveLength(2);
  });

  test('many signatures at once share the sessions', async () => {
    const store = await withKeys();
    const { publicKey } = store.keys.find(({ purpose }) => purpose === 'message-signing')!;
    const verify = primitives.verifyKey(publicKey)!;
    const messages = Array.from({ length: 40 }, (_, i) => Buffer.from(`root ${i}`));
    const signatures = await Promise.all(messages.map(async (each) => store.signer.sign(each)));
    expect(messages.every((each, i) => verify.verify(each, signatures[i]!))).toBe(true);
  });

  test('a key is published only after it is stored; one that is discarded is gone', async () => {
    const store = await withKeys();
    const [next, dropped] = [await store.generateKey('message-signing'), await store.generateKey('sealing')];
    const verify = primitives.verifyKey(next.publicKey)!;
    expect(verify.verify(message, await next.sign(message))).toBe(true);
    await expect(open().then((another) => another.keys.length)).resolves.toBe(2);
    await next.store();
    await next.store();
    await dropped.discard();
    expect((await refusal(() => dropped.store())).code).toBe('ERR_USAGE_ARGUMENT');
    expect(verify.verify(message, await next.sign(message))).toBe(true);
    const again = await open();
    expect(again.keys.map(({ keyId }) => keyId.toString('hex')).sort()).toEqual(
      [...store.keys.map(({ keyId }) => keyId.toString('hex'))].sort(),
    );
    expect(again.keys).toHaveLength(3);
    listing.list('message-signing', next, 'alice', { notBeforeMs: now - 1 });
    expect(store.signer.keyId).toEqual(next.keyId);
  });

  test('a group’s key is shared and sealed in', async () => {
    const store = await withKeys();
    const bob = newKey();
    const key = await store.generateGroupKey('team');
    const share = key.shareFor(bob.publicKey, info);
    await key.store();
    expect((await refusal(() => key.shareFor(bob.publicKey, info))).code).toBe('ERR_USAGE_ARGUMENT');
    listing.list('sealing', key, 'team');
    const { encapsulated, wrapped } = primitives.wrap(key.publicKey, info, dataKey)!;
    const id = key.keyId.toString('latin1');
    expect(await store.unwrap(id, encapsulated, wrapped, info)).toEqual(dataKey);
    const atBob = await open({ agent: 'bob' });
    const scalar = primitives.sealingKey(bob.scalar).unwrap(share.encapsulated, share.wrapped, info)!;
    await atBob.addKey('team', scalar);
    expect(scalar).toEqual(Buffer.alloc(32));
    expect(await atBob.unwrap(id, encapsulated, wrapped, info)).toEqual(dataKey);
  });

  test('past its destroy time a key is gone from the token', async () => {
    const store = await withKeys();
    const { keyId, publicKey } = sealingKey(store);
    const id = keyId.toString('latin1');
    const { encapsulated, wrapped } = primitives.wrap(publicKey, info, dataKey)!;
    listing.list('sealing', { publicKey }, 'alice', { notAfterMs: now + day, destroyAtMs: now + 2 * day });
    await store.reload();
    clock.ms = now + 2 * day - 1;
    expect(await store.unwrap(id, encapsulated, wrapped, info)).toEqual(dataKey);
    clock.ms++;
    expect(store.holds(id)).toBe(false);
    expect((await refusal(() => store.unwrap(id, encapsulated, wrapped, info))).code).toBe(
      'ERR_KEY_NOT_FOR_ME',
    );
    await store.reload();
    expect(store.problem).toBeNull();
    await other.run(async (cryptoki, session) => {
      const label = 'sealwire/sealing/alice';
      expect(objects.find(cryptoki, session, ck.CKO_PRIVATE_KEY, { label })).toEqual([]);
      return Promise.resolve();
    });
  });

  test('a key that can be taken out of the token is refused', async () => {
    const { publicKey, scalar } = newKey();
    const id = Buffer.from(latin1('sealing', { publicKey }), 'latin1');
    const pair = { label: 'sealwire/sealing/alice', id };
    await other.run(async (cryptoki, session) => {
      objects.importPair(cryptoki, session, { ...pair, label: 'sealwire/unfinished' }, { scalar, publicKey });
      const [publicObject] = objects.find(cryptoki, session, ck.CKO_PUBLIC_KEY, {
        label: 'sealwire/unfinished',
        id,
      });
      cryptoki.C_SetAttributeValue(session, publicObject!, [{ type: ck.CKA_LABEL, value: pair.label }]);
      cryptoki.C_CreateObject(session, [
        { type: ck.CKA_CLASS, value: ck.CKO_PRIVATE_KEY },
        { type: ck.CKA_KEY_TYPE, value: ck.CKK_EC },
        { type: ck.CKA_TOKEN, value: true },
        { type: ck.CKA_PRIVATE, value: true },
        { type: ck.CKA_SENSITIVE, value: false },
        { type: ck.CKA_EXTRACTABLE, value: true },
        { type: ck.CKA_DERIVE, value: true },
        { type: ck.CKA_EC_PARAMS, value: Buffer.from('06082a8648ce3d030107', 'hex') },
        { type: ck.CKA_VALUE, value: scalar },
        { type: ck.CKA_LABEL, value: pair.label },
        { type: ck.CKA_ID, value: id },
      ]);
      return Promise.resolve();
    });
    const error = await refusal(open);
    expect(error.code).toBe('ERR_KEY_TOKEN');
    expect(error.message).toContain('can be taken out of the token');
  });

  test('lost sessions are opened again, and nobody notices', async () => {
    const store = await withKeys();
    await store.signer.sign(message);
    await other.run(async (cryptoki) => {
      const slot = cryptoki
        .C_GetSlotList(true)
        .find((each) => cryptoki.C_GetTokenInfo(each).label.trimEnd() === token.label)!;
      (cryptoki as unknown as { C_CloseAllSessions(slot: Buffer): void }).C_CloseAllSessions(slot);
      return Promise.resolve();
    });
    expect(await store.signer.sign(message)).toHaveLength(64);
  });

  test('a token that is pulled out is inability; put back, it serves again', async () => {
    const store = await withKeys();
    const id = sealingKey(store).keyId.toString('latin1');
    const { encapsulated, wrapped } = primitives.wrap(sealingKey(store).publicKey, info, dataKey)!;
    await other.run(async (cryptoki) => {
      const slot = cryptoki.C_GetSlotList(true)[0]!;
      (cryptoki as unknown as { C_CloseAllSessions(slot: Buffer): void }).C_CloseAllSessions(slot);
      return Promise.resolve();
    });
    await token.pullOut();
    const errors: SealwireError[] = [];
    try {
      errors.push(await refusal(() => store.signer.sign(message)));
      errors.push(await refusal(() => store.unwrap(id, encapsulated, wrapped, info)));
      await store.reload();
      errors.push(store.problem!);
      errors.push(await refusal(() => store.generateKey('sealing')));
    } finally {
      await token.putBack();
    }
    expect(errors.map(({ code }) => code)).toEqual(Array<string>(4).fill('ERR_UNABLE_KEY_STORE'));
    expect(errors[0]!.message).toContain('token "sealwire" does not answer');
    // The keys are still known: nothing that waits is a verdict.
    expect(store.holds(id)).toBe(true);
    const signature = await untilAble(() => store.signer.sign(message));
    expect(signature).toHaveLength(64);
    expect(await store.unwrap(id, encapsulated, wrapped, info)).toEqual(dataKey);
    await store.reload();
    expect(store.problem).toBeNull();
  });

  test('a wrong PIN is said once and not tried again', async () => {
    const pinFile = join(newFolder(), 'pin');
    writeFileSync(pinFile, '99999999\n', { mode: 0o600 });
    // Who is logged in in this process is asked for no PIN.
    other.close();
    const error = await refusal(() => open({ pin: { file: pinFile } }));
    expect(error).toBeInstanceOf(KeyError);
    expect(error.code).toBe('ERR_KEY_TOKEN');
    expect(error.message).toContain('refuses the PIN (CKR_PIN_INCORRECT); it is not tried again');
    expect(JSON.stringify([error.message, error.facts, String(error.cause)])).not.toContain('99999999');
    let tries = 0;
    const link = new TokenLink({
      module: token.module,
      token: { label: token.label },
      pin: () => {
        tries++;
        return '99999999';
      },
    });
    for (let i = 0; i < 3; i++)
      expect((await refusal(() => link.run(() => Promise.resolve()))).code).toBe('ERR_KEY_TOKEN');
    expect(tries).toBe(1);
    link.close();
  });

  test('a token that is not there, or a module that is none, is named', async () => {
    const missing = await refusal(() => open({ token: { label: 'elsewhere' } }));
    expect(missing.code).toBe('ERR_UNABLE_KEY_STORE');
    expect(missing.message).toMatch(/token "elsewhere" is not there; the module has: "sealwire"/);
    const none = await refusal(() => open({ module: '/etc/hostname' }));
    expect(none.code).toBe('ERR_KEY_TOKEN');
    expect(none.message).toContain('/etc/hostname cannot be loaded as a PKCS#11 module');
  });

  test('a call that never comes back is inability, and holds no others', async () => {
    const link = new TokenLink({
      module: token.module,
      token: { label: token.label },
      pin: () => token.pin,
      callTimeoutMs: 20,
    });
    let comeBack: () => void = () => undefined;
    const stuck = link.run(() => new Promise<void>((resolve) => (comeBack = resolve)));
    expect((await refusal(() => stuck)).code).toBe('ERR_UNABLE_KEY_STORE');
    expect((await refusal(() => link.run(() => Promise.resolve()))).code).toBe('ERR_UNABLE_KEY_STORE');
    comeBack();
    await untilAble(() => link.run(() => Promise.resolve()));
    link.close();
  });
});

/** As a caller does: asks until the store is able again. */
async function untilAble<Result>(call: () => Result | Promise<Result>): Promise<Result> {
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if ((error as SealwireError).code !== 'ERR_UNABLE_KEY_STORE') throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
