// HPKE base mode (RFC 9180), single shot: DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-256-GCM.
import { hashBytes, ivBytes, keyBytes } from './lengths.js';
import type { AeadKey, WrappedKey } from './primitives.js';

/** A private ECDH key. */
export interface AgreementKey {
  /** Uncompressed point, 65 bytes. */
  readonly publicKey: Buffer;
  /** @returns the x coordinate of the shared point, 32 bytes, or `null` where `peer` is no uncompressed point of the curve. */
  agree(peer: Buffer): Buffer | null;
  /** Forgets the key: `agree` answers `null` from here on. */
  destroy(): void;
}

/** What a provider brings; the key schedule below is written once for both. */
export interface HpkeParts {
  extract(salt: Buffer, inputKey: Buffer): Buffer;
  expand(pseudoRandomKey: Buffer, info: Buffer, bytes: number): Buffer;
  aeadKey(key: Buffer): AeadKey;
}

/** Key and nonce of one HPKE context; only the first nonce is ever used. */
export interface HpkeContext {
  readonly key: Buffer;
  readonly baseNonce: Buffer;
}

const version = 'HPKE-v1';
const kemSuite = Buffer.concat([Buffer.from('KEM'), Buffer.of(0x00, 0x10)]);
const suite = Buffer.concat([Buffer.from('HPKE'), Buffer.of(0x00, 0x10, 0x00, 0x01, 0x00, 0x02)]);
const baseMode = Buffer.of(0x00);
const none = Buffer.alloc(0);

// RFC 9180 §4.
function labeledExtract(
  parts: HpkeParts,
  suiteId: Buffer,
  salt: Buffer,
  label: string,
  inputKey: Buffer,
): Buffer {
  return parts.extract(salt, Buffer.concat([Buffer.from(version), suiteId, Buffer.from(label), inputKey]));
}

function labeledExpand(
  parts: HpkeParts,
  suiteId: Buffer,
  pseudoRandomKey: Buffer,
  label: string,
  info: Buffer,
  bytes: number,
): Buffer {
  const length = Buffer.of(bytes >> 8, bytes & 0xff);
  const labeled = Buffer.concat([length, Buffer.from(version), suiteId, Buffer.from(label), info]);
  return parts.expand(pseudoRandomKey, labeled, bytes);
}

/** ExtractAndExpand of §4.1 over the ECDH secret, which is overwritten. */
export function sharedSecret(
  parts: HpkeParts,
  secret: Buffer,
  encapsulated: Buffer,
  recipient: Buffer,
): Buffer {
  const prk = labeledExtract(parts, kemSuite, none, 'eae_prk', secret);
  secret.fill(0);
  const context = Buffer.concat([encapsulated, recipient]);
  return labeledExpand(parts, kemSuite, prk, 'shared_secret', context, hashBytes);
}

/** KeySchedule of §5.1 in base mode: no pre-shared key. */
export function keySchedule(parts: HpkeParts, shared: Buffer, info: Buffer): HpkeContext {
  const pskIdHash = labeledExtract(parts, suite, none, 'psk_id_hash', none);
  const infoHash = labeledExtract(parts, suite, none, 'info_hash', info);
  const context = Buffer.concat([baseMode, pskIdHash, infoHash]);
  const secret = labeledExtract(parts, suite, shared, 'secret', none);
  return {
    key: labeledExpand(parts, suite, secret, 'key', context, keyBytes),
    baseNonce: labeledExpand(parts, suite, secret, 'base_nonce', context, ivBytes),
  };
}

/**
 * SealBase of §6.1 with an empty AAD. `ephemeral` must be new for every call.
 * @returns `null` where the recipient's key is no uncompressed point of the curve.
 */
export function hpkeSeal(
  parts: HpkeParts,
  ephemeral: AgreementKey,
  recipient: Buffer,
  info: Buffer,
  plaintext: Buffer,
): WrappedKey | null {
  const secret = ephemeral.agree(recipient);
  if (secret === null) return null;
  const encapsulated = ephemeral.publicKey;
  const { key, baseNonce } = keySchedule(parts, sharedSecret(parts, secret, encapsulated, recipient), info);
  return { encapsulated, wrapped: parts.aeadKey(key).seal(baseNonce, none, plaintext) };
}

/**
 * OpenBase of §6.1 with an empty AAD.
 * @returns `null` where `encapsulated` is no uncompressed point of the curve or the ciphertext does not open.
 */
export function hpkeOpen(
  parts: HpkeParts,
  recipient: AgreementKey,
  encapsulated: Buffer,
  info: Buffer,
  ciphertext: Buffer,
): Buffer | null {
  const secret = recipient.agree(encapsulated);
  if (secret === null) return null;
  return hpkeOpenAgreed(parts, secret, recipient.publicKey, encapsulated, info, ciphertext);
}

/** OpenBase where the recipient's ECDH was computed elsewhere. `secret` is overwritten. */
export function hpkeOpenAgreed(
  parts: HpkeParts,
  secret: Buffer,
  recipient: Buffer,
  encapsulated: Buffer,
  info: Buffer,
  ciphertext: Buffer,
): Buffer | null {
  const shared = sharedSecret(parts, secret, encapsulated, recipient);
  const { key, baseNonce } = keySchedule(parts, shared, info);
  return parts.aeadKey(key).open(baseNonce, none, ciphertext);
}
