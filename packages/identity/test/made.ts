// Keys, documents and folders for the tests of this package.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SealwireError, type Clock } from '@sealwire/core';
import { nodePrimitives } from '@sealwire/crypto';
import { signedBytes } from '../src/directory-signature.js';
import {
  documentJson,
  type DirectoryDocument,
  type DirectoryKey,
  type DirectoryKeyPurpose,
} from '../src/directory-document.js';
import { keyId } from '@sealwire/crypto';
import type { PrivateKey } from '../src/index.js';

export const day = 86_400_000;
export const now = Date.parse('2026-06-01T12:00:00.000Z');
export const realm = Buffer.from('00112233445566778899aabbccddeeff', 'hex');

/** A clock that a test sets. */
export class SetClock implements Clock {
  ms = now;
  nowMs(): number {
    return this.ms;
  }
}

export function newFolder(): string {
  return mkdtempSync(join(tmpdir(), 'sealwire-identity-'));
}

export function newKey(): PrivateKey {
  const scalar = nodePrimitives.generatePrivateKey();
  return { scalar, publicKey: nodePrimitives.signingKey(scalar).publicKey };
}

export function listed(
  purpose: DirectoryKeyPurpose,
  { publicKey }: PrivateKey,
  changes: Partial<DirectoryKey> = {},
): DirectoryKey {
  return {
    purpose,
    suite: 1,
    publicKey,
    notBeforeMs: now - day,
    notAfterMs: now + 90 * day,
    distrustFromMs: null,
    ...changes,
  };
}

export const root = newKey();
export const keys = {
  aliceSigning: newKey(),
  aliceSealing: newKey(),
  bobSigning: newKey(),
  bobSealing: newKey(),
  team: newKey(),
};

/** Alice and Bob, and their group. */
export function document(changes: Partial<DirectoryDocument> = {}): DirectoryDocument {
  return {
    realm,
    serial: 7,
    issuedAtMs: now - day,
    expiresAtMs: now + 30 * day,
    agents: [
      {
        name: 'alice',
        keys: [listed('message-signing', keys.aliceSigning), listed('sealing', keys.aliceSealing)],
      },
      { name: 'bob', keys: [listed('message-signing', keys.bobSigning), listed('sealing', keys.bobSealing)] },
    ],
    groups: [{ name: 'team', members: ['alice', 'bob'], keys: [listed('sealing', keys.team)] }],
    ...changes,
  };
}

/** The text of a file whose payload the root signed, whatever the payload is. */
export function signed(payload: Buffer | string, by: PrivateKey = root): string {
  const bytes = Buffer.from(payload);
  const signature = nodePrimitives.signingKey(by.scalar).sign(signedBytes(bytes));
  return JSON.stringify({
    payload: bytes.toString('base64'),
    signatures: [
      { keyId: keyId('directory', 1, by.publicKey).toString('hex'), signature: signature.toString('base64') },
    ],
  });
}

export function directoryFile(text: string = signed(documentJson(document()))): string {
  const file = join(newFolder(), 'directory.json');
  writeFileSync(file, text);
  return file;
}

/** The SealwireError that a call throws; anything else fails the test. */
export function thrown(call: () => unknown): SealwireError {
  try {
    call();
  } catch (error) {
    if (error instanceof SealwireError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

export const latin1 = (purpose: DirectoryKeyPurpose, { publicKey }: PrivateKey): string =>
  keyId(purpose, 1, publicKey).toString('latin1');
