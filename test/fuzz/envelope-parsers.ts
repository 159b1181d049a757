// The envelope's hand-written codec: outer record, session, header, proof, session record, plaintext.
import { readFileSync } from 'node:fs';
import { FormatError } from '@sealwire/core';
import {
  decodeHeader,
  decodeOuter,
  decodeProof,
  decodeSession,
  decodeSessionRecord,
  headerSchema,
  plaintextSchema,
  prefix,
  proofSchema,
  sealedMessageSchema,
  sessionSchema,
} from '@sealwire/envelope';
import { scanner } from '@sealwire/schema';
import { decodePlaintext } from '../../packages/envelope/dist/plaintext-codec.js';
import type { Parser } from './parser.ts';

const vectors = new URL('../../packages/envelope/vectors/envelope.json', import.meta.url);

function received(): Buffer[] {
  const { cases } = JSON.parse(readFileSync(vectors, 'utf8')) as {
    cases: { received: { value: string | null } }[];
  };
  return cases.flatMap(({ received: { value } }) => (value === null ? [] : [Buffer.from(value, 'hex')]));
}

function parser(
  name: string,
  seeds: readonly Buffer[],
  parse: (bytes: Buffer) => unknown,
  compare: (bytes: Buffer) => void,
): Parser {
  return {
    target: 'envelope',
    name,
    seeds,
    parse,
    refusal: (error) =>
      error instanceof FormatError
        ? `${error.code} ${error.message} ${String(Math.min(Number(error.facts['at'] ?? 0), 256))}`
        : null,
    compare,
    make: null,
  };
}

/** What the codec accepts has to be canonical Avro of its schema: so the scanner would add nothing to it. */
function canonical(schema: unknown, from = 0): (bytes: Buffer) => void {
  const scan = scanner(schema, { canonical: true, wideLongs: true });
  return (bytes) => scan(bytes.subarray(from));
}

export function envelopeParsers(): Parser[] {
  const records = received();
  const outers = records.flatMap((record) => {
    try {
      return [decodeOuter(record)];
    } catch {
      return [];
    }
  });
  const plaintexts = [
    '00060102030400',
    '000001',
    '00020004026102026200',
    '0004616202026102046263046465000000',
  ];
  return [
    parser('outer', records, decodeOuter, canonical(sealedMessageSchema, prefix.length)),
    parser(
      'session',
      outers.map(({ session }) => session),
      decodeSession,
      canonical(sessionSchema),
    ),
    parser(
      'header',
      outers.map(({ header }) => header),
      decodeHeader,
      canonical(headerSchema),
    ),
    parser(
      'proof',
      outers.map(({ proof }) => proof),
      decodeProof,
      canonical(proofSchema),
    ),
    parser(
      'plaintext',
      plaintexts.map((hex) => Buffer.from(hex, 'hex')),
      (bytes) => decodePlaintext(bytes, null),
      canonical(plaintextSchema),
    ),
    parser(
      'session-record',
      records,
      (bytes) => decodeSessionRecord(Buffer.alloc(32), bytes),
      () => undefined,
    ),
  ];
}
