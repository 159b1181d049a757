// Root documents on their way between machines: one line in a file, unsigned, signed by some, signed by enough.
import { existsSync } from 'node:fs';
import {
  everybodyReads,
  replaceFile,
  shownRoot,
  writeNewFile,
  directoryKeyId,
  type RootDocument,
} from '@sealwire/identity';
import { readNamedFile } from './named-file.js';
import { iso } from './operator.js';

/** @throws UsageError ERR_USAGE_FILE */
export function readRootLine(file: string): Buffer {
  return Buffer.from(readNamedFile(file, 'name a root document').toString('utf8').trim());
}

/** A new file; `again`: in place of what it was made from. */
export function writeRootLine(file: string, line: Buffer, again = false): void {
  const text = `${line.toString('utf8')}\n`;
  if (again && existsSync(file)) replaceFile(file, text, everybodyReads);
  else writeNewFile(file, text, everybodyReads);
}

export interface ShownRoot {
  readonly realm: string;
  readonly serial: number;
  readonly issuedAt: string;
  readonly expiresAt: string;
  readonly threshold: number;
  readonly rootKeys: readonly { readonly keyId: string; readonly publicKey: string }[];
  readonly issuers: readonly {
    readonly issuer: string;
    readonly prefixes: readonly string[];
    readonly purposes: readonly string[];
    readonly expiresAt: string;
  }[];
  /** Ids of the keys that have signed; whether they count is judged when it is published. */
  readonly signedBy: readonly string[];
}

/** What a line says: to be read before it is signed. */
export function describedRoot(line: Buffer): ShownRoot {
  const root: RootDocument = shownRoot(line);
  const { signatures } = JSON.parse(line.toString('utf8')) as { signatures: { keyId: string }[] };
  return {
    realm: root.realm.toString('hex'),
    serial: root.serial,
    issuedAt: iso(root.issuedAtMs),
    expiresAt: iso(root.expiresAtMs),
    threshold: root.threshold,
    rootKeys: root.rootKeys.map((key) => ({
      keyId: directoryKeyId(key),
      publicKey: key.toString('base64url'),
    })),
    issuers: root.issuers.map(({ publicKey, prefixes, purposes, expiresAtMs }) => ({
      issuer: directoryKeyId(publicKey),
      prefixes,
      purposes,
      expiresAt: iso(expiresAtMs),
    })),
    signedBy: signatures.map(({ keyId }) => keyId),
  };
}

export function rootLines(root: ShownRoot): string[] {
  return [
    `Root document ${root.serial} of realm ${root.realm}, ${root.issuedAt} to ${root.expiresAt}`,
    `${root.threshold} of these root keys must sign:`,
    ...root.rootKeys.map(({ keyId }) => `  ${keyId}${root.signedBy.includes(keyId) ? '  signed' : ''}`),
    'Issuers:',
    ...root.issuers.map(
      ({ issuer, prefixes, purposes, expiresAt }) =>
        `  ${issuer}: ${prefixes.map((prefix) => (prefix === '' ? 'all names' : prefix)).join(', ')}; ${purposes.join(', ')}; until ${expiresAt}`,
    ),
    ...(root.issuers.length === 0 ? ['  none'] : []),
  ];
}
