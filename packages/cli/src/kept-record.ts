// Records as they come from files and standard input: raw bytes, hex, base64, or lines of JSON.
import { readFileSync } from 'node:fs';
import { UsageError, type HeaderField } from '@sealwire/core';
import type { KeptRecord } from '@sealwire/envelope';

/** A record, and what is known of where and when it was appended. */
export interface GivenRecord {
  readonly record: KeptRecord & { readonly session: Buffer | null };
  /** For people: a place on a broker, or a line of a file. */
  readonly name: string;
  /** When the broker appended it, where the broker stamped it; otherwise `null`. */
  readonly appendedAtMs: number | null;
}

export interface InputOptions {
  readonly hex?: boolean;
  readonly base64?: boolean;
  readonly key?: string;
  readonly keyBase64?: string;
  readonly session?: string;
}

/** How one line of JSON names a record; everything that is not text is base64. */
interface RecordLine {
  readonly topic?: unknown;
  readonly partition?: unknown;
  readonly offset?: unknown;
  readonly queue?: unknown;
  readonly key?: unknown;
  readonly value?: unknown;
  readonly headers?: unknown;
  readonly session?: unknown;
  readonly appendedAt?: unknown;
}

/**
 * Reads a file, or standard input for `-`. Bytes that begin with `{` are lines of JSON, one record each.
 * @throws UsageError ERR_USAGE_FILE, ERR_USAGE_ARGUMENT
 */
export function readRecords(file: string, options: InputOptions): GivenRecord[] {
  const bytes = readBytes(file);
  const name = file === '-' ? 'standard input' : file;
  const encoded = options.hex === true || options.base64 === true;
  if (!encoded && /^\s*\{/.test(bytes.toString('latin1', 0, 256))) return readLines(bytes, name, options);
  const value = encoded ? decoded(bytes.toString('latin1'), options) : bytes;
  const record = { value, key: keyOf(options), headers: [], session: sessionOf(options) };
  return [{ record, name, appendedAtMs: null }];
}

function readBytes(file: string): Buffer {
  try {
    return readFileSync(file === '-' ? 0 : file);
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? 'unknown reason';
    throw new UsageError(
      'ERR_USAGE_FILE',
      `${file} cannot be read (${reason}); name a file, or - for standard input.`,
    );
  }
}

function decoded(text: string, { hex = false, base64 = false }: InputOptions): Buffer {
  if (hex && base64) throw new UsageError('ERR_USAGE_ARGUMENT', 'Give either --hex or --base64.');
  const digits = text.replaceAll(/\s/g, '');
  const bytes = Buffer.from(digits, hex ? 'hex' : 'base64');
  if (hex ? bytes.length * 2 !== digits.length : !isBase64(digits))
    throw new UsageError('ERR_USAGE_ARGUMENT', `The input is not ${hex ? 'hex' : 'base64'} throughout.`);
  return bytes;
}

const isBase64 = (text: string): boolean => /^[A-Za-z0-9+/_-]*={0,2}$/.test(text);

function keyOf({ key, keyBase64 }: InputOptions): Buffer | null {
  if (key !== undefined && keyBase64 !== undefined)
    throw new UsageError('ERR_USAGE_ARGUMENT', 'Give either --key or --key-base64.');
  if (keyBase64 !== undefined) return fromBase64(keyBase64, '--key-base64');
  return key === undefined ? null : Buffer.from(key);
}

function sessionOf({ session }: InputOptions): Buffer | null {
  return session === undefined ? null : readBytes(session);
}

function readLines(bytes: Buffer, name: string, options: InputOptions): GivenRecord[] {
  const given: GivenRecord[] = [];
  for (const [index, line] of bytes.toString('utf8').split('\n').entries()) {
    if (line.trim() === '') continue;
    given.push(lineOf(line, `${name}:${index + 1}`, options));
  }
  return given;
}

function lineOf(line: string, name: string, options: InputOptions): GivenRecord {
  let parsed: unknown;
  try {
    parsed = JSON.parse(line);
  } catch {
    throw new UsageError('ERR_USAGE_ARGUMENT', `${name} is not JSON; write one object a line.`);
  }
  const fields = parsed as RecordLine;
  if (fields.value === undefined)
    throw new UsageError(
      'ERR_USAGE_ARGUMENT',
      `${name} has no value; write it in base64, or null for a tombstone.`,
    );
  const session = fields.session ?? null;
  const record = {
    value: optional(fields.value, `${name}: value`),
    key: optional(fields.key ?? null, `${name}: key`),
    headers: headersOf(fields.headers ?? [], name),
    session: session === null ? sessionOf(options) : fromBase64(session, `${name}: session`),
  };
  return { record, name: placeOf(fields) ?? name, appendedAtMs: timeOf(fields.appendedAt ?? null, name) };
}

function placeOf({ topic, partition, offset, queue }: RecordLine): string | null {
  if (typeof topic === 'string') return `${topic}[${String(partition)}]@${String(offset)}`;
  return typeof queue === 'string' ? queue : null;
}

function headersOf(headers: unknown, name: string): HeaderField[] {
  if (!Array.isArray(headers))
    throw new UsageError('ERR_USAGE_ARGUMENT', `${name}: headers must be a list of { name, values }.`);
  return headers.map((header) => {
    const { name: headerName, values } = (header ?? {}) as { name?: unknown; values?: unknown };
    if (typeof headerName !== 'string' || !Array.isArray(values))
      throw new UsageError('ERR_USAGE_ARGUMENT', `${name}: headers must be a list of { name, values }.`);
    return { name: headerName, values: values.map((value) => fromBase64(value, `${name}: headers`)) };
  });
}

function optional(value: unknown, what: string): Buffer | null {
  return value === null ? null : fromBase64(value, what);
}

function fromBase64(value: unknown, what: string): Buffer {
  if (typeof value !== 'string' || !isBase64(value))
    throw new UsageError('ERR_USAGE_ARGUMENT', `${what} must be base64.`);
  return Buffer.from(value, 'base64');
}

/** Milliseconds since 1970, or an ISO 8601 date. */
function timeOf(value: unknown, name: string): number | null {
  if (value === null) return null;
  const ms = typeof value === 'number' ? value : typeof value === 'string' ? Date.parse(value) : NaN;
  if (!Number.isFinite(ms))
    throw new UsageError(
      'ERR_USAGE_ARGUMENT',
      `${name}: appendedAt must be milliseconds or an ISO 8601 date.`,
    );
  return ms;
}
