// ECDSA P-256 with the deterministic k of RFC 6979 §3.2, so that vectors are the same bytes whenever they are made; for fixed test keys only.
import { createECDH, createHash, createHmac } from 'node:crypto';

const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

const bytesOf = (value: bigint) => Buffer.from(value.toString(16).padStart(64, '0'), 'hex');
const numberOf = (bytes: Buffer) => BigInt(`0x${bytes.toString('hex')}`);

function inverse(value: bigint): bigint {
  let [a, b, x, y] = [order, value % order, 0n, 1n];
  while (b !== 0n) {
    const quotient = a / b;
    [a, b, x, y] = [b, a - quotient * b, y, x - quotient * y];
  }
  return ((x % order) + order) % order;
}

/** The x coordinate of k·G, by way of ECDH’s public keys. */
function xOf(k: bigint): bigint {
  const ecdh = createECDH('prime256v1');
  ecdh.setPrivateKey(bytesOf(k));
  return numberOf(ecdh.getPublicKey().subarray(1, 33));
}

/** @returns 64 bytes, r‖s, high s as it comes */
export function signDeterministically(scalar: Buffer, message: Buffer): Buffer {
  const digest = numberOf(createHash('sha256').update(message).digest()) % order;
  const seed = Buffer.concat([scalar, bytesOf(digest)]);
  const hmac = (key: Buffer, ...parts: Buffer[]) =>
    createHmac('sha256', key).update(Buffer.concat(parts)).digest();
  let v = Buffer.alloc(32, 1);
  let key = Buffer.alloc(32);
  for (const separator of [0, 1]) {
    key = hmac(key, v, Buffer.of(separator), seed);
    v = hmac(key, v);
  }
  // The next candidate of §3.2 h is needed once in 2^32 messages.
  for (;;) {
    v = hmac(key, v);
    const k = numberOf(v);
    if (k > 0n && k < order) {
      const r = xOf(k) % order;
      const s = (inverse(k) * ((digest + r * numberOf(scalar)) % order)) % order;
      return Buffer.concat([bytesOf(r), bytesOf(s)]);
    }
    key = hmac(key, v, Buffer.of(0));
    v = hmac(key, v);
  }
}
