// The vectors for other implementations: their form, that they can be made again, that they cover SPEC.md, and that the second implementation opens them.
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { codes } from '@sealwire/core';
import {
  headerSchema,
  plaintextSchema,
  proofSchema,
  sealedMessageSchema,
  sessionRecordSchema,
  sessionSchema,
} from '../src/schemas.js';
import { makeExample } from '../vectors/example.js';
import type { VectorCase, VectorFile } from '../vectors/vector-file.js';
import { makeVectors, textOf } from '../vectors/vectors.js';
import { signDeterministically } from './deterministic-ecdsa.js';
import { openByReference } from './reference-opener.js';

const read = (file: string) => readFileSync(new URL(`../vectors/${file}`, import.meta.url), 'utf8');
const text = read('envelope.json');
const file = JSON.parse(text) as VectorFile;
const all: readonly VectorCase[] = [...file.cases, ...file.order];
const bytes = (hex: string) => Buffer.from(hex, 'hex');

/** What no received bytes can show, and where it is tested instead. */
const notByBytes: Readonly<Record<string, string>> = {
  'E-13': 'what a receiver keeps',
  'E-15': 'what a sender counts',
  'E-32': 'what a sender does first',
  'E-35': 'when a receiver waits',
  'E-37': 'how a topic is set up',
};

describe('envelope.json', () => {
  it('has the form that its JSON Schema says', () => {
    const validate = new Ajv2020({ allErrors: true, strictTypes: false }).compile(
      JSON.parse(read('envelope.schema.json')) as object,
    );
    validate(file);
    expect(validate.errors).toBeNull();
    // And the schema refuses something.
    expect(validate({ ...file, cases: [] })).toBe(false);
    expect(validate({ ...file, cases: [{ ...file.cases[0], expected: {} }, ...file.cases.slice(1)] })).toBe(
      false,
    );
  });

  it('is what its generator makes, byte for byte; so are the example and the schemas', () => {
    expect(textOf(makeVectors()) === text).toBe(true);
    expect(JSON.parse(read('example.json'))).toEqual(makeExample());
    expect(JSON.parse(read('schemas.json'))).toEqual({
      SealedMessage: sealedMessageSchema,
      Session: sessionSchema,
      Header: headerSchema,
      Plaintext: plaintextSchema,
      Proof: proofSchema,
      SessionRecord: sessionRecordSchema,
    });
  });

  it('has at least 150 cases, each with a name of its own, and names only what it holds', () => {
    expect(file.cases.length).toBeGreaterThanOrEqual(150);
    expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
    for (const { directory, policy, holds } of all) {
      expect(file.directories[directory]).toBeDefined();
      expect(file.policies[policy]).toBeDefined();
      for (const name of holds) expect(file.keys[name]?.purpose).toBe('sealing');
    }
  });

  it('has a case for every numbered MUST that received bytes can break, and for no other', () => {
    const spec = readFileSync(new URL('../SPEC.md', import.meta.url), 'utf8');
    const inSpec = new Set([...spec.matchAll(/\*\*(E-\d+)\*\*/g)].map(([, must]) => must!));
    const inCases = new Set(all.flatMap(({ musts }) => musts));
    const covered = new Set([...inCases, ...Object.keys(notByBytes)]);
    expect([...inSpec].filter((must) => !covered.has(must))).toEqual([]);
    expect([...covered].filter((must) => !inSpec.has(must))).toEqual([]);
    expect(Object.keys(notByBytes).filter((must) => inCases.has(must))).toEqual([]);
  });

  it('has a case for every verdict on a message that this release knows', () => {
    // Told by the journey of no single message: what goes wrong elsewhere.
    const others =
      /^ERR_(FORMAT_UNEXPECTED|INTEGRITY_AUDIT|KEY_(MISSING|FILE|DIRECTORY|TOKEN)|POLICY_(DUPLICATE|REPLAY|REPLAY_LIMIT|REDRIVE|PLAINTEXT|DOWNGRADE))$/;
    const verdicts = Object.keys(codes).filter(
      (code) => /^ERR_(FORMAT|KEY|INTEGRITY|POLICY|VALIDATION)_/.test(code) && !others.test(code),
    );
    const inCases = new Set(file.cases.map(({ expected }) => ('code' in expected ? expected.code : null)));
    expect(verdicts.filter((code) => !inCases.has(code))).toEqual([]);
  });
});

describe('the second implementation', () => {
  // It looks nothing up (python/ does), and avsc stops one short of 2^53−1, the largest sequence.
  const opening = file.cases
    .filter(({ name }) => !name.startsWith('by-reference-') && name !== 'largest-numbers')
    .flatMap((one) => ('message' in one.expected ? [{ ...one, ...one.expected }] : []));

  test.each(opening.map((one) => [one.name, one] as const))('opens %s', (_, one) => {
    const { received, message, holds } = one;
    const record = received.value ?? received.headers.find(({ name }) => name === 'sealwire')!.values[0]!;
    const sender = Object.values(file.keys).find(({ keyId }) => keyId === message.senderKeyId)!;
    const held = new Map(
      holds.map((name) => [file.keys[name]!.keyId, bytes(file.keys[name]!.privateKey)] as const),
    );
    const key = received.key === null ? null : bytes(received.key);
    const opened = openByReference(bytes(record), key, bytes(sender.publicKey), held);
    expect(opened.verifies).toBe(true);
    expect(opened.messageHash.toString('hex')).toBe(message.messageHash);
    expect(opened.payload?.toString('hex') ?? null).toBe(message.payload);
    const sealed = opened.headers.map(({ name, values }) => ({
      name,
      values: values.map((value) => value.toString('hex')),
    }));
    expect(message.headers.slice(0, sealed.length)).toEqual(sealed);
  });
});

test('signatures are those of RFC 6979, A.2.5', () => {
  const scalar = bytes('c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721');
  expect(signDeterministically(scalar, Buffer.from('sample')).toString('hex')).toBe(
    'efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716' +
      'f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8',
  );
});

test('every file of the folder is told of in its README', () => {
  const readme = read('README.md');
  for (const name of readdirSync(new URL('../vectors/', import.meta.url)))
    if (name.endsWith('.json')) expect(readme).toContain(`(${name})`);
});
