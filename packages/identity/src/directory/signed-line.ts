// One signed document as one line of text: the payload's exact bytes, and who signed them (SPEC.md §1).
import { createHash } from 'node:crypto';
import { DocumentValue } from '../document-value.js';
import { directoryError } from './directory-error.js';
import { maxLineBytes } from './directory-source.js';
import type { Work } from './work.js';

export type DocumentKind = 'root' | 'directory';

export interface LineSignature {
  /** 32 hex digits. */
  readonly keyId: string;
  /** 64 bytes. */
  readonly signature: Buffer;
}

export interface SignedLine {
  readonly kind: DocumentKind;
  readonly payload: Buffer;
  /** SHA-256 of the payload. */
  readonly hash: Buffer;
  readonly signatures: readonly LineSignature[];
}

const head = Buffer.from('{"payload":"');
const quote = 0x22;
/** A multiple of 4, so that pieces of base64 decode by themselves. */
const piece = 16 * 1024;
const maxSignatures = 16;
const maxSignatureBytes = 8192;
/** Enough for a header that has seen 256 issuers; root documents are this small as a whole. */
const maxPeekedBytes = 256 * 1024;
const begins: Readonly<Record<DocumentKind, string>> = {
  root: '{"kind":"root",',
  directory: '{"kind":"directory",',
};

/** What is signed: the label of the kind, then the hash of the payload. */
export function signedBytes(kind: DocumentKind, hash: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`sealwire/v1/${kind}`, 'ascii'), hash]);
}

/** The line of a payload and its signatures. */
export function lineOf(payload: Buffer, signatures: readonly LineSignature[]): Buffer {
  const listed = signatures.map(({ keyId, signature }) => ({
    keyId,
    signature: signature.toString('base64'),
  }));
  return Buffer.from(`{"payload":"${payload.toString('base64')}","signatures":${JSON.stringify(listed)}}`);
}

/** Takes a line apart without believing any of it. @throws KeyError ERR_KEY_DIRECTORY */
export function* openLine(where: string, line: Buffer): Work<SignedLine> {
  const { from, to } = payloadPlace(where, line);
  const signatures = signaturesOf(where, line.subarray(to));
  const payload = Buffer.allocUnsafeSlow(payloadBytes(line, from, to));
  const hash = createHash('sha256');
  let length = 0;
  for (let at = from; at < to; at += piece) {
    const text = line.toString('latin1', at, Math.min(at + piece, to));
    const bytes = payload.write(text, length, 'base64');
    const decoded = payload.subarray(length, length + bytes);
    // Padding inside, stray characters, stray bits: two readers could see different payloads.
    if (decoded.toString('base64') !== text)
      throw directoryError('malformed', where, 'the payload is not canonical base64; fetch it again.');
    hash.update(decoded);
    length += bytes;
    yield;
  }
  if (length !== payload.length)
    throw directoryError('malformed', where, 'the payload is not canonical base64; fetch it again.');
  return { kind: kindOf(where, payload), payload, hash: hash.digest(), signatures };
}

/** The kind of a line and the first line of its payload, unverified: for telling lines apart. @throws KeyError */
export function peekLine(where: string, line: Buffer): { kind: DocumentKind; first: string } {
  const { from, to } = payloadPlace(where, line);
  const most = from + Math.ceil(maxPeekedBytes / 3) * 4;
  const peeked = Buffer.from(line.toString('latin1', from, Math.min(to, most)), 'base64');
  const kind = kindOf(where, peeked);
  const end = peeked.indexOf(0x0a);
  if (end < 0 && to > most)
    throw directoryError('too-large', where, 'begins with more than 256 KiB without a line end.');
  return { kind, first: peeked.toString('utf8', 0, end < 0 ? peeked.length : end) };
}

function payloadPlace(where: string, line: Buffer): { from: number; to: number } {
  if (line.length > maxLineBytes)
    throw directoryError('too-large', where, 'is larger than 24 MiB; split it among issuers.');
  const to = line.indexOf(quote, head.length);
  if (to < 0 || line.compare(head, 0, head.length, 0, head.length) !== 0)
    throw directoryError('malformed', where, 'is not a whole signed line (half-written?); fetch it again.');
  return { from: head.length, to };
}

function payloadBytes(line: Buffer, from: number, to: number): number {
  const padding = line[to - 2] === 0x3d ? 2 : line[to - 1] === 0x3d ? 1 : 0;
  return Math.max(0, ((to - from) / 4) * 3 - padding) | 0;
}

function kindOf(where: string, payload: Buffer): DocumentKind {
  for (const kind of ['root', 'directory'] as const)
    if (payload.toString('latin1', 0, begins[kind].length) === begins[kind]) return kind;
  throw directoryError('malformed', where, 'is neither a root document nor a directory of this version.');
}

function signaturesOf(where: string, rest: Buffer): LineSignature[] {
  const text = rest.toString('latin1', 0, maxSignatureBytes + 1);
  let json: unknown;
  try {
    if (rest.length <= maxSignatureBytes && text.startsWith('","signatures":['))
      json = JSON.parse(`{"payload":"${text}`);
  } catch {
    // Told below.
  }
  if (json === undefined || JSON.stringify(json) !== `{"payload":"${text}`)
    throw directoryError('malformed', where, 'is not a whole signed line (half-written?); fetch it again.');
  const seen = new Set<string>();
  return new DocumentValue(where, '', json)
    .object(['payload', 'signatures'])
    .signatures.list(maxSignatures)
    .map((entry) => {
      const fields = entry.object(['keyId', 'signature']);
      const keyId = fields.keyId.bytes('hex', 16).toString('hex');
      if (seen.has(keyId)) fields.keyId.fail('signs twice; one signature a key.');
      seen.add(keyId);
      return { keyId, signature: fields.signature.bytes('base64', 64) };
    });
}
