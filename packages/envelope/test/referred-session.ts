// The session that a vector refers to, as whoever read the session topic knows it: by its hash and its signature.
import { createPublicKey, verify } from 'node:crypto';
import { prefix, types } from './reference.ts';
import { sha256 } from './reference-crypto.ts';
import type { VectorCase, VectorFile } from '../vectors/vector-file.ts';

/** @returns `null` where the case has no reference, or its topic has no such session that counts (E-33) */
export function referredSession(
  file: VectorFile,
  { policy, directory, received }: VectorCase,
): Buffer | null {
  const topic = file.policies[policy]!.sessionTopic;
  const value = Buffer.from(received.value ?? '', 'hex');
  if (topic === null || value[prefix.length] !== 32) return null;
  const reference = value.subarray(prefix.length + 1, prefix.length + 17);
  for (const { key, value: published } of file.sessionTopics[topic]!) {
    if (published?.startsWith('c301f4569fac90a9f529') !== true) continue;
    const record = Buffer.from(published, 'hex').subarray(10);
    const length = ((record[0]! & 0x7f) | (record[1]! << 7)) >> 1;
    const session = record.subarray(2, 2 + length);
    const signature = record.subarray(4 + length);
    const S = sha256(session);
    if (key !== S.toString('hex') || !S.subarray(0, 16).equals(reference) || signature.length !== 64)
      continue;
    const { senderKey, sender } = types.session.fromBuffer(session) as { senderKey: Buffer; sender: string };
    const listed = file.directories[directory]!.signingKeys.find(
      (one) => file.keys[one.key]!.keyId === senderKey.toString('hex'),
    );
    if (sender === '') continue;
    if (listed !== undefined && listed.owner !== sender) continue;
    if (listed === undefined || isSigned(file.keys[listed.key]!.publicKey, S, signature)) return session;
  }
  return null;
}

function isSigned(publicKey: string, S: Buffer, signature: Buffer): boolean {
  const point = Buffer.from(publicKey, 'hex');
  const key = createPublicKey({
    key: {
      kty: 'EC',
      crv: 'P-256',
      x: point.subarray(1, 33).toString('base64url'),
      y: point.subarray(33).toString('base64url'),
    },
    format: 'jwk',
  });
  const signed = Buffer.concat([Buffer.from('sealwire/v1/session'), S]);
  return verify('sha256', signed, { key, dsaEncoding: 'ieee-p1363' }, signature);
}
