// What can be said of a record without a key: over every vector, and over junk.
import { readFileSync } from 'node:fs';
import { describe, expect, it, test } from '@jest/globals';
import fc from 'fast-check';
import { inspect, type KeptRecord } from '../src/index.js';
import type { VectorCase, VectorFile } from '../vectors/vector-file.js';
import { build } from './reference.js';
import { referredSession } from './referred-session.js';

const file = JSON.parse(
  readFileSync(new URL('../vectors/envelope.json', import.meta.url), 'utf8'),
) as VectorFile;
const all: readonly VectorCase[] = [...file.cases, ...file.order];
const bytes = (hex: string) => Buffer.from(hex, 'hex');

function keptOf({ received }: VectorCase): KeptRecord {
  return {
    value: received.value === null ? null : bytes(received.value),
    key: received.key === null ? null : bytes(received.key),
    headers: received.headers.map(({ name, values }) => ({ name, values: values.map(bytes) })),
  };
}

const plain = keptOf(all.find(({ name }) => name === 'plain')!);

describe('inspect', () => {
  test.each(all.map((one) => [one.name, one] as const))('tells what is wrong with %s', (name, one) => {
    const { wellFormed, problem, parts, form } = inspect(keptOf(one));
    const wanted = one.verifier?.startsWith('ERR_FORMAT_') === true ? one.verifier : null;
    // A reference, or a session that the topic does not have, is no fault of these bytes.
    const isReference = form === 'by-reference';
    expect([problem?.code ?? null, wellFormed]).toEqual(
      isReference ? [null, true] : [wanted, wanted === null],
    );
    expect(name).not.toBe('');
    for (const part of parts) for (const { offset } of part.fields) expect(offset).toBeGreaterThanOrEqual(10);
  });

  it('gives every field its place: together they are all of session, header and proof', () => {
    const { parts } = inspect(plain);
    expect(parts.map(({ name }) => name)).toEqual(['session', 'header', 'body', 'mac', 'proof']);
    for (const { fields, offset, bytes: length } of parts.filter((part) => part.fields.length > 0)) {
      const ends = fields.map((field) => field.offset + field.bytes);
      expect(fields.map((field) => field.offset)).toEqual([offset, ...ends.slice(0, -1)]);
      expect(ends.at(-1)).toBe(offset + length);
    }
  });

  it('shows names and numbers as they are, and hashes that another implementation computes', () => {
    const made = build();
    const { parts, hashes, recordHash, bytes: length } = inspect(plain);
    const fields = new Map(parts.flatMap((part) => part.fields).map(({ name, value }) => [name, value]));
    expect(Object.fromEntries(fields)).toMatchObject({
      sender: 'alice',
      audience: ['team'],
      channel: 'tasks',
      contentType: '2 (application/json)',
      partition: 3,
      sequence: 7,
      treeSize: 1,
      correlation: null,
      tombstone: false,
    });
    expect(hashes).toMatchObject({
      session: made.S.toString('hex'),
      message: made.messageHash.toString('hex'),
      root: made.messageHash.toString('hex'),
    });
    expect(length).toBe(made.record.length);
    expect(recordHash).toMatch(/^[0-9a-f]{64}$/);
  });

  it('says at which byte the bytes stop making sense', () => {
    const record = build().record;
    const at = (value: Buffer) => inspect({ ...plain, value }).problem?.at;
    expect(at(Buffer.from('{"a":1}'))).toBe(0);
    expect(at(Buffer.concat([record.subarray(0, 5), Buffer.of(0), record.subarray(6)]))).toBe(5);
    expect(at(Buffer.concat([record, Buffer.of(0)]))).toBe(record.length);
    // The suite, the first field of the session.
    const padded = build({ change: { session: (s) => Buffer.concat([Buffer.of(0x82, 0), s.subarray(1)]) } });
    expect(at(padded.record)).toBe(12);
  });

  it('shows a session that is given for a reference, and computes the hashes with it', () => {
    const one = all.find(({ name }) => name === 'by-reference-honest')!;
    const session = referredSession(file, one)!;
    const without = inspect(keptOf(one));
    const found = inspect({ ...keptOf(one), session });
    expect(without).toMatchObject({
      form: 'by-reference',
      wellFormed: true,
      hashes: null,
      givenSession: null,
    });
    expect(found.givenSession?.find(({ name }) => name === 'sender')?.value).toBe('alice');
    expect(found.hashes?.message).toBe('message' in one.expected ? one.expected.message.messageHash : '');
    expect(inspect({ ...keptOf(one), session: build().session }).problem?.code).toBe(
      'ERR_FORMAT_SESSION_UNKNOWN',
    );
  });

  it('never throws, and shows what is whole, whatever the bytes', () => {
    const record = build().record;
    for (let length = 0; length < record.length; length++)
      expect(inspect({ ...plain, value: record.subarray(0, length) }).wellFormed).toBe(false);
    const junk = fc.oneof(
      fc.uint8Array({ maxLength: 600 }).map((random) => Buffer.from(random)),
      fc.tuple(fc.nat(record.length - 1), fc.nat(255)).map(([at, byte]) => {
        const copy = Buffer.from(record);
        copy[at] = byte;
        return copy;
      }),
    );
    fc.assert(
      fc.property(junk, fc.boolean(), (value, tombstone) => {
        const kept = tombstone
          ? { value: null, key: null, headers: [{ name: 'sealwire', values: [value] }] }
          : { ...plain, value };
        expect(inspect(kept).bytes).toBe(value.length);
      }),
      { numRuns: 2000 },
    );
    expect(inspect({ value: null, key: null, headers: [] }).problem?.code).toBe('ERR_FORMAT_NOT_SEALED');
  });
});
