// The names that other Avro tools have for a schema (Avro specification, “Parsing Canonical Form for Schemas”).
import { createHash } from 'node:crypto';
import type { PayloadType } from './payload-type.js';

export interface Fingerprints {
  /** CRC-64-AVRO (Rabin) of the parsing canonical form: 16 hex digits, most significant first. */
  readonly crc64: string;
  /** SHA-256 of the parsing canonical form, in hex. Constraints are not in it. */
  readonly sha256: string;
}

export function fingerprints(type: PayloadType): Fingerprints {
  const canonical = Buffer.from(parsingCanonicalForm(type), 'utf8');
  return {
    crc64: crc64(canonical).toString(16).padStart(16, '0'),
    sha256: createHash('sha256').update(canonical).digest('hex'),
  };
}

/** What the bytes depend on, and nothing else. */
export function parsingCanonicalForm(type: PayloadType, named = new Set<PayloadType>()): string {
  const text = JSON.stringify;
  if (named.has(type)) return text((type as { readonly name: string }).name);
  switch (type.kind) {
    case 'array':
      return `{"type":"array","items":${parsingCanonicalForm(type.items, named)}}`;
    case 'map':
      return `{"type":"map","values":${parsingCanonicalForm(type.values, named)}}`;
    case 'union':
      return `[${type.branches.map((branch) => parsingCanonicalForm(branch, named)).join(',')}]`;
    case 'fixed':
      named.add(type);
      return `{"name":${text(type.name)},"type":"fixed","size":${type.size}}`;
    case 'enum':
      named.add(type);
      return `{"name":${text(type.name)},"type":"enum","symbols":${text(type.symbols)}}`;
    case 'record': {
      named.add(type);
      const fields = type.fields.map(
        ({ name, type: inner }) => `{"name":${text(name)},"type":${parsingCanonicalForm(inner, named)}}`,
      );
      return `{"name":${text(type.name)},"type":"record","fields":[${fields.join(',')}]}`;
    }
    default:
      return text(type.kind);
  }
}

const empty = 0xc15d213aa4d7a795n;

function crc64(bytes: Buffer): bigint {
  let crc = empty;
  for (const byte of bytes) {
    crc ^= BigInt(byte);
    for (let bit = 0; bit < 8; bit++) crc = (crc >> 1n) ^ (crc & 1n ? empty : 0n);
  }
  return crc;
}
