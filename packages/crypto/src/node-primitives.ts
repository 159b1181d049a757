// Suite 0x0001 over node:crypto: the default provider.
import { randomBytes } from 'node:crypto';
import { keyBytes, requireLength } from './lengths.js';
import { aeadKey } from './node/aead.js';
import { agreementKey, ephemeralKey, generatePrivateKey } from './node/ecdh.js';
import { signingKey, verifyKey } from './node/ecdsa.js';
import { sha256 } from './node/hash.js';
import { expand, extract } from './node/hkdf.js';
import { HmacSha256 } from './node/hmac.js';
import type { Primitives } from './primitives.js';
import { primitivesOf } from './primitives-of.js';

/** Fast, and as constant in time as OpenSSL is. */
export const nodePrimitives: Primitives = primitivesOf(
  {
    provider: 'node',
    randomBytes: (bytes) => randomBytes(bytes),
    hash: sha256,
    expand,
    aeadKey,
    macKey(key) {
      requireLength('key', key, keyBytes);
      return new HmacSha256(key);
    },
    verifyKey,
    signingKey,
    generatePrivateKey,
  },
  { extract, expand, aeadKey, agreementKey, ephemeralKey },
);
