// Suite 0x0001 over noble: portable, and the oracle against which the other provider is checked.
import { aeadKey } from './noble/aead.js';
import { agreementKey, ephemeralKey, generatePrivateKey } from './noble/ecdh.js';
import { signingKey, verifyKey } from './noble/ecdsa.js';
import { expand, extract, macKey, sha256 } from './noble/hash.js';
import { randomBytes } from './noble/random-bytes.js';
import type { Primitives } from './primitives.js';
import { primitivesOf } from './primitives-of.js';

/**
 * Needs nothing of `node:crypto`. JavaScript cannot promise constant time: prefer the node provider wherever an
 * attacker can measure how long operations take.
 */
export const noblePrimitives: Primitives = primitivesOf(
  {
    provider: 'noble',
    randomBytes,
    hash: sha256,
    expand,
    aeadKey,
    macKey,
    verifyKey,
    signingKey,
    generatePrivateKey,
  },
  { extract, expand, aeadKey, agreementKey, ephemeralKey },
);
