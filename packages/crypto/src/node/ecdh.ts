// ECDH on P-256 over node:crypto.
import { createECDH, diffieHellman, generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { AgreementKey } from '../hpke.js';
import { privateKeyBytes } from '../lengths.js';
import { exportPublicKey, importPrivateKey, importPublicKey } from './keys.js';

function agreement(given: KeyObject, publicKey: Buffer): AgreementKey {
  let privateKey: KeyObject | null = given;
  return {
    publicKey,
    agree(peer) {
      const key = importPublicKey(peer);
      return key === null || privateKey === null ? null : diffieHellman({ privateKey, publicKey: key });
    },
    destroy() {
      privateKey = null;
    },
  };
}

/** @throws UsageError ERR_USAGE_ARGUMENT where the scalar is out of range. */
export function agreementKey(privateKey: Buffer): AgreementKey {
  const pair = importPrivateKey(privateKey);
  return agreement(pair.privateKey, pair.publicKey);
}

/** A new key for one encapsulation; its private part never leaves OpenSSL. */
export function ephemeralKey(): AgreementKey {
  const pair = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  return agreement(pair.privateKey, exportPublicKey(pair.publicKey));
}

/** See `Primitives.generatePrivateKey`. */
export function generatePrivateKey(): Buffer {
  const ecdh = createECDH('prime256v1');
  ecdh.generateKeys();
  const short = ecdh.getPrivateKey();
  // Node drops leading zero bytes.
  const scalar = Buffer.alloc(privateKeyBytes);
  short.copy(scalar, privateKeyBytes - short.length);
  short.fill(0);
  return scalar;
}
