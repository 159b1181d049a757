// Whom the audit trail’s checkpoints are to be from: the agents of the stand’s directory.
import { createPublicKey, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Trust } from '@sealwire/audit';
import { nodePrimitives } from '@sealwire/crypto';
import { linesOf, verifyLines } from '@sealwire/identity';

/** DER SubjectPublicKeyInfo of a P-256 key, up to the point. */
const spkiHead = Buffer.from('3059301306072a8648ce3d020106082a8648ce3d030107034200', 'hex');

/** ECDSA P-256 with SHA-256, the signature in DER. */
export const verifyDer: Trust['verify'] = (publicKey, text, der) =>
  verify(
    'sha256',
    text,
    createPublicKey({ key: Buffer.concat([spkiHead, publicKey]), format: 'der', type: 'spki' }),
    der,
  );

export function trustOf({
  folder,
  realm,
  rootKey,
}: {
  readonly folder: string;
  readonly realm: string;
  readonly rootKey: string;
}): Trust {
  const name = join(folder, 'directory.jsonl');
  const { directory, problems } = verifyLines(linesOf(readFileSync(name)), {
    name,
    rootKeys: [Buffer.from(rootKey, 'base64url')],
    threshold: 1,
    realm: Buffer.from(realm, 'hex'),
    primitives: nodePrimitives,
  });
  if (problems[0] !== undefined) throw problems[0];
  return {
    keyOf: (keyId) => directory.signingKey(Buffer.from(keyId, 'hex').toString('latin1')),
    verify: verifyDer,
  };
}
