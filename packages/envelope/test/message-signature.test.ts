// The signature apart from its message: what is proven of it, and what no change survives.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Directory } from '@sealwire/core';
import { nodePrimitives as primitives } from '@sealwire/crypto';
import {
  checkMessageSignature,
  messageHashOf,
  messageParts,
  readMessageParts,
  recordVerifier,
  type MessageParts,
} from '../src/index.js';
import type { VectorFile } from '../vectors/vector-file.js';
import { referredSession } from './referred-session.js';

const file = JSON.parse(
  readFileSync(new URL('../vectors/envelope.json', import.meta.url), 'utf8'),
) as VectorFile;
const bytes = (hex: string) => Buffer.from(hex, 'hex');
const listed = new Map(
  file.directories['main']!.signingKeys.map(({ key, owner, notBefore, notAfter, distrustFrom }) => {
    const keyId = bytes(file.keys[key]!.keyId);
    const publicKey = bytes(file.keys[key]!.publicKey);
    const times = { notBeforeMs: notBefore, notAfterMs: notAfter, distrustFromMs: distrustFrom };
    return [keyId.toString('latin1'), { keyId, publicKey, owner, ...times }];
  }),
);
const directory: Pick<Directory, 'realm' | 'signingKey'> = {
  realm: bytes(file.directories['main']!.realm),
  signingKey: (id) => listed.get(id) ?? null,
};
const terms = { primitives, directory, skewMs: 30_000 };
const verify = recordVerifier(terms);

const cases = [...file.cases, ...file.order].map((one) => {
  const { value, key, headers, appendedAt, receivedAt } = one.received;
  const record = {
    value: value === null ? null : bytes(value),
    key: key === null ? null : bytes(key),
    headers: headers.map(({ name, values }) => ({ name, values: values.map(bytes) })),
    session: referredSession(file, one),
  };
  return { name: one.name, record, atMs: appendedAt ?? receivedAt };
});
const good = cases.filter(({ record, atMs }) => verify(record, atMs).verified);

const holds = (parts: MessageParts, atMs: number): boolean => {
  try {
    const { signature } = readMessageParts(parts, primitives);
    checkMessageSignature(signature, atMs, terms);
    return true;
  } catch {
    return false;
  }
};

describe('the parts of a message', () => {
  it('verify where the record does, with the same hash and sender, tombstones and references among them', () => {
    expect(good.length).toBeGreaterThan(20);
    for (const { record, atMs } of good) {
      const { signature, session } = readMessageParts(messageParts(record, primitives), primitives);
      const { owner } = checkMessageSignature(signature, atMs, terms);
      const verification = verify(record, atMs);
      expect(verification).toMatchObject({ verified: true, facts: { sender: owner } });
      if (!verification.verified) continue;
      expect(messageHashOf(signature, primitives)).toEqual(verification.facts.messageHash);
      expect(session.channel).toBe(verification.facts.channel);
    }
  });

  it.each(['ERR_KEY_UNKNOWN', 'ERR_KEY_STATUS', 'ERR_INTEGRITY_SIGNATURE'])(
    'are refused as their record is: %s',
    (code) => {
      const bad = cases.filter(({ record, atMs }) => {
        const verdict = verify(record, atMs);
        return !verdict.verified && verdict.code === code;
      });
      expect(bad.length).toBeGreaterThan(0);
      for (const { record, atMs } of bad) {
        const { signature } = readMessageParts(messageParts(record, primitives), primitives);
        expect(() => checkMessageSignature(signature, atMs, terms)).toThrow(
          expect.objectContaining({ code }),
        );
      }
    },
  );

  it('hold no change of a byte anywhere', () => {
    const names = ['session', 'header', 'body', 'keyHash', 'mac', 'proof'] as const;
    const one = fc.record({
      of: fc.constantFrom(...good),
      part: fc.constantFrom(...names),
      at: fc.nat(),
      by: fc.integer({ min: 1, max: 255 }),
    });
    fc.assert(
      fc.property(one, ({ of, part, at, by }) => {
        const parts = messageParts(of.record, primitives);
        const changed = Buffer.from(parts[part]);
        fc.pre(changed.length > 0);
        changed[at % changed.length]! ^= by;
        expect(holds(parts, of.atMs)).toBe(true);
        expect(holds({ ...parts, [part]: changed }, of.atMs)).toBe(false);
      }),
      { numRuns: 400 },
    );
  });
});
