// The audit event of a connection that was opened or refused.
import type { AuditEvent, PeerFacts, SealwireError } from '@sealwire/core';

/** @param result what was negotiated, or why there is no connection */
export function connectionEvent(
  agent: string,
  place: { readonly hostname: string; readonly port: number },
  result: PeerFacts | SealwireError,
): AuditEvent {
  const opened = !(result instanceof Error);
  return {
    kind: opened ? 'connection.opened' : 'connection.refused',
    timestampMs: Date.now(),
    senderId: agent,
    recipientId: null,
    messageType: null,
    messageHash: null,
    recordHash: null,
    channel: null,
    encryptionStatus: opened ? 'sealed' : 'failed',
    outcome: opened ? 'acknowledged' : 'failed',
    code: opened ? null : result.code,
    unverified: false,
    facts: {
      transport: 'rabbitmq',
      host: place.hostname,
      port: place.port,
      ...(opened
        ? {
            tls_version: result.protocol,
            tls_cipher: result.cipher,
            peer: result.peerName,
            peer_fingerprint: result.peerFingerprint,
          }
        : { reason: String(result.facts['reason'] ?? result.code) }),
    },
  };
}
