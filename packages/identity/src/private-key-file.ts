// Private keys in files: encrypted PKCS#8, P-256, readable by their owner only.
import { createPrivateKey, type KeyObject } from 'node:crypto';
import { KeyError } from '@sealwire/core';
import { ownerOnly, readGuardedFile, writeNewFile } from './guarded-file.js';

/** A private key that was read. Fill `scalar` with zeros when it is no longer needed. */
export interface PrivateKey {
  /** 32 bytes, big-endian. */
  readonly scalar: Buffer;
  /** Uncompressed point, 65 bytes. */
  readonly publicKey: Buffer;
}

const maxBytes = 16 * 1024;

/**
 * Writes a new encrypted key file, whole or not at all, mode 600.
 * The passphrase is stretched by PBKDF2 as Node.js sets it (2,048 rounds of HMAC-SHA256): that does not save a weak
 * passphrase, so use one of at least 128 random bits. Files that OpenSSL encrypted with scrypt are read as well.
 * @throws KeyError ERR_KEY_FILE
 */
export function writePrivateKeyFile(file: string, key: PrivateKey, passphrase: string): void {
  if (passphrase === '') throw new KeyError('ERR_KEY_FILE', `${file}: the passphrase is empty; give one.`);
  const jwk = {
    kty: 'EC',
    crv: 'P-256',
    d: key.scalar.toString('base64url'),
    x: key.publicKey.subarray(1, 33).toString('base64url'),
    y: key.publicKey.subarray(33).toString('base64url'),
  };
  const pem = createPrivateKey({ key: jwk, format: 'jwk' }).export({
    type: 'pkcs8',
    format: 'pem',
    cipher: 'aes-256-cbc',
    passphrase,
  });
  writeNewFile(file, pem, ownerOnly);
}

/** @throws KeyError ERR_KEY_FILE: permissions, passphrase, damage and wrong kind of key each have their own words. */
export function readPrivateKeyFile(file: string, passphrase: string): PrivateKey {
  const pem = readGuardedFile(file, maxBytes).toString('latin1');
  const key = decrypted(file, pem, passphrase);
  if (key.asymmetricKeyType !== 'ec' || key.asymmetricKeyDetails?.namedCurve !== 'prime256v1')
    refuse(file, 'is not a P-256 key; make a new one with Sealwire.');
  const { d, x, y } = key.export({ format: 'jwk' });
  return {
    scalar: Buffer.from(d!, 'base64url'),
    publicKey: Buffer.concat([Buffer.of(4), Buffer.from(x!, 'base64url'), Buffer.from(y!, 'base64url')]),
  };
}

function decrypted(file: string, pem: string, passphrase: string): KeyObject {
  const whole = /^-----BEGIN ([A-Z ]+)-----\r?\n([A-Za-z0-9+/=\r\n]+)-----END \1-----\s*$/.exec(pem);
  if (whole === null) refuse(file, 'is not one whole PEM block (half-written?); restore it from a copy.');
  if (whole[1] !== 'ENCRYPTED PRIVATE KEY')
    refuse(
      file,
      'is not an encrypted PKCS#8 key; encrypt it: openssl pkcs8 -topk8 -v2 aes-256-cbc -in <key> -out <file>',
    );
  if (!isWholeSequence(Buffer.from(whole[2]!, 'base64')))
    refuse(file, 'is damaged (its content is cut or garbled); restore it from a copy.');
  try {
    return createPrivateKey({ key: pem, format: 'pem', passphrase });
  } catch {
    // OpenSSL cannot tell a wrong passphrase from altered ciphertext.
    return refuse(file, 'does not open: the passphrase is wrong, or the file was altered.');
  }
}

/** Whether these bytes are exactly one DER sequence. */
function isWholeSequence(der: Buffer): boolean {
  if (der[0] !== 0x30 || der.length < 4) return false;
  const first = der[1]!;
  if (first < 0x80) return der.length === 2 + first;
  const lengthBytes = first & 0x7f;
  return lengthBytes <= 2 && der.length === 2 + lengthBytes + der.readUIntBE(2, lengthBytes);
}

function refuse(file: string, problem: string): never {
  throw new KeyError('ERR_KEY_FILE', `${file} ${problem}`);
}
