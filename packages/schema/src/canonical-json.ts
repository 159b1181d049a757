// The one text that stands for a JSON value (RFC 8785), and the hash that names a schema.
import { createHash } from 'node:crypto';

/** Names in the order of their UTF-16 code units, no white space, numbers as ECMAScript writes them. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, part]) => `${JSON.stringify(name)}:${canonicalJson(part)}`);
  return `{${entries.join(',')}}`;
}

/** SHA-256 of a schema’s canonical JSON: all of it, constraints and documentation included; layout is not. */
export function schemaHash(schema: unknown): Buffer {
  return createHash('sha256').update(canonicalJson(schema), 'utf8').digest();
}
