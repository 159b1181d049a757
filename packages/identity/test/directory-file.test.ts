// What is refused in a directory file, and where it says the fault is.
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { nodePrimitives as primitives } from '@sealwire/crypto';
import { KeyError } from '@sealwire/core';
import { documentJson } from '../src/directory-document.js';
import { signDirectory, verifyDirectory } from '../src/directory-file.js';
import { openDirectory } from '../src/index.js';
import { day, document, keys, listed, newKey, now, root, signed, thrown } from './made.js';

const verify = (text: string | Buffer, rootKey = root.publicKey) =>
  verifyDirectory('directory.json', Buffer.from(text), rootKey, primitives);

type Json = Record<string, unknown>;

interface KeyJson extends Json {
  publicKey: string;
}
interface OwnerJson extends Json {
  keys: [KeyJson, KeyJson];
}
interface PayloadJson extends Json {
  realm: string;
  agents: [OwnerJson, OwnerJson];
  groups: [OwnerJson & { members: string[] }];
}

/** A payload that was changed before the root signed it. */
function damaged(change: (payload: PayloadJson) => void): string {
  const payload = JSON.parse(documentJson(document())) as PayloadJson;
  change(payload);
  return signed(JSON.stringify(payload));
}

test('what signDirectory writes, its readers accept, field for field', () => {
  const whole = document({
    agents: [
      {
        name: 'spiffe://example.org/planner',
        keys: [listed('message-signing', keys.aliceSigning, { distrustFromMs: now })],
      },
    ],
    groups: [],
  });
  const text = signDirectory(whole, primitives.signingKey(root.scalar), primitives);
  expect(verify(text)).toEqual(whole);
});

test('signDirectory refuses what its readers would refuse', () => {
  const twice = document({ groups: [{ name: 'alice', members: [], keys: [] }] });
  expect(thrown(() => signDirectory(twice, primitives.signingKey(root.scalar), primitives)).code).toBe(
    'ERR_KEY_DIRECTORY',
  );
});

describe('signature', () => {
  const good = JSON.parse(signed(documentJson(document()))) as { payload: string; signatures: Json[] };

  test('another root’s signature is not enough', () => {
    const error = thrown(() => verify(signed(documentJson(document()), newKey())));
    expect(error).toBeInstanceOf(KeyError);
    expect(error.message).toContain('one signature by the root key');
  });

  test('another root’s signature under our root’s id does not verify', () => {
    const other = JSON.parse(signed(documentJson(document()), newKey())) as { signatures: Json[] };
    const signatures = [{ ...good.signatures[0], signature: other.signatures[0]!['signature'] as string }];
    expect(thrown(() => verify(JSON.stringify({ ...good, signatures }))).message).toContain(
      'does not verify',
    );
  });

  test('a payload that was changed after signing does not verify, and is not even parsed', () => {
    const payload = Buffer.from('{"not":"a directory"}').toString('base64');
    expect(thrown(() => verify(JSON.stringify({ ...good, payload }))).message).toContain('does not verify');
  });

  test('signatures of other keys stand beside ours without harm', () => {
    const other = JSON.parse(signed(documentJson(document()), newKey())) as { signatures: Json[] };
    const signatures = [...other.signatures, ...good.signatures];
    expect(verify(JSON.stringify({ ...good, signatures })).serial).toBe(7);
  });

  test('two signatures of the root, or none, are refused', () => {
    for (const signatures of [[], [...good.signatures, ...good.signatures]])
      expect(thrown(() => verify(JSON.stringify({ ...good, signatures }))).code).toBe('ERR_KEY_DIRECTORY');
  });

  test('a root key that is no point is refused', () => {
    const noPoint = Buffer.from(root.publicKey);
    noPoint[64]! ^= 1;
    expect(thrown(() => verify(JSON.stringify(good), noPoint)).message).toContain('directory.root_key');
  });
});

