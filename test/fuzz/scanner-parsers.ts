// The Avro scanner over schemas of every kind, beside avsc.
import { readFileSync } from 'node:fs';
import { ValidationError } from '@sealwire/core';
import { scanner } from '@sealwire/schema';
import avsc from 'avsc';
import fc from 'fast-check';
import { type Json, schemaWithValues } from '../../packages/schema/test/random-avro.ts';
import { largeInputs } from './large-inputs.ts';
import type { Parser } from './parser.ts';
import { type AvroType, makeAvro } from './valid-avro.ts';

export interface SeededSchema {
  readonly schema: Json;
  /** Hexadecimal. */
  readonly seeds: readonly string[];
}

const malformed = new URL('../../packages/schema/test/vectors/avro-malformed.json', import.meta.url);
const kept = new URL('corpus/avro.json', import.meta.url);

interface Vector {
  readonly schema: Json;
  readonly hex: string | null;
  readonly repeat: { readonly byte: string; readonly times: number; readonly then: string } | null;
}

/** Schemas of the vectors, those with their seeds in the corpus, and some that differ with each seed. */
export function scannerParsers(seed: number): Parser[] {
  const { cases } = JSON.parse(readFileSync(malformed, 'utf8')) as { cases: Vector[] };
  const vectors = cases.map(({ schema, hex, repeat }) => ({
    schema,
    seeds: [hex ?? repeat!.byte.repeat(repeat!.times) + repeat!.then],
  }));
  const corpus = JSON.parse(readFileSync(kept, 'utf8')) as SeededSchema[];
  return [...vectors, ...largeInputs, ...corpus, ...randomSchemas(seed, 40)].map(scannerParser);
}

/** Random schemas, with what avsc writes for values of them. */
export function randomSchemas(seed: number, count: number): SeededSchema[] {
  return fc.sample(schemaWithValues(6), { seed, numRuns: count }).map(({ schema, values }) => {
    const type = typeOf(schema);
    return { schema, seeds: values.map((value) => type.toBuffer(value).toString('hex')) };
  });
}

function typeOf(schema: Json): avsc.Type {
  return avsc.Type.forSchema(structuredClone(schema) as avsc.Schema, { wrapUnions: 'always' });
}

export function scannerParser({ schema, seeds }: SeededSchema): Parser {
  const scan = scanner(schema);
  const scanCanonical = scanner(schema, { canonical: true });
  const type = typeOf(schema);
  const name = JSON.stringify(schema);
  const hasMap = name.includes('"map"');
  return {
    target: 'scanner',
    name,
    seeds: seeds.map((hex) => Buffer.from(hex, 'hex')),
    parse: scan,
    refusal: (error) =>
      error instanceof ValidationError && error.code === 'ERR_VALIDATION_PAYLOAD'
        ? `${String(error.facts['kind'])} ${String(error.facts['place'])} ${String(error.facts['limit'])} ${String(Math.min(Number(error.facts['at']), 64))}`
        : null,
    compare(bytes) {
      const written = type.toBuffer(type.fromBuffer(bytes));
      scan(written);
      if (hasMap || written.equals(bytes)) return;
      try {
        scanCanonical(bytes);
      } catch {
        return;
      }
      throw new Error('avsc writes another encoding than the one that was accepted as the only one');
    },
    make(random) {
      const { bytes, usual } = makeAvro(type as unknown as AvroType, random);
      return {
        bytes,
        compare() {
          if (usual === null) return;
          scanCanonical(usual);
          if (!type.toBuffer(type.fromBuffer(bytes)).equals(usual))
            throw new Error(`avsc does not read what was meant: ${usual.toString('hex')}`);
        },
      };
    },
  };
}
