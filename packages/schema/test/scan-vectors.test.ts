// Bodies that kill or fool a bare decoder (vectors/README.md).
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { scanner } from '../src/scanner.js';
import { thrownBy } from './thrown-by.js';

interface Case {
  readonly name: string;
  readonly schema: unknown;
  readonly hex: string | null;
  readonly repeat: { readonly byte: string; readonly times: number; readonly then: string } | null;
  readonly expect: string;
}

const { cases } = JSON.parse(
  readFileSync(new URL('vectors/avro-malformed.json', import.meta.url), 'utf8'),
) as { cases: Case[] };

/** Kind, and limit where it is one. */
const kinds: Readonly<Record<string, readonly [kind: string, limit?: string]>> = {
  'array-null-count-5e7': ['limit', 'emptyItems'],
  'array-long-count-2e31-truncated': ['length'],
  'array-string-count-2e31-truncated': ['length'],
  'map-long-count-2e31-truncated': ['length'],
  'recursive-depth-20000': ['limit', 'depth'],
  'map-key-proto-to-map': ['key'],
  'map-duplicate-key': ['duplicate'],
  'int-2e40': ['range'],
  'boolean-2': ['boolean'],
  'non-canonical-varint': ['varint'],
  'varint-11-bytes': ['varint'],
  'array-negative-block-wrong-size': ['length'],
  'invalid-utf8': ['utf8'],
  'trailing-byte': ['trailing'],
  'string-length-2e31': ['length'],
  'string-negative-length': ['length'],
  'union-index-9': ['index'],
  'enum-index-7': ['index'],
  'long-above-2e53': ['range'],
};

describe('the scanner on malformed bodies', () => {
  it('has an expectation for every vector', () => {
    expect(cases.map((one) => one.name).sort()).toEqual(Object.keys(kinds).sort());
    expect(new Set(cases.map((one) => one.expect))).toEqual(new Set(['refuse']));
  });

  it.each(cases)('refuses $name for what is wrong with it', ({ name, schema, hex, repeat }) => {
    const bytes = Buffer.from(hex ?? repeat!.byte.repeat(repeat!.times) + repeat!.then, 'hex');
    const [kind, limit = null] = kinds[name]!;
    expect(thrownBy(() => scanner(schema)(bytes))).toMatchObject({
      code: 'ERR_VALIDATION_PAYLOAD',
      facts: { kind, limit },
    });
  });
});
