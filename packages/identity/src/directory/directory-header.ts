// The first line of a directory document: whose it is, and what it follows (SPEC.md §3).
import type { DocumentValue } from '../document-value.js';
import { payloadValue } from './payload-json.js';

export interface DirectoryHeader {
  /** 16 bytes. */
  readonly realm: Buffer;
  /** Key id of the issuer, 32 hex digits. */
  readonly issuer: string;
  readonly serial: number;
  /** SHA-256 of this issuer's previous payload; `null` for its first. */
  readonly previous: Buffer | null;
  readonly rootSerial: number;
  /** Other issuers' serials that its maker had accepted. */
  readonly seen: ReadonlyMap<string, number>;
  readonly issuedAtMs: number;
  readonly expiresAtMs: number;
}

const maxSeen = 256;

export function headerJson(header: DirectoryHeader): string {
  return JSON.stringify({
    kind: 'directory',
    realm: header.realm.toString('hex'),
    issuer: header.issuer,
    serial: header.serial,
    previous: header.previous?.toString('hex') ?? null,
    rootSerial: header.rootSerial,
    // Ids are 32 hex digits, which no engine takes for array indices: their order is kept.
    seen: Object.fromEntries([...header.seen].sort(([a], [b]) => (a < b ? -1 : 1))),
    issuedAt: iso(header.issuedAtMs),
    expiresAt: iso(header.expiresAtMs),
  });
}

/** @throws KeyError ERR_KEY_DIRECTORY */
export function parseHeader(where: string, text: string): DirectoryHeader {
  const fields = payloadValue(where, text).object([
    'kind',
    'realm',
    'issuer',
    'serial',
    'previous',
    'rootSerial',
    'seen',
    'issuedAt',
    'expiresAt',
  ]);
  const header: DirectoryHeader = {
    realm: fields.realm.bytes('hex', 16),
    issuer: fields.issuer.bytes('hex', 16).toString('hex'),
    serial: fields.serial.integer(1, Number.MAX_SAFE_INTEGER),
    previous: fields.previous.isNull() ? null : fields.previous.bytes('hex', 32),
    rootSerial: fields.rootSerial.integer(1, Number.MAX_SAFE_INTEGER),
    seen: seenOf(fields.seen),
    issuedAtMs: fields.issuedAt.time(),
    expiresAtMs: fields.expiresAt.time(),
  };
  if (header.issuedAtMs >= header.expiresAtMs) fields.expiresAt.fail('must be later than issuedAt.');
  if (header.seen.has(header.issuer)) fields.seen.fail('names the issuer itself.');
  return header;
}

function seenOf(value: DocumentValue): ReadonlyMap<string, number> {
  const seen = new Map<string, number>();
  let last = '';
  for (const [id, serial] of value.entries(maxSeen)) {
    if (!/^[0-9a-f]{32}$/.test(id) || id <= last) value.fail('must map issuer ids to serials, sorted.');
    seen.set((last = id), serial.integer(1, Number.MAX_SAFE_INTEGER));
  }
  return seen;
}

const iso = (ms: number): string => new Date(ms).toISOString();
