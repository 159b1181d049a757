// What key files are encrypted under: a passphrase, stretched by scrypt once for each salt.
import {
  createCipheriv,
  createDecipheriv,
  randomBytes,
  scrypt as scryptLater,
  scryptSync,
  type ScryptOptions,
} from 'node:crypto';
import { KeyError } from '@sealwire/core';
import { encryptedKeyDer, type EncryptedKey, type Scrypt } from './encrypted-key.js';

/**
 * The least of what OWASP recommends for scrypt, with the memory (16 MiB) that `openssl pkcs8` can still read: it
 * refuses more than 32 MiB.
 */
const written = { cost: 2 ** 14, blockSize: 8, parallelization: 5 };
const saltBytes = 16;
const keyBytes = 32;

/** A file decides how long its reader computes, and with how much memory: so much and no more. */
const limits = {
  memoryBytes: 128 * 1024 * 1024,
  /** N·r·p: ten times what is written here. */
  work: 10 * 2 ** 14 * 8 * 5,
  saltBytes: 64,
};

type Encrypted = Extract<EncryptedKey, { by: 'scrypt' }>;

/**
 * Stretches a passphrase once for each salt, so that a folder of many key files opens at the price of one.
 * What it writes shares one salt. That gives nothing away but that the files have one passphrase: whoever guesses it
 * tests his guess on one file, whatever the salts of the others are, and salts still differ between passphrases. Every
 * file has its own random IV.
 */
export class KeyEncryption {
  readonly #passphrase: () => string;
  /** By parameters and salt. */
  readonly #keys = new Map<string, Buffer>();
  #mine: Scrypt | null = null;

  /** @param passphrase asked for each salt that is new */
  constructor(passphrase: () => string) {
    this.#passphrase = passphrase;
  }

  /** For files that are not encrypted by scrypt. @throws KeyError ERR_KEY_FILE */
  passphrase(): string {
    const passphrase = this.#passphrase();
    if (passphrase === '') throw new KeyError('ERR_KEY_FILE', 'The passphrase is empty; give one.');
    return passphrase;
  }

  /**
   * Stretches for all of these at the same time, off the main thread.
   * @throws KeyError ERR_KEY_FILE where there is no passphrase
   */
  async prepare(files: readonly Encrypted[]): Promise<void> {
    const missing = new Map<string, Scrypt>();
    for (const { scrypt } of files) {
      const name = nameOf(scrypt);
      if (problemOf(scrypt) === null && !this.#keys.has(name)) missing.set(name, scrypt);
    }
    if (missing.size === 0) return;
    const passphrase = this.passphrase();
    await Promise.all(
      [...missing].map(async ([name, scrypt]) =>
        this.#keep(name, scrypt, await stretched(passphrase, scrypt)),
      ),
    );
  }

  /** @returns the plaintext, `null` where the passphrase is wrong or the file was altered. Synchronous. */
  decrypt({ scrypt, iv, ciphertext }: Encrypted): Buffer | null {
    try {
      const decipher = createDecipheriv('aes-256-cbc', this.#keyOf(scrypt), iv);
      const plaintext = decipher.update(ciphertext);
      const end = decipher.final();
      const whole = Buffer.concat([plaintext, end]);
      plaintext.fill(0);
      end.fill(0);
      return whole;
    } catch (error) {
      if (error instanceof KeyError) throw error;
      return null;
    }
  }

  /** @returns the DER of an encrypted key. Synchronous; slow once. */
  encrypt(plaintext: Buffer): Buffer {
    this.#mine ??= { ...written, salt: randomBytes(saltBytes) };
    const iv = randomBytes(16);
    const cipher = createCipheriv('aes-256-cbc', this.#keyOf(this.#mine), iv);
    return encryptedKeyDer(this.#mine, iv, Buffer.concat([cipher.update(plaintext), cipher.final()]));
  }

  /** Stretches for what will be written, off the main thread, so that `encrypt` is quick. */
  async prepareToEncrypt(): Promise<void> {
    if (this.#mine !== null) return;
    const mine = { ...written, salt: randomBytes(saltBytes) };
    this.#keep(nameOf(mine), mine, await stretched(this.passphrase(), mine));
  }

  /** Overwrites what was stretched. */
  forget(): void {
    for (const key of this.#keys.values()) key.fill(0);
    this.#keys.clear();
    this.#mine = null;
  }

  #keyOf(scrypt: Scrypt): Buffer {
    const name = nameOf(scrypt);
    let key = this.#keys.get(name);
    if (key === undefined) {
      const problem = problemOf(scrypt);
      if (problem !== null) throw new KeyError('ERR_KEY_FILE', problem);
      key = scryptSync(this.passphrase(), scrypt.salt, keyBytes, optionsOf(scrypt));
      this.#keep(name, scrypt, key);
    }
    return key;
  }

  #keep(name: string, scrypt: Scrypt, key: Buffer): void {
    this.#keys.set(name, key);
    const asWritten = { ...written, salt: scrypt.salt };
    if (scrypt.salt.length === saltBytes && name === nameOf(asWritten)) this.#mine ??= asWritten;
  }
}

/** For one passphrase. The first use takes a quarter of a second or so. */
export function keyEncryption(passphrase: string): KeyEncryption {
  return new KeyEncryption(() => passphrase);
}

/** Why these parameters are not computed, or `null`. */
export function problemOf({ cost, blockSize, parallelization, salt }: Scrypt): string | null {
  const asked = `scrypt N=${cost}, r=${blockSize}, p=${parallelization}`;
  if (
    cost < 2 ||
    !Number.isInteger(Math.log2(cost)) ||
    blockSize < 1 ||
    parallelization < 1 ||
    salt.length > limits.saltBytes ||
    128 * cost * blockSize > limits.memoryBytes ||
    cost * blockSize * parallelization > limits.work
  )
    return `asks for ${asked}, which is beyond the limits; encrypt it again: openssl pkcs8 -topk8 -scrypt -in <file> -out <new file>`;
  return null;
}

function stretched(passphrase: string, scrypt: Scrypt): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scryptLater(passphrase, scrypt.salt, keyBytes, optionsOf(scrypt), (error, key) => {
      if (error === null) resolve(key);
      else reject(error);
    });
  });
}

function optionsOf({ cost, blockSize, parallelization }: Scrypt): ScryptOptions {
  return { cost, blockSize, parallelization, maxmem: 2 * limits.memoryBytes };
}

function nameOf({ cost, blockSize, parallelization, salt }: Scrypt): string {
  return `${cost}/${blockSize}/${parallelization}/${salt.toString('latin1')}`;
}
