// SPEC.md itself: its example, its fingerprint, its schemas, and that every numbered MUST has a test.
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { prefix, proofSchema, sessionSchema } from '../src/index.js';
import { build, crc64Avro, publicPoint, scalars, types } from './reference.js';
import type { VectorFile } from '../vectors/vector-file.js';
import { nowMs, opener, world } from './world.js';

const root = new URL('../../../', import.meta.url);
const spec = readFileSync(new URL('../SPEC.md', import.meta.url), 'utf8');
const example = JSON.parse(readFileSync(new URL('../vectors/example.json', import.meta.url), 'utf8')) as {
  keys: Record<string, string>;
  steps: Record<string, string>;
};

function testTitles(): string {
  const folders = [
    'packages/envelope/test',
    'packages/replay/test',
    'packages/sealwire/test',
    'packages/kafka/test',
  ];
  return folders
    .flatMap((folder) => readdirSync(new URL(folder, root)).map((file) => `${folder}/${file}`))
    .filter((file) => file.endsWith('.test.ts') && !file.endsWith('spec.test.ts'))
    .map((file) => readFileSync(new URL(file, root), 'utf8'))
    .join('\n');
}

/** Vectors are run under the numbers of what decides them (test/conformance/envelope-vectors.test.ts). */
function vectorTitles(): string {
  const { cases } = JSON.parse(
    readFileSync(new URL('../vectors/envelope.json', import.meta.url), 'utf8'),
  ) as VectorFile;
  return cases.flatMap(({ musts }) => musts.map((must) => `[${must}]`)).join('\n');
}

describe('SPEC.md', () => {
  it('has a test for every numbered MUST, and no test for one that it does not have', () => {
    const numbers = (text: string, pattern: RegExp) => [
      ...new Set([...text.matchAll(pattern)].map(([, number]) => Number(number))),
    ];
    const inSpec = numbers(spec, /\*\*E-(\d+)\*\*/g).sort((a, b) => a - b);
    const inTests = numbers(`${testTitles()}\n${vectorTitles()}`, /\[E-(\d+)\]/g).sort((a, b) => a - b);
    expect(inSpec).toEqual(Array.from({ length: inSpec.length }, (_, index) => index + 1));
    expect(inTests).toEqual(inSpec);
  });

  it('shows the example of the vectors, value for value', () => {
    const shown = spec.slice(spec.indexOf('## 12.')).replaceAll(/\s/g, '');
    for (const [name, value] of [...Object.entries(example.keys), ...Object.entries(example.steps)]) {
      expect(shown).toContain(`${name.replaceAll(' ', '')}:${value}`);
    }
  });

  it('has an example that is computed again, value for value', () => {
    const made = build();
    const step = (name: string) => Buffer.from(example.steps[name]!, 'hex');
    expect(publicPoint(scalars.alice).toString('hex')).toBe(example.keys['public signing key of alice']);
    for (const [name, value] of Object.entries({
      'key id of alice': made.terms.senderKey,
      'key id of team': made.wrap.key,
      info: made.info,
      session: made.session,
      S: made.S,
      header: made.header,
      plaintext: made.plaintext,
      body: made.body,
      'content hash': made.contentHash,
      mac: made.mac,
      'message hash (leaf and root)': made.messageHash,
      'signed bytes': made.rootMessage,
      proof: made.proof,
      record: made.record,
    })) {
      expect([name, step(name).toString('hex')]).toEqual([name, value.toString('hex')]);
    }
  });

  it('has an example that opens', async () => {
    const [opened] = await opener(world())([
      {
        source: { transport: 'kafka', topic: 'tasks', partition: 3, offset: '0' },
        value: Buffer.from(example.steps['record']!, 'hex'),
        key: Buffer.from('key'),
        headers: [],
        appendedAtMs: null,
        receivedAtMs: nowMs,
      },
    ]);
    expect(opened).toMatchObject({ verified: true, payload: Buffer.from('{"do":"it"}') });
  });

  it('names the fingerprint that the outer schema has by the Avro specification', () => {
    const canonical =
      '{"name":"sealwire.v1.SealedMessage","type":"record","fields":[' +
      ['session', 'header', 'body', 'mac', 'proof']
        .map((name) => `{"name":"${name}","type":"bytes"}`)
        .join(',') +
      ']}';
    expect(prefix.toString('hex')).toBe(`c301${crc64Avro(canonical).toString('hex')}`);
    expect(spec.replaceAll(' ', '')).toContain(prefix.subarray(2).toString('hex'));
    // The test vector that the Avro specification’s own implementations share.
    expect(crc64Avro('"int"').readBigUInt64LE()).toBe(0x7275d51a3f395c8fn);
  });

  it('has schemas that avsc reads, and that say what the codec says', () => {
    expect(sessionSchema.fields).toHaveLength(14);
    expect(proofSchema.fields).toHaveLength(4);
    expect(Object.values(types).every((type) => type.typeName === 'record')).toBe(true);
  });
});