describe('outer form', () => {
  const good = JSON.parse(signed(documentJson(document()))) as { payload: string; signatures: Json[] };
  const [signature] = good.signatures;

  test.each([
    ['no JSON', 'nonsense', 'is not JSON'],
    ['a list', '[]', 'must be an object'],
    ['null', 'null', 'must be an object'],
    ['an unknown key', JSON.stringify({ ...good, extra: 1 }), 'unknown key "extra"'],
    ['no payload', JSON.stringify({ signatures: good.signatures }), 'lacks "payload"'],
    [
      'payload in base64url',
      JSON.stringify({ ...good, payload: `${good.payload}=` }),
      'at payload: must be canonical base64',
    ],
    [
      'too many signatures',
      JSON.stringify({ ...good, signatures: Array(17).fill(signature) }),
      'at signatures: has more than 16',
    ],
    [
      'a key id in capitals',
      JSON.stringify({
        ...good,
        signatures: [
          { ...signature, keyId: (signature!['keyId'] as string).toUpperCase().replace(/^./, 'A') },
        ],
      }),
      'at signatures[0].keyId: must be canonical lower-case hex',
    ],
    [
      'a short signature',
      JSON.stringify({ ...good, signatures: [{ ...signature, signature: 'AAAA' }] }),
      'at signatures[0].signature: must hold 64 bytes',
    ],
  ])('%s is refused', (_, text, message) => {
    expect(thrown(() => verify(text)).message).toContain(message);
  });

  test('a file that is larger than the limit is refused before it is parsed', () => {
    expect(thrown(() => verify(Buffer.alloc(24 * 1024 * 1024 + 1))).message).toContain('24 MiB');
  });

  test('a missing file names the file and the setting', () => {
    const open = () =>
      openDirectory({ file: '/nowhere/directory.json', rootKey: root.publicKey, primitives });
    expect(thrown(open).message).toMatch(/\/nowhere\/directory\.json.*ENOENT.*directory\.file/);
  });

  test('whatever bytes a file holds, the answer is a KeyError', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(thrown(() => verify(text)).code).toBe('ERR_KEY_DIRECTORY');
      }),
    );
  });
});

