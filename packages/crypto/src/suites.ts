// The suites, one row each: what a suite id on the wire stands for.
import { noblePrimitives } from './noble-primitives.js';
import { nodePrimitives } from './node-primitives.js';
import type { Primitives } from './primitives.js';
import {
  hashBytes,
  ivBytes,
  keyBytes,
  privateKeyBytes,
  publicKeyBytes,
  signatureBytes,
  tagBytes,
} from './lengths.js';

/** One immutable choice of algorithms and sizes; nothing below it sees an identifier. */
export interface Suite {
  /** On the wire, u16. Ids are never reused. */
  readonly id: number;
  readonly name: string;
  /** Of a data key, an encryption key and a mac key. */
  readonly keyBytes: number;
  readonly ivBytes: number;
  readonly tagBytes: number;
  /** Of a hash, a mac and a Merkle node. */
  readonly hashBytes: number;
  readonly signatureBytes: number;
  readonly publicKeyBytes: number;
  readonly privateKeyBytes: number;
  readonly encapsulatedBytes: number;
  /** A data key, wrapped. */
  readonly wrappedBytes: number;
  /** This suite's operations by one provider. */
  primitives(provider: Primitives['provider']): Primitives;
}

const providers = Object.freeze({ node: nodePrimitives, noble: noblePrimitives });

// Append only.
const rows: readonly Suite[] = [
  {
    id: 0x0001,
    name: 'P256-HKDF-SHA256-A256GCM-HS256-ES256',
    keyBytes,
    ivBytes,
    tagBytes,
    hashBytes,
    signatureBytes,
    publicKeyBytes,
    privateKeyBytes,
    encapsulatedBytes: publicKeyBytes,
    wrappedBytes: keyBytes + tagBytes,
    primitives: (provider) => providers[provider],
  },
  // 0x0002 is reserved for the hybrid of ECDH P-256 and ML-KEM-768.
];

// No prototype: an id taken from the wire finds a row or nothing.
const byId: Readonly<Record<number, Suite>> = Object.freeze(
  Object.assign(
    Object.create(null) as Record<number, Suite>,
    Object.fromEntries(rows.map((row) => [row.id, Object.freeze(row)])),
  ),
);

/** The suite that senders use unless the channel's policy pins another. */
export const defaultSuiteId = 0x0001;

/** @returns `null` for an unknown id: refuse it (ERR_FORMAT_SUITE). */
export function suiteOf(id: number): Suite | null {
  return byId[id] ?? null;
}
