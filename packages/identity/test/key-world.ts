// Keys, clocks and folders for the tests of key stores.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SealwireError, type Clock } from '@sealwire/core';
import { keyId, nodePrimitives } from '@sealwire/crypto';
import type { HeldPurpose, PrivateKey } from '../src/index.js';
import { now } from './listing.js';

/** A clock that a test sets. */
export class SetClock implements Clock {
  ms = now;
  nowMs(): number {
    return this.ms;
  }
}

export function newFolder(): string {
  return mkdtempSync(join(tmpdir(), 'sealwire-keys-'));
}

export function newKey(): PrivateKey {
  const scalar = nodePrimitives.generatePrivateKey();
  return { scalar, publicKey: nodePrimitives.signingKey(scalar).publicKey };
}

export const latin1 = (purpose: HeldPurpose, { publicKey }: Pick<PrivateKey, 'publicKey'>): string =>
  keyId(purpose, 1, publicKey).toString('latin1');

/** The SealwireError that a call throws or rejects with; anything else fails the test. */
export async function refusal(call: () => unknown): Promise<SealwireError> {
  try {
    await call();
  } catch (error) {
    if (error instanceof SealwireError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