describe('a signed payload is refused for', () => {
  test.each<[string, (payload: PayloadJson) => void, string]>([
    ['an unknown key at the top', (p) => (p['extra'] = 1), 'unknown key "extra"'],
    [
      'an unknown key in a key',
      (p) => (p.agents[1].keys[0].usage = 1),
      'at agents[1].keys[0]: has the unknown key "usage"',
    ],
    ['a missing key', (p) => delete (p as Json)['realm'], 'lacks "realm"'],
    ['a format to come', (p) => (p['version'] = 2), 'at version'],
    ['a realm that is too short', (p) => (p.realm = '0011'), 'at realm: must hold 16 bytes'],
    [
      'a realm in capitals',
      (p) => (p.realm = p.realm.toUpperCase()),
      'at realm: must be canonical lower-case hex',
    ],
    ['serial 0', (p) => (p['serial'] = 0), 'at serial'],
    ['a fractional serial', (p) => (p['serial'] = 1.5), 'at serial'],
    ['a serial beyond 2^53', (p) => (p['serial'] = 2 ** 53), 'at serial'],
    ['a time without milliseconds', (p) => (p['issuedAt'] = '2026-06-01T12:00:00Z'), 'at issuedAt'],
    ['a time with an offset', (p) => (p['issuedAt'] = '2026-06-01T12:00:00.000+02:00'), 'at issuedAt'],
    ['a day that does not exist', (p) => (p['issuedAt'] = '2026-02-30T12:00:00.000Z'), 'at issuedAt'],
    [
      'expiry before issue',
      (p) => (p['expiresAt'] = '2020-01-01T00:00:00.000Z'),
      'at expiresAt: must be later',
    ],
    ['agents that are no list', (p) => (p['agents'] = {} as never), 'at agents: must be a list'],
    ['a name with a space', (p) => (p.agents[0].name = 'al ice'), 'at agents[0].name: must be a name'],
    ['a name with a line end', (p) => (p.agents[0].name = 'alice\n'), 'at agents[0].name: must be a name'],
    ['a name that is a folder', (p) => (p.agents[0].name = '..'), 'at agents[0].name: must be a name'],
    ['a name beyond ASCII', (p) => (p.agents[0].name = 'аlice'), 'at agents[0].name: must be a name'],
    [
      'a name that is too long',
      (p) => (p.agents[0].name = 'a'.repeat(256)),
      'at agents[0].name: must be a name',
    ],
    ['an empty name', (p) => (p.agents[0].name = ''), 'at agents[0].name: must be a name'],
    [
      'two agents of one name',
      (p) => (p.agents[1].name = 'alice'),
      'at agents[1].name: is the same as agents[0].name',
    ],
    [
      'a group named as an agent',
      (p) => (p.groups[0].name = 'bob'),
      'at groups[0].name: is the same as agents[1].name',
    ],
    [
      'a member that is no agent',
      (p) => p.groups[0].members.push('mallory'),
      'at groups[0].members[2]: is no agent',
    ],
    [
      'a member that is a group',
      (p) => p.groups[0].members.push('team'),
      'at groups[0].members[2]: is no agent',
    ],
    ['a member named twice', (p) => p.groups[0].members.push('bob'), 'at groups[0].members[2]: stands twice'],
    [
      'a group that signs',
      (p) => (p.groups[0].keys[0].purpose = 'message-signing'),
      'at groups[0].keys[0].purpose',
    ],
    ['an unknown purpose', (p) => (p.agents[0].keys[0].purpose = 'audit'), 'at agents[0].keys[0].purpose'],
    ['an unknown suite', (p) => (p.agents[0].keys[0].suite = 2), 'at agents[0].keys[0].suite'],
    [
      'a key of 64 bytes',
      (p) => (p.agents[0].keys[0].publicKey = Buffer.alloc(64).toString('base64url')),
      'at agents[0].keys[0].publicKey: must hold 65 bytes',
    ],
    [
      'a key that is no point',
      (p) => (p.agents[0].keys[0].publicKey = Buffer.alloc(65, 4).toString('base64url')),
      'at agents[0].keys[0].publicKey: is no point',
    ],
    [
      'a compressed point',
      (p) => (p.agents[0].keys[0].publicKey = Buffer.alloc(33, 2).toString('base64url')),
      'at agents[0].keys[0].publicKey: must hold 65 bytes',
    ],
    [
      'a key with padding',
      (p) => (p.agents[0].keys[0].publicKey += '='),
      'at agents[0].keys[0].publicKey: must be canonical base64url',
    ],
    [
      'one key with two purposes',
      (p) => (p.agents[0].keys[1].publicKey = p.agents[0].keys[0].publicKey),
      'at agents[0].keys[1].publicKey: is the same key as agents[0].keys[0].publicKey',
    ],
    [
      'one key with two owners',
      (p) => (p.groups[0].keys[0].publicKey = p.agents[1].keys[1].publicKey),
      'at groups[0].keys[0].publicKey: is the same key as agents[1].keys[1].publicKey',
    ],
    [
      'the root as an agent’s key',
      (p) => (p.agents[0].keys[0].publicKey = root.publicKey.toString('base64url')),
      'is the same key as the root key',
    ],
    [
      'a key that ends before it begins',
      (p) => (p.agents[0].keys[0].notAfter = p.agents[0].keys[0].notBefore),
      'at agents[0].keys[0].notAfter',
    ],
    [
      'an unknown kind of revocation',
      (p) => (p.agents[0].keys[0].revoked = { reason: 'x' }),
      'at agents[0].keys[0].revoked',
    ],
    [
      '65 keys of one agent',
      (p) => (p.agents[0].keys = Array(65).fill(p.agents[0].keys[0]) as never),
      'at agents[0].keys: has more than 64',
    ],
  ])('%s', (_, change, message) => {
    const error = thrown(() => verify(damaged(change)));
    expect(error.code).toBe('ERR_KEY_DIRECTORY');
    expect(error.message).toContain('directory.json (payload)');
    expect(error.message).toContain(message);
  });

  test('white space, double keys, needless escapes and a byte order mark: two parsers might differ', () => {
    const json = documentJson(document());
    const others = [
      JSON.stringify(JSON.parse(json), null, 1),
      json.replace('"serial":7', '"serial":6,"serial":7'),
      json.replace('"alice"', '"\\u0061lice"'),
      `\uFEFF${json}`,
      json.replace('"serial":7', '"serial":7.0'),
    ];
    for (const other of others) {
      expect(other).not.toBe(json);
      expect(thrown(() => verify(signed(other))).code).toBe('ERR_KEY_DIRECTORY');
    }
  });

  test('bytes that are not UTF-8', () => {
    const bytes = Buffer.from(documentJson(document()).replace('alice', 'al\u00ffce'), 'latin1');
    expect(thrown(() => verify(signed(bytes as unknown as string))).code).toBe('ERR_KEY_DIRECTORY');
  });
});

test('a directory of a thousand agents is read', () => {
  const agents = Array.from({ length: 1000 }, (_, i) => ({
    name: `agent-${i}`,
    keys: [listed('message-signing', newKey(), { notAfterMs: now + day }), listed('sealing', newKey())],
  }));
  const text = signDirectory(
    document({ agents, groups: [] }),
    primitives.signingKey(root.scalar),
    primitives,
  );
  expect(verify(text).agents).toHaveLength(1000);
});
