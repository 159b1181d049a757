// Signatures of a policy, in a file beside it.
import { readFileSync } from 'node:fs';
import { UsageError } from '@sealwire/core';
import { directoryKeyId, type DocumentSigner } from '@sealwire/identity';

export interface PolicySignature {
  /** Tells people whose it is; what counts is the key that it verifies under. */
  readonly keyId: string;
  /** 64 bytes, r‖s. */
  readonly signature: Buffer;
}

/** What a file of signatures holds. */
export interface PolicySignatures {
  /** Of the policy that they were made of, as it says: for whoever adds one. */
  readonly digest: string;
  readonly signatures: readonly PolicySignature[];
}

const label = Buffer.from('sealwire/v1/policy-signature', 'ascii');
const maxFileBytes = 64 * 1024;
const maxSignatures = 32;

/** What is signed: the label, then the digest. No other signature of an agent, issuer or root is over the like. */
export const signedMessage = (digest: Buffer): Buffer => Buffer.concat([label, digest]);

export const signatureFile = (file: string): string => `${file}.sig`;

/** @throws UsageError ERR_USAGE_FILE where there is none; ERR_USAGE_SIGNATURE where it is malformed */
export function readPolicySignatures(file: string): PolicySignatures {
  const path = signatureFile(file);
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw new UsageError(
      'ERR_USAGE_FILE',
      `${path} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown reason'}), and ${file} must be signed; sign it with "sealwire policy sign".`,
    );
  }
  const held = bytes.length > maxFileBytes ? null : parsed(bytes.toString('utf8'));
  if (held === null)
    throw new UsageError(
      'ERR_USAGE_SIGNATURE',
      `${path} holds no signatures of a policy; remove it and sign again with "sealwire policy sign".`,
    );
  return held;
}

function parsed(text: string): PolicySignatures | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  const { version, digest, signatures } = (value ?? {}) as Readonly<Record<string, unknown>>;
  if (
    version !== 1 ||
    typeof digest !== 'string' ||
    !Array.isArray(signatures) ||
    signatures.length > maxSignatures
  )
    return null;
  const read = (signatures as unknown[]).map((one): PolicySignature | null => {
    const { keyId, signature } = (one ?? {}) as { keyId?: unknown; signature?: unknown };
    if (typeof keyId !== 'string' || typeof signature !== 'string') return null;
    const bytes = Buffer.from(signature, 'base64url');
    return bytes.length === 64 ? { keyId, signature: bytes } : null;
  });
  return read.every((one) => one !== null) ? { digest, signatures: read } : null;
}

/** Signs a digest, beside those signatures that are of it already. @returns the text of the file */
export async function signPolicy(
  digest: Buffer,
  signer: DocumentSigner,
  others: readonly PolicySignature[],
): Promise<string> {
  const keyId = directoryKeyId(signer.publicKey);
  const mine = { keyId, signature: await signer.sign(signedMessage(digest)) };
  const signatures = [...others.filter((other) => other.keyId !== keyId), mine].map((one) => ({
    keyId: one.keyId,
    signature: one.signature.toString('base64url'),
  }));
  return `${JSON.stringify({ version: 1, digest: digest.toString('hex'), signatures }, null, 2)}\n`;
}
