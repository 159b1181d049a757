// Private keys in files: encrypted PKCS#8, P-256, readable by their owner only.
import { createPrivateKey } from 'node:crypto';
import { KeyError } from '@sealwire/core';
import { parseEncryptedKey, type EncryptedKey } from './encrypted-key.js';
import { ownerOnly, readGuardedFile, writeNewFile } from './guarded-file.js';
import { KeyEncryption, keyEncryption, problemOf } from './key-encryption.js';
import { parsePrivateKeyInfo, privateKeyInfo, privateKeyOf, type PrivateKey } from './private-key-info.js';

/** A key file that was read and not yet decrypted. */
export interface EncryptedFile {
  readonly file: string;
  readonly pem: string;
  readonly key: EncryptedKey;
}

const maxBytes = 16 * 1024;
/** PBKDF2 is what `openssl pkcs8 -topk8` writes without -scrypt: 2,048 rounds. More than a second's worth is a trap. */
const maxRounds = 2_000_000;

/**
 * Writes a new encrypted key file, whole or not at all, mode 600: PBES2 with scrypt (N=16384, r=8, p=5) and
 * AES-256-CBC. Stretching takes a quarter of a second; give the same KeyEncryption to many files of one passphrase.
 * A weak passphrase stays weak: use one of at least 128 random bits.
 * @throws KeyError ERR_KEY_FILE
 */
export function writePrivateKeyFile(file: string, key: PrivateKey, passphrase: string | KeyEncryption): void {
  const info = privateKeyInfo(key);
  try {
    const lines = encryptionOf(passphrase)
      .encrypt(info)
      .toString('base64')
      .match(/.{1,64}/g)!;
    const pem = [
      '-----BEGIN ENCRYPTED PRIVATE KEY-----',
      ...lines,
      '-----END ENCRYPTED PRIVATE KEY-----',
      '',
    ];
    writeNewFile(file, pem.join('\n'), ownerOnly);
  } finally {
    info.fill(0);
  }
}

/** @throws KeyError ERR_KEY_FILE: permissions, passphrase, damage and wrong kind of key each have their own words. */
export function readPrivateKeyFile(file: string, passphrase: string | KeyEncryption): PrivateKey {
  return decryptKeyFile(readEncryptedFile(file), encryptionOf(passphrase));
}

/** The first half of `readPrivateKeyFile`: everything but the passphrase is checked. @throws KeyError ERR_KEY_FILE */
export function readEncryptedFile(file: string): EncryptedFile {
  const pem = readGuardedFile(file, maxBytes).toString('latin1');
  const whole = /^-----BEGIN ([A-Z ]+)-----\r?\n([A-Za-z0-9+/=\r\n]+)-----END \1-----\s*$/.exec(pem);
  if (whole === null) refuse(file, 'is not one whole PEM block (half-written?); restore it from a copy.');
  if (whole[1] !== 'ENCRYPTED PRIVATE KEY')
    refuse(
      file,
      'is not an encrypted PKCS#8 key; encrypt it: openssl pkcs8 -topk8 -scrypt -in <key> -out <file>',
    );
  const key = parsed(file, Buffer.from(whole[2]!, 'base64'));
  if (key.by === 'scrypt') {
    const problem = problemOf(key.scrypt);
    if (problem !== null) refuse(file, problem);
  } else if (key.by === 'other' || key.rounds > maxRounds)
    refuse(
      file,
      'is encrypted in a way that is not read here; encrypt it again: openssl pkcs8 -topk8 -scrypt -in <file> -out <new file>',
    );
  return { file, pem, key };
}

/** @throws KeyError ERR_KEY_FILE */
export function decryptKeyFile({ file, pem, key }: EncryptedFile, encryption: KeyEncryption): PrivateKey {
  // OpenSSL cannot tell a wrong passphrase from altered ciphertext; one in 256 of either leaves valid padding.
  const doesNotOpen = () => refuse(file, 'does not open: the passphrase is wrong, or the file was altered.');
  let read: PrivateKey | null;
  if (key.by === 'scrypt') {
    const info = encryption.decrypt(key);
    if (info === null) return doesNotOpen();
    try {
      read = parsePrivateKeyInfo(info);
    } catch {
      return doesNotOpen();
    } finally {
      info.fill(0);
    }
  } else {
    const passphrase = encryption.passphrase();
    try {
      read = privateKeyOf(createPrivateKey({ key: pem, format: 'pem', passphrase }));
    } catch {
      return doesNotOpen();
    }
  }
  return read ?? refuse(file, 'is not a P-256 key; make a new one with Sealwire.');
}

function encryptionOf(passphrase: string | KeyEncryption): KeyEncryption {
  return typeof passphrase === 'string' ? keyEncryption(passphrase) : passphrase;
}

function parsed(file: string, bytes: Buffer): EncryptedKey {
  try {
    return parseEncryptedKey(bytes);
  } catch {
    return refuse(file, 'is damaged (its content is cut or garbled); restore it from a copy.');
  }
}

function refuse(file: string, problem: string): never {
  throw new KeyError('ERR_KEY_FILE', `${file} ${problem}`);
}
