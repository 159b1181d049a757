// Records as they come from files and standard input: raw bytes, hex, base64, or lines of JSON.
import { createReadStream, readFileSync } from 'node:fs';
import { UsageError } from '@sealwire/core';
import { fromBase64, isBase64 } from './base64.js';
import { linesOf } from './lines.js';
import { fromLine, type GivenRecord } from './record-line.js';

/** A line that is longer than is read. */
export interface OverlongRecord {
  readonly record: null;
  readonly name: string;
}

export interface InputOptions {
  readonly hex?: boolean;
  readonly base64?: boolean;
  readonly key?: string;
  readonly keyBase64?: string;
  readonly session?: string;
}

/** What is looked at to tell lines of JSON from a record. */
const peekedBytes = 256;

/**
 * Reads a file, or standard input for `-`, as a stream. Bytes that begin with `{` are lines of JSON, one record each.
 * @param maxBytes of a line, or of the one record
 * @throws UsageError ERR_USAGE_FILE, ERR_USAGE_ARGUMENT
 */
export async function* readRecords(
  file: string,
  options: InputOptions,
  maxBytes: number,
): AsyncGenerator<GivenRecord | OverlongRecord> {
  const name = file === '-' ? 'standard input' : file;
  const session = options.session === undefined ? null : readBytes(options.session);
  const key = keyOf(options);
  const encoded = options.hex === true || options.base64 === true;
  const chunks = chunksOf(file);
  const head = await headOf(chunks);
  const all = prepended(head, chunks);
  if (!encoded && /^\s*\{/.test(head.toString('latin1', 0, peekedBytes))) {
    for await (const { number, bytes } of linesOf(all, maxBytes)) {
      const line = `${name}:${number}`;
      if (bytes === null) yield { record: null, name: line };
      else if (!isBlank(bytes)) yield fromLine(bytes.toString('utf8'), line, session);
    }
    return;
  }
  const bytes = await wholeOf(all, encoded ? 3 * maxBytes : maxBytes);
  if (bytes === null) {
    yield { record: null, name };
    return;
  }
  const value = encoded ? decoded(bytes.toString('latin1'), options) : bytes;
  yield { record: { value, key, headers: [], session }, name, appendedAtMs: null };
}

const isBlank = (bytes: Buffer): boolean => bytes.toString('latin1').trim() === '';

async function* chunksOf(file: string): AsyncGenerator<Buffer> {
  try {
    yield* (file === '-' ? process.stdin : createReadStream(file)) as AsyncIterable<Buffer>;
  } catch (error) {
    throw unreadable(file, error);
  }
}

/** The first bytes: as many as it takes to tell, where there are. */
async function headOf(chunks: AsyncGenerator<Buffer>): Promise<Buffer> {
  let head = Buffer.alloc(0);
  while (head.length < peekedBytes && isBlank(head)) {
    const next = await chunks.next();
    if (next.done === true) break;
    head = Buffer.concat([head, next.value]);
  }
  return head;
}

async function* prepended(head: Buffer, chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield head;
  yield* chunks;
}

async function wholeOf(chunks: AsyncIterable<Buffer>, maxBytes: number): Promise<Buffer | null> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    length += chunk.length;
    if (length > maxBytes) return null;
    parts.push(chunk);
  }
  return Buffer.concat(parts, length);
}

function readBytes(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw unreadable(file, error);
  }
}

function unreadable(file: string, error: unknown): UsageError {
  const reason = (error as NodeJS.ErrnoException).code ?? 'unknown reason';
  return new UsageError(
    'ERR_USAGE_FILE',
    `${file} cannot be read (${reason}); name a file, or - for standard input.`,
  );
}

function decoded(text: string, { hex = false, base64 = false }: InputOptions): Buffer {
  if (hex && base64) throw new UsageError('ERR_USAGE_ARGUMENT', 'Give either --hex or --base64.');
  const digits = text.replaceAll(/\s/g, '');
  const bytes = Buffer.from(digits, hex ? 'hex' : 'base64');
  if (hex ? bytes.length * 2 !== digits.length : !isBase64(digits))
    throw new UsageError('ERR_USAGE_ARGUMENT', `The input is not ${hex ? 'hex' : 'base64'} throughout.`);
  return bytes;
}

function keyOf({ key, keyBase64 }: InputOptions): Buffer | null {
  if (key !== undefined && keyBase64 !== undefined)
    throw new UsageError('ERR_USAGE_ARGUMENT', 'Give either --key or --key-base64.');
  if (keyBase64 !== undefined) return fromBase64(keyBase64, '--key-base64');
  return key === undefined ? null : Buffer.from(key);
}
