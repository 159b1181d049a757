// Claims for the tests of stores and of what stands above them.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Claim } from '@sealwire/core';

export const hourMs = 3_600_000;
/** A time that no clock of a test machine is behind of. */
export const startMs = 1_900_000_000_000;

let owners = 0;

/** A claim of an owner of its own on message number `sequence`. */
export function claim(sequence: number, more: Partial<Claim> & { readonly stream?: number } = {}): Claim {
  const { stream = 0, ...rest } = more;
  const nonce = Buffer.alloc(28, 7);
  nonce.writeUInt32BE(stream, 16);
  nonce.writeBigUInt64BE(BigInt(sequence), 20);
  return {
    scope: 'orders',
    nonce,
    issuedAtMs: startMs,
    windowMs: 24 * hourMs,
    owner: `owner ${++owners}`,
    ...rest,
  };
}

export const newFolder = (): string => mkdtempSync(join(tmpdir(), 'sealwire-replay-'));
