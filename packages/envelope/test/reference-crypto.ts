// The cryptography of SPEC.md over node:crypto, step by step, for the second implementation; slow, and fixed where the real one draws at random.
import {
  createCipheriv,
  createDecipheriv,
  createECDH,
  createHash,
  createHmac,
  createPrivateKey,
  type KeyObject,
} from 'node:crypto';

export const sha256 = (...parts: Buffer[]) => createHash('sha256').update(Buffer.concat(parts)).digest();
export const u16 = (value: number) => Buffer.from([value >> 8, value & 0xff]);
export const u32 = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};
export const lp = (value: Buffer) => Buffer.concat([u32(value.length), value]);

/** CRC-64-AVRO, from the Avro specification, bit by bit. */
export function crc64Avro(text: string): Buffer {
  let crc = 0xc15d213aa4d7a795n;
  for (const byte of Buffer.from(text)) {
    crc ^= BigInt(byte);
    for (let i = 0; i < 8; i++) crc = crc & 1n ? (crc >> 1n) ^ 0xc15d213aa4d7a795n : crc >> 1n;
  }
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(crc);
  return bytes;
}

export function privateKey(scalar: Buffer): KeyObject {
  const ecdh = createECDH('prime256v1');
  ecdh.setPrivateKey(scalar);
  const point = ecdh.getPublicKey();
  return createPrivateKey({
    key: {
      kty: 'EC',
      crv: 'P-256',
      d: scalar.toString('base64url'),
      x: point.subarray(1, 33).toString('base64url'),
      y: point.subarray(33).toString('base64url'),
    },
    format: 'jwk',
  });
}

export const publicPoint = (scalar: Buffer) => {
  const ecdh = createECDH('prime256v1');
  ecdh.setPrivateKey(scalar);
  return ecdh.getPublicKey();
};

export const keyIdOf = (purpose: string, point: Buffer) =>
  sha256(lp(Buffer.from(purpose)), u16(1), lp(point)).subarray(0, 16);

/** HPKE base mode, written out for the one suite (RFC 9180 §4 to §6); `ephemeral` fixes what is random. */
export function hpkeSeal(recipient: Buffer, info: Buffer, plaintext: Buffer, ephemeral: Buffer) {
  const ecdh = createECDH('prime256v1');
  ecdh.setPrivateKey(ephemeral);
  const encapsulated = ecdh.getPublicKey();
  const { key, nonce } = hpkeSchedule(ecdh.computeSecret(recipient), encapsulated, recipient, info);
  return { encapsulated, wrapped: gcm(key, nonce, Buffer.alloc(0), plaintext) };
}

function hpkeSchedule(dh: Buffer, encapsulated: Buffer, recipient: Buffer, info: Buffer) {
  const kem = Buffer.concat([Buffer.from('KEM'), u16(0x0010)]);
  const suite = Buffer.concat([Buffer.from('HPKE'), u16(0x0010), u16(0x0001), u16(0x0002)]);
  const extract = (suiteId: Buffer, salt: Buffer, label: string, ikm: Buffer) =>
    createHmac('sha256', salt)
      .update(Buffer.concat([Buffer.from('HPKE-v1'), suiteId, Buffer.from(label), ikm]))
      .digest();
  const expand = (suiteId: Buffer, prk: Buffer, label: string, context: Buffer, length: number) => {
    const labelled = Buffer.concat([
      u16(length),
      Buffer.from('HPKE-v1'),
      suiteId,
      Buffer.from(label),
      context,
    ]);
    return createHmac('sha256', prk)
      .update(Buffer.concat([labelled, Buffer.from([1])]))
      .digest()
      .subarray(0, length);
  };
  const none = Buffer.alloc(0);
  const shared = expand(
    kem,
    extract(kem, none, 'eae_prk', dh),
    'shared_secret',
    Buffer.concat([encapsulated, recipient]),
    32,
  );
  const context = Buffer.concat([
    Buffer.from([0]),
    extract(suite, none, 'psk_id_hash', none),
    extract(suite, none, 'info_hash', info),
  ]);
  const secret = extract(suite, shared, 'secret', none);
  return {
    key: expand(suite, secret, 'key', context, 32),
    nonce: expand(suite, secret, 'base_nonce', context, 12),
  };
}

export function hpkeOpen(scalar: Buffer, encapsulated: Buffer, wrapped: Buffer, info: Buffer): Buffer {
  const ecdh = createECDH('prime256v1');
  ecdh.setPrivateKey(scalar);
  const { key, nonce } = hpkeSchedule(
    ecdh.computeSecret(encapsulated),
    encapsulated,
    ecdh.getPublicKey(),
    info,
  );
  return ungcm(key, nonce, Buffer.alloc(0), wrapped);
}

export function gcm(key: Buffer, iv: Buffer, aad: Buffer, plaintext: Buffer): Buffer {
  const cipher = createCipheriv('aes-256-gcm', key, iv, { authTagLength: 16 });
  cipher.setAAD(aad);
  return Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

export function ungcm(key: Buffer, iv: Buffer, aad: Buffer, sealed: Buffer): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: 16 });
  decipher.setAAD(aad);
  decipher.setAuthTag(sealed.subarray(-16));
  return Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]);
}

/** HKDF-Expand alone (RFC 5869 §2.3), by hand: hkdfSync always extracts first. */
export function expandKey(prk: Buffer, info: Buffer, length: number): Buffer {
  let block = Buffer.alloc(0);
  let output = Buffer.alloc(0);
  for (let i = 1; output.length < length; i++) {
    block = createHmac('sha256', prk)
      .update(Buffer.concat([block, info, Buffer.from([i])]))
      .digest();
    output = Buffer.concat([output, block]);
  }
  return output.subarray(0, length);
}
