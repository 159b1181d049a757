// A text with its signature, as C2SP signed-note has it.
import { createHash } from 'node:crypto';
import { UsageError } from '@sealwire/core';

/** DER SubjectPublicKeyInfo of a P-256 key, up to the point. */
const spkiHead = Buffer.from('3059301306072a8648ce3d020106082a8648ce3d030107034200', 'hex');
export const keyHashBytes = 4;

/** DER SubjectPublicKeyInfo. @param publicKey uncompressed point of P-256, 65 bytes */
export const spkiOf = (publicKey: Uint8Array): Buffer => Buffer.concat([spkiHead, publicKey]);

/**
 * The first 4 bytes of SHA-256 over the key’s DER SubjectPublicKeyInfo: what signed-note has for ECDSA. It tells keys
 * apart, and vouches for nothing.
 * @param publicKey uncompressed point, 65 bytes
 */
export function noteKeyHash(publicKey: Uint8Array): Buffer {
  return createHash('sha256').update(spkiOf(publicKey)).digest().subarray(0, keyHashBytes);
}

/** An agent’s name as a key’s name, which must not hold a plus: `%` is written `%25`, `+` `%2B`. */
export const keyNameOf = (agent: string): string => agent.replaceAll('%', '%25').replaceAll('+', '%2B');

/** What keeps text and signature apart: an empty line, an em dash, a space. */
export const noteSeparator = '\n\u2014 ';

/**
 * @param text ends with a newline
 * @param agent who signed: a name of visible ASCII
 * @param keyHash of `noteKeyHash`
 * @param derSignature ECDSA P-256 with SHA-256 over the text
 * @throws UsageError ERR_USAGE_ARGUMENT where text, name or key hash are not of their form
 */
export function signedNote(
  text: string,
  agent: string,
  keyHash: Uint8Array,
  derSignature: Uint8Array,
): string {
  if (!text.endsWith('\n') || !/^[\x21-\x7e]+$/.test(agent) || keyHash.length !== keyHashBytes)
    throw new UsageError('ERR_USAGE_ARGUMENT', 'Give a text that ends its line, a name, and a key hash.');
  const signature = Buffer.concat([keyHash, derSignature]).toString('base64');
  return `${text}${noteSeparator}${keyNameOf(agent)} ${signature}\n`;
}
