// EncryptedPrivateKeyInfo (RFC 5958) with PBES2: scrypt (RFC 7914 §7) and AES-256-CBC, as `openssl pkcs8 -scrypt` has them.
import { der, derInteger, DerReader, derTag } from './der.js';

/** How a passphrase is stretched. */
export interface Scrypt {
  /** N. */
  readonly cost: number;
  /** r. */
  readonly blockSize: number;
  /** p. */
  readonly parallelization: number;
  readonly salt: Buffer;
}

/** An encrypted key as its file has it. */
export type EncryptedKey =
  | { readonly by: 'scrypt'; readonly scrypt: Scrypt; readonly iv: Buffer; readonly ciphertext: Buffer }
  | { readonly by: 'pbkdf2'; readonly rounds: number }
  | { readonly by: 'other' };

const oid = (hex: string): Buffer => Buffer.from(hex, 'hex');
const pbes2 = oid('2a864886f70d01050d');
const pbkdf2 = oid('2a864886f70d01050c');
const scryptId = oid('2b06010401da47040b');
const aes256cbc = oid('60864801650304012a');
const keyBytes = 32;

/** The DER of an encrypted key. */
export function encryptedKeyDer(
  { cost, blockSize, parallelization, salt }: Scrypt,
  iv: Buffer,
  ciphertext: Buffer,
): Buffer {
  const kdf = der(
    derTag.sequence,
    der(derTag.object, scryptId),
    der(
      derTag.sequence,
      der(derTag.octets, salt),
      derInteger(cost),
      derInteger(blockSize),
      derInteger(parallelization),
    ),
  );
  const cipher = der(derTag.sequence, der(derTag.object, aes256cbc), der(derTag.octets, iv));
  const algorithm = der(derTag.sequence, der(derTag.object, pbes2), der(derTag.sequence, kdf, cipher));
  return der(derTag.sequence, algorithm, der(derTag.octets, ciphertext));
}

/** @throws Error where it is not the DER of an encrypted key. */
export function parseEncryptedKey(bytes: Buffer): EncryptedKey {
  const outer = new DerReader(bytes);
  const info = outer.inside(derTag.sequence);
  outer.end();
  const algorithm = info.inside(derTag.sequence);
  const ciphertext = info.take(derTag.octets);
  info.end();
  if (!algorithm.take(derTag.object).equals(pbes2)) return { by: 'other' };
  const parameters = algorithm.inside(derTag.sequence);
  const kdf = parameters.inside(derTag.sequence);
  const cipher = parameters.inside(derTag.sequence);
  const kdfId = kdf.take(derTag.object);
  const settings = kdf.inside(derTag.sequence);
  const salt = settings.take(derTag.octets);
  if (kdfId.equals(pbkdf2)) return { by: 'pbkdf2', rounds: settings.integer() };
  if (!kdfId.equals(scryptId) || !cipher.take(derTag.object).equals(aes256cbc)) return { by: 'other' };
  const iv = cipher.take(derTag.octets);
  const cost = settings.integer();
  const blockSize = settings.integer();
  const parallelization = settings.integer();
  if (!settings.atEnd && settings.integer() !== keyBytes) throw new Error('a key length');
  settings.end();
  return { by: 'scrypt', scrypt: { cost, blockSize, parallelization, salt }, iv, ciphertext };
}
