// A record as a line of JSON: what `export` writes and `inspect` and `verify` read. Whatever is not text is base64.
import { UsageError, type HeaderField, type Received } from '@sealwire/core';
import type { KeptRecord } from '@sealwire/envelope';
import { fromBase64 } from './base64.js';

/** A record, and what is known of where and when it was appended. */
export interface GivenRecord {
  readonly record: KeptRecord & { readonly session: Buffer | null };
  /** For people: a place on a broker, or a line of a file. */
  readonly name: string;
  /** When the broker appended it, where the broker stamped it; otherwise `null`. */
  readonly appendedAtMs: number | null;
}

/** Nothing is believed of it before it is looked at. */
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

/** Writes a record of a topic, without line end. */
export function toLine({ source, value, key, headers, appendedAtMs }: Received): string {
  const place =
    source.transport === 'kafka'
      ? { topic: source.topic, partition: source.partition, offset: source.offset }
      : { queue: source.queue };
  return JSON.stringify({
    ...place,
    ...(appendedAtMs === null ? {} : { appendedAt: appendedAtMs }),
    key: base64(key),
    headers: headers.map(({ name, values }) => ({ name, values: values.map(base64) })),
    value: base64(value),
  });
}

const base64 = (bytes: Buffer | null): string | null => bytes?.toString('base64') ?? null;

/**
 * @param name what to call the line, by its number
 * @param session the one to take where the line has none
 * @throws UsageError ERR_USAGE_ARGUMENT
 */
export function fromLine(line: string, name: string, session: Buffer | null): GivenRecord {
  let parsed: unknown;
  try {
    parsed = JSON.parse(line);
  } catch {
    throw new UsageError('ERR_USAGE_ARGUMENT', `${name} is not JSON; write one object a line.`);
  }
  const fields = (parsed ?? {}) as RecordLine;
  if (fields.value === undefined)
    throw new UsageError(
      'ERR_USAGE_ARGUMENT',
      `${name} has no value; write it in base64, or null for a tombstone.`,
    );
  const own = fields.session ?? null;
  const record = {
    value: optional(fields.value, `${name}: value`),
    key: optional(fields.key ?? null, `${name}: key`),
    headers: headersOf(fields.headers ?? [], name),
    session: own === null ? session : fromBase64(own, `${name}: session`),
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

/** Milliseconds since 1970, or an ISO 8601 date. */
function timeOf(value: unknown, name: string): number | null {
  if (value === null) return null;
  const ms = typeof value === 'number' ? value : typeof value === 'string' ? Date.parse(value) : NaN;
  if (Number.isFinite(ms) && Math.abs(ms) <= 8.64e15) return ms;
  throw new UsageError('ERR_USAGE_ARGUMENT', `${name}: appendedAt must be milliseconds or an ISO 8601 date.`);
}
