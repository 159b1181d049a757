// What an open directory answers, and when it refuses to.
import { describe, expect, test } from '@jest/globals';
import { nodePrimitives as primitives } from '@sealwire/crypto';
import { InabilityError } from '@sealwire/core';
import { documentJson, type DirectoryDocument } from '../src/directory-document.js';
import { openDirectory, type DirectoryOptions } from '../src/index.js';
import {
  day,
  directoryFile,
  document,
  keys,
  latin1,
  listed,
  newKey,
  now,
  realm,
  root,
  SetClock,
  signed,
  thrown,
} from './made.js';

function open(changes: Partial<DirectoryDocument> = {}, options: Partial<DirectoryOptions> = {}) {
  const clock = new SetClock();
  const file = directoryFile(signed(documentJson(document(changes))));
  const directory = openDirectory({ file, rootKey: root.publicKey, primitives, clock, ...options });
  return { directory, clock };
}

describe('look-ups', () => {
  test('a signing key is found by its computed id, with owner and validity', () => {
    const { directory } = open();
    expect(directory.signingKey(latin1('message-signing', keys.aliceSigning))).toMatchObject({
      owner: 'alice',
      publicKey: keys.aliceSigning.publicKey,
      notBeforeMs: now - day,
      notAfterMs: now + 90 * day,
      distrustFromMs: null,
    });
  });

  test('a sealing key is no signing key, and an unknown id is nobody’s', () => {
    const { directory } = open();
    expect(directory.signingKey(latin1('sealing', keys.aliceSealing))).toBeNull();
    expect(directory.signingKey(latin1('message-signing', keys.aliceSealing))).toBeNull();
    expect(directory.signingKey('x'.repeat(16))).toBeNull();
    expect(directory.sealingKeyById(latin1('message-signing', keys.aliceSigning))).toBeNull();
  });

  test('expired and revoked signing keys are found too: old messages are judged by them', () => {
    const [old, bad] = [newKey(), newKey()];
    const agents = [
      {
        name: 'alice',
        keys: [
          listed('message-signing', old, { notAfterMs: now - 1 }),
          listed('message-signing', bad, { distrustFromMs: now - 5 }),
        ],
      },
    ];
    const { directory } = open({ agents, groups: [] });
    expect(directory.signingKey(latin1('message-signing', old))?.notAfterMs).toBe(now - 1);
    expect(directory.signingKey(latin1('message-signing', bad))?.distrustFromMs).toBe(now - 5);
  });

  test('one seals to the newest key that is valid at the time, from notBefore on and before notAfter', () => {
    const [older, newer] = [newKey(), newKey()];
    const both = [
      listed('sealing', older, { notBeforeMs: now - 10, notAfterMs: now + 100 }),
      listed('sealing', newer, { notBeforeMs: now, notAfterMs: now + 50 }),
    ];
    const { directory } = open({ agents: [{ name: 'alice', keys: both }], groups: [] });
    const at = (ms: number) => directory.sealingKey('alice', ms)?.publicKey;
    expect(at(now - 11)).toBeUndefined();
    expect(at(now - 10)).toEqual(older.publicKey);
    expect(at(now - 1)).toEqual(older.publicKey);
    expect(at(now)).toEqual(newer.publicKey);
    expect(at(now + 49)).toEqual(newer.publicKey);
    expect(at(now + 50)).toEqual(older.publicKey);
    expect(at(now + 100)).toBeUndefined();
  });

  test('nobody seals to a key from the time that it is distrusted from', () => {
    const agents = [{ name: 'alice', keys: [listed('sealing', keys.aliceSealing, { distrustFromMs: now })] }];
    const { directory } = open({ agents, groups: [] });
    expect(directory.sealingKey('alice', now - 1)).not.toBeNull();
    expect(directory.sealingKey('alice', now)).toBeNull();
  });

  test('groups have members and sealing keys, and are no agents', () => {
    const { directory } = open();
    expect(directory.isMember('alice', 'team')).toBe(true);
    expect(directory.isMember('mallory', 'team')).toBe(false);
    expect(directory.isMember('alice', 'nobody')).toBe(false);
    expect(directory.sealingKey('team', now)?.owner).toBe('team');
    expect([directory.has('team'), directory.has('alice'), directory.has('mallory')]).toEqual([
      true,
      true,
      false,
    ]);
    expect([directory.isAgent('team'), directory.isAgent('alice'), directory.isAgent('mallory')]).toEqual([
      false,
      true,
      false,
    ]);
    expect(directory.members('team')).toEqual(['alice', 'bob']);
  });

  test('names of object properties are not in a directory', () => {
    const { directory } = open();
    for (const name of ['__proto__', 'constructor', 'toString']) {
      expect(directory.has(name)).toBe(false);
      expect(directory.sealingKey(name, now)).toBeNull();
      expect(directory.isMember('alice', name)).toBe(false);
    }
  });

  test('realm and serial are the document’s', () => {
    const { directory } = open();
    expect(directory.realm).toEqual(realm);
    expect(directory.version).toBe(7);
  });
});

describe('time', () => {
  test('past expiry and grace, look-ups are an inability, and work again if the clock was at fault', () => {
    const { directory, clock } = open({ expiresAtMs: now + 1000 }, { graceMs: 500 });
    const id = latin1('message-signing', keys.aliceSigning);
    clock.ms = now + 1499;
    expect(directory.signingKey(id)).not.toBeNull();
    clock.ms = now + 1500;
    expect(thrown(() => directory.signingKey(id))).toBeInstanceOf(InabilityError);
    expect(thrown(() => directory.sealingKey('alice', now)).code).toBe('ERR_UNABLE_DIRECTORY');
    clock.ms = now;
    expect(directory.signingKey(id)).not.toBeNull();
  });

  test('the grace is one hour where none is given', () => {
    const { directory } = open();
    expect(directory.unusableFromMs).toBe(directory.expiresAtMs + 3_600_000);
  });

  test('an expired directory does not open, and says since when', () => {
    const error = thrown(() => open({ expiresAtMs: now - 3_600_000 }));
    expect(error.code).toBe('ERR_KEY_DIRECTORY');
    expect(error.message).toContain('expired at 2026-06-01T11:00:00.000Z');
  });

  test('a directory from the future does not open', () => {
    const error = thrown(() => open({ issuedAtMs: now + 300_001, expiresAtMs: now + day }));
    expect(error.message).toContain('in the future');
    expect(open({ issuedAtMs: now + 300_000, expiresAtMs: now + day }).directory.version).toBe(7);
  });
});

test('a directory of another realm does not open', () => {
  expect(open({}, { realm }).directory.realm).toEqual(realm);
  expect(thrown(() => open({}, { realm: Buffer.alloc(16) })).message).toContain('not of the policy');
});
