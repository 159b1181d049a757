// Suite 0x0001 over node:crypto: the default provider.
import { randomBytes } from 'node:crypto';
import { hpkeOpen, hpkeSeal, type HpkeParts } from './hpke.js';
import { keyBytes, requireLength } from './lengths.js';
import { aeadKey } from './node/aead.js';
import { agreementKey, ephemeralKey, generatePrivateKey } from './node/ecdh.js';
import { signingKey, verifyKey } from './node/ecdsa.js';
import { sha256 } from './node/hash.js';
import { expand, extract } from './node/hkdf.js';
import { HmacSha256 } from './node/hmac.js';
import type { Primitives } from './primitives.js';

const parts: HpkeParts = { extract, expand, aeadKey };

/** Fast, and constant-time as far as OpenSSL is. */
export const nodePrimitives: Primitives = Object.freeze<Primitives>({
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
  sealingKey(privateKey) {
    const key = agreementKey(privateKey);
    return {
      publicKey: key.publicKey,
      unwrap: (encapsulated, wrapped, info) => hpkeOpen(parts, key, encapsulated, info, wrapped),
    };
  },
  generatePrivateKey,
  wrap: (recipient, info, dataKey) => hpkeSeal(parts, ephemeralKey(), recipient, info, dataKey),
});
