// The root document: who may sign the next one, and who may speak for which names (SPEC.md §2).
import { keyId } from '@sealwire/crypto';
import { isName, nameRule } from '../agent-name.js';
import type { DocumentValue } from '../document-value.js';
import { pointName, pointOf } from './public-point.js';
import { payloadValue } from './payload-json.js';

export type ListedPurpose = 'message-signing' | 'sealing';

/** What the root allows one issuer. */
export interface Delegation {
  readonly publicKey: Buffer;
  /** Whole segments; `""` covers every name. */
  readonly prefixes: readonly string[];
  readonly purposes: readonly ListedPurpose[];
  readonly expiresAtMs: number;
}

export interface RootDocument {
  /** 16 bytes. */
  readonly realm: Buffer;
  readonly serial: number;
  /** SHA-256 of the payload before; `null` for serial 1. */
  readonly previous: Buffer | null;
  readonly issuedAtMs: number;
  readonly expiresAtMs: number;
  /** How many root keys must sign. */
  readonly threshold: number;
  /** Uncompressed points. */
  readonly rootKeys: readonly Buffer[];
  readonly issuers: readonly Delegation[];
}

export const maxRootBytes = 256 * 1024;
const maxRootKeys = 16;
const maxIssuers = 256;
const maxPrefixes = 64;

/** The id under which root and issuers sign, as hex. */
export function directoryKeyId(publicKey: Buffer): string {
  return keyId('directory', 1, publicKey).toString('hex');
}

export function rootJson(root: RootDocument): string {
  return JSON.stringify({
    kind: 'root',
    realm: root.realm.toString('hex'),
    serial: root.serial,
    previous: root.previous?.toString('hex') ?? null,
    issuedAt: iso(root.issuedAtMs),
    expiresAt: iso(root.expiresAtMs),
    threshold: root.threshold,
    rootKeys: root.rootKeys.map((key) => ({ suite: 1, publicKey: key.toString('base64url') })),
    issuers: root.issuers.map(({ publicKey, prefixes, purposes, expiresAtMs }) => ({
      suite: 1,
      publicKey: publicKey.toString('base64url'),
      prefixes,
      purposes,
      expiresAt: iso(expiresAtMs),
    })),
  });
}

/** @throws KeyError ERR_KEY_DIRECTORY with the place of the first contradiction */
export function parseRoot(where: string, text: string): RootDocument {
  const fields = payloadValue(where, text).object([
    'kind',
    'realm',
    'serial',
    'previous',
    'issuedAt',
    'expiresAt',
    'threshold',
    'rootKeys',
    'issuers',
  ]);
  const points = new Set<string>();
  const once = (value: DocumentValue): Buffer => {
    const point = pointOf(value);
    if (points.has(pointName(point))) value.fail('stands twice; one key has one place: make a new one.');
    points.add(pointName(point));
    return point;
  };
  const serial = fields.serial.integer(1, Number.MAX_SAFE_INTEGER);
  const rootKeys = fields.rootKeys
    .list(maxRootKeys)
    .map((entry) => once(suiteOne(entry, ['publicKey']).publicKey));
  const prefixes = new Set<string>();
  const issuers = fields.issuers.list(maxIssuers).map((entry): Delegation => {
    const given = suiteOne(entry, ['publicKey', 'prefixes', 'purposes', 'expiresAt']);
    const mine = given.prefixes.list(maxPrefixes).map((value) => {
      const prefix = value.text(255);
      if (prefix !== '' && (!isName(prefix) || prefix.endsWith('/')))
        value.fail(`must be "" or a name, without / at its end: ${nameRule}.`);
      if (prefixes.has(prefix)) value.fail('is delegated twice; one prefix has one issuer.');
      prefixes.add(prefix);
      return prefix;
    });
    if (mine.length === 0) given.prefixes.fail('is empty; write "" for all names.');
    const purposes = given.purposes.list(2).map((value) => {
      const purpose = value.text(40);
      return purpose === 'message-signing' || purpose === 'sealing'
        ? purpose
        : value.fail('must be "message-signing" or "sealing".');
    });
    if (purposes.length === 0 || new Set(purposes).size < purposes.length)
      given.purposes.fail('must name one purpose at least, and each once.');
    return {
      publicKey: once(given.publicKey),
      prefixes: mine,
      purposes,
      expiresAtMs: given.expiresAt.time(),
    };
  });
  const root: RootDocument = {
    realm: fields.realm.bytes('hex', 16),
    serial,
    previous: serial === 1 ? fields.previous.nothing() : fields.previous.bytes('hex', 32),
    issuedAtMs: fields.issuedAt.time(),
    expiresAtMs: fields.expiresAt.time(),
    threshold: fields.threshold.integer(1, Math.max(1, rootKeys.length)),
    rootKeys,
    issuers,
  };
  if (rootKeys.length === 0) fields.rootKeys.fail('is empty; a root has one key at least.');
  if (root.issuedAtMs >= root.expiresAtMs) fields.expiresAt.fail('must be later than issuedAt.');
  return root;
}

function suiteOne<Key extends string>(entry: DocumentValue, keys: readonly Key[]) {
  const fields = entry.object(['suite', ...keys] as const);
  (fields as Record<'suite', DocumentValue>).suite.integer(1, 1);
  return fields as Record<Key, DocumentValue>;
}

const iso = (ms: number): string => new Date(ms).toISOString();
