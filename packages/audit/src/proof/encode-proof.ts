// Writes a proof in the one spelling that it has (PROOF.md P-1, P-2).
import { createHash } from 'node:crypto';
import { isSealedMessage, type AuditProof } from './audit-proof.js';

export const proofFormat = 'sealwire/v1/audit-proof';

/** What stands in the checksum’s place while it is computed. */
export const unsetChecksum = '0'.repeat(64);

/** It finds damage; anybody can make it anew. */
export const checksumOf = (text: string): string => createHash('sha256').update(text).digest('hex');

/** The file’s bytes, with its checksum. Says nothing of whether any of it holds. */
export function encodeProof(proof: AuditProof): Buffer {
  const text = `${JSON.stringify(spelt(proof), null, 2)}\n`;
  // The first: it stands before everything that is from elsewhere.
  return Buffer.from(text.replace(unsetChecksum, checksumOf(text)));
}

function spelt({ realm, rootSerial, issuerSerials, messageHash, message, events, checkpoints }: AuditProof) {
  return {
    format: proofFormat,
    checksum: unsetChecksum,
    realm: hex(realm),
    directory: {
      root: rootSerial,
      issuers: Object.fromEntries([...issuerSerials].sort(([a], [b]) => (a < b ? -1 : 1))),
    },
    messageHash: hex(messageHash),
    message: message === null ? null : speltMessage(message),
    events: events.map(({ event, checkpoint, path }) => ({ event, checkpoint, path: base64(path) })),
    checkpoints: checkpoints.map(({ atMs, note }) => ({ at: new Date(atMs).toISOString(), note })),
  };
}

function speltMessage(message: NonNullable<AuditProof['message']>) {
  if (!isSealedMessage(message)) {
    const { suite, senderKeyId, contentHash, mac, proof } = message;
    return {
      suite,
      senderKeyId: hex(senderKeyId),
      contentHash: hex(contentHash),
      mac: hex(mac),
      proof: base64(proof),
    };
  }
  const { session, header, body, keyHash, mac, proof } = message;
  return {
    session: base64(session),
    header: base64(header),
    body: base64(body),
    keyHash: hex(keyHash),
    mac: hex(mac),
    proof: base64(proof),
  };
}

const hex = (bytes: Buffer): string => bytes.toString('hex');
const base64 = (bytes: Buffer): string => bytes.toString('base64');
