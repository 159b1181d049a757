// How the private key files of an agent are named.
import { join } from 'node:path';
import { keyId } from '@sealwire/crypto';
import { folderName } from './agent-name.js';

export type KeyFileKind = 'signing' | 'sealing' | { readonly group: string };

/** `<folder>/<agent>/signing-<first 8 hex digits of the key id>.pem`; `sealing-…` and `group-<name>-…` alike. */
export function keyFileName(folder: string, agent: string, kind: KeyFileKind, publicKey: Buffer): string {
  const purpose = kind === 'signing' ? 'message-signing' : 'sealing';
  const id = keyId(purpose, 1, publicKey).toString('hex').slice(0, 8);
  const prefix = typeof kind === 'string' ? kind : `group-${folderName(kind.group)}`;
  return join(keyFolder(folder, agent), `${prefix}-${id}.pem`);
}

export function keyFolder(folder: string, agent: string): string {
  return join(folder, folderName(agent));
}

/** The group that a file name says its key is of, or `null`. */
export function groupOfKeyFile(name: string): string | null {
  const group = /^group-(.+)-[0-9a-f]{8}\.pem$/.exec(name)?.[1];
  try {
    return group === undefined ? null : decodeURIComponent(group);
  } catch {
    return null;
  }
}

/** What a file name says about its key, or `null` where it names no private key. */
export function kindOfKeyFile(name: string): 'signing' | 'sealing' | null {
  const match = /^(signing|sealing|group-.+)-[0-9a-f]{8}\.pem$/.exec(name);
  if (match === null) return null;
  return match[1] === 'signing' ? 'signing' : 'sealing';
}
