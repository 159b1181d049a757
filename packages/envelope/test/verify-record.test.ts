// What a third party says of every vector, without a private key.
import { readFileSync } from 'node:fs';
import { describe, expect, it, test } from '@jest/globals';
import { InabilityError, type Directory } from '@sealwire/core';
import { noblePrimitives, nodePrimitives } from '@sealwire/crypto';
import { recordVerifier } from '../src/index.js';
import type { VectorCase, VectorFile } from '../vectors/vector-file.js';
import { build } from './reference.js';
import { referredSession } from './referred-session.js';

const file = JSON.parse(
  readFileSync(new URL('../vectors/envelope.json', import.meta.url), 'utf8'),
) as VectorFile;
const all: readonly VectorCase[] = [...file.cases, ...file.order];
const bytes = (hex: string) => Buffer.from(hex, 'hex');

const { realm, signingKeys } = file.directories['main']!;
const listed = new Map(
  signingKeys.map(({ key, owner, notBefore, notAfter, distrustFrom }) => {
    const { keyId, publicKey } = file.keys[key]!;
    return [
      bytes(keyId).toString('latin1'),
      {
        keyId: bytes(keyId),
        publicKey: bytes(publicKey),
        owner,
        notBeforeMs: notBefore,
        notAfterMs: notAfter,
        distrustFromMs: distrustFrom,
      },
    ];
  }),
);
const directory: Pick<Directory, 'realm' | 'signingKey'> = {
  realm: bytes(realm),
  signingKey: (id) => listed.get(id) ?? null,
};

const recordOf = (one: VectorCase) => ({
  value: one.received.value === null ? null : bytes(one.received.value),
  key: one.received.key === null ? null : bytes(one.received.key),
  headers: one.received.headers.map(({ name, values }) => ({ name, values: values.map(bytes) })),
  session: referredSession(file, one),
});

describe.each([
  ['node', nodePrimitives],
  ['noble', noblePrimitives],
] as const)('a third party with %s', (_, primitives) => {
  const verify = recordVerifier({ primitives, directory, skewMs: 30_000 });

  test.each(all.map((one) => [one.name, one] as const))('[E-42] gives the verdict on %s', (_name, one) => {
    const { appendedAt, receivedAt } = one.received;
    const verdict = verify(recordOf(one), appendedAt ?? receivedAt);
    // It has no session topic but what it was given: both say that the session is missing.
    const code = verdict.verified ? null : verdict.code.replace('SESSION_REFERENCE', 'SESSION_UNKNOWN');
    expect(code).toBe(one.verifier?.replace('SESSION_REFERENCE', 'SESSION_UNKNOWN') ?? null);
    if (verdict.verified && 'message' in one.expected) {
      expect(verdict.facts.messageHash.toString('hex')).toBe(one.expected.message.messageHash);
      expect(verdict.facts.sender).toBe(one.expected.message.sender);
    }
  });
});

describe('a verifier', () => {
  const noon = Date.UTC(2026, 0, 15, 12);
  const named = (name: string) => recordOf(all.find((one) => one.name === name)!);

  it('marks what was signed with a key that was revoked later', () => {
    const verify = recordVerifier({ primitives: nodePrimitives, directory, skewMs: 0 });
    expect(verify(named('plain'), noon)).toMatchObject({ verified: true, keyRevoked: false });
    expect(verify(named('before-distrust'), noon)).toMatchObject({ verified: true, keyRevoked: true });
    expect(verify(named('before-distrust'), noon + 1)).toMatchObject({ code: 'ERR_KEY_STATUS' });
  });

  it('keeps a batch’s root, and never takes it for another', () => {
    let asked = 0;
    const primitives = {
      ...nodePrimitives,
      verifyKey: (key: Buffer) => {
        asked++;
        return nodePrimitives.verifyKey(key);
      },
    };
    const verify = recordVerifier({ primitives, directory, skewMs: 0 });
    const { record, key } = build();
    const changed = build({ change: { body: (body) => Buffer.concat([body, body]) } });
    const forged = build({
      change: { body: (body) => Buffer.concat([body, body]), signature: () => build().signature },
    });
    const one = (value: Buffer) => verify({ value, key, headers: [] }, noon).verified;
    expect([one(record), one(record), one(record)]).toEqual([true, true, true]);
    expect(asked).toBe(1);
    expect([one(forged.record), one(changed.record), one(forged.record)]).toEqual([false, true, false]);
    expect(asked).toBe(4);
  });

  it('refuses nothing where the directory cannot be relied on: it throws', () => {
    const verify = recordVerifier({
      primitives: nodePrimitives,
      directory: {
        ...directory,
        signingKey: () => {
          throw new InabilityError('ERR_UNABLE_DIRECTORY', 'expired');
        },
      },
      skewMs: 0,
    });
    expect(() => verify(named('plain'), noon)).toThrow(
      expect.objectContaining({ code: 'ERR_UNABLE_DIRECTORY' }),
    );
  });

  it('does not read what is larger than its own limit', () => {
    const { value } = named('plain');
    const limited = (maxMessageBytes: number) =>
      recordVerifier({ primitives: nodePrimitives, directory, skewMs: 0, maxMessageBytes })(
        named('plain'),
        noon,
      );
    expect(limited(value!.length).verified).toBe(true);
    expect(limited(value!.length - 1)).toMatchObject({ code: 'ERR_FORMAT_SIZE' });
  });
});
