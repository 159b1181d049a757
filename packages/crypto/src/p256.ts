// The accepted forms of P-256 keys: 65-byte uncompressed points and 32-byte scalars, nothing else.
import { UsageError } from '@sealwire/core';
import { privateKeyBytes, publicKeyBytes, requireLength } from './lengths.js';

const order = Buffer.from('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551', 'hex');
const zero = Buffer.alloc(privateKeyBytes);

/**
 * Whether this has the form of an uncompressed point; the provider then checks that it lies on the curve.
 * Compressed, hybrid and SPKI forms are refused: OpenSSL accepts invalid keys in SPKI (Wycheproof
 * ecdh_secp256r1_test 359 and 361), and two encodings of one key would have two key ids.
 */
export function isUncompressedForm(publicKey: Buffer): boolean {
  return publicKey.length === publicKeyBytes && publicKey[0] === 0x04;
}

/** Whether this is a scalar in 1…n−1, 32 bytes big-endian. */
function isPrivateScalar(privateKey: Buffer): boolean {
  return (
    privateKey.length === privateKeyBytes &&
    Buffer.compare(privateKey, order) < 0 &&
    Buffer.compare(privateKey, zero) > 0
  );
}

/**
 * Checked here because OpenSSL loads a SEC 1 key of zero, or of n and above, without complaint.
 * @throws UsageError ERR_USAGE_ARGUMENT where it is no scalar in 1…n−1.
 */
export function requirePrivateScalar(privateKey: Buffer): void {
  requireLength('privateKey', privateKey, privateKeyBytes);
  if (isPrivateScalar(privateKey)) return;
  throw new UsageError('ERR_USAGE_ARGUMENT', 'Give a P-256 private key in 1…n−1; this one is out of range.', {
    argument: 'privateKey',
  });
}
