// The envelope's hand-written codec: outer record, session, header, proof, session record, plaintext.
import { readFileSync } from 'node:fs';
import { inflateRawSync, zstdDecompressSync } from 'node:zlib';
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
import { compressPayload, expandPayload } from '../../packages/envelope/dist/payload-compression.js';
import { decodePlaintext } from '../../packages/envelope/dist/plaintext-codec.js';
import type { Parser } from './parser.ts';

/** What an expanded payload may take at most here. */
const maxBytes = 16 * 1024;
const compressible = [100, 1000, 9000].map((length) =>
  Buffer.from(Array.from({ length }, (_, i) => `${i * i},`).join('')).subarray(0, length),
);

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
    ...(['deflate', 'zstd'] as const).map((kind) =>
      parser(
        `payload-${kind}`,
        compressible.map((payload) => compressPayload(kind, payload, maxBytes).bytes),
        (bytes) => expandPayload({ encoding: kind === 'deflate' ? 1 : 2, bytes }, kind, maxBytes),
        (bytes) => {
          const stream = bytes.subarray(4);
          const payload = kind === 'deflate' ? inflateRawSync(stream) : zstdDecompressSync(stream);
          if (payload.length !== bytes.readUInt32BE()) throw new Error('not of the length that was taken');
        },
      ),
    ),
    parser(
      'session-record',
      records,
      (bytes) => decodeSessionRecord(Buffer.alloc(32), bytes),
      () => undefined,
    ),
  ];
}
