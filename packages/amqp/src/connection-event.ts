// The audit event of a connection that was opened or refused.
import { agentEvent, type AuditEvent, type PeerFacts, type SealwireError } from '@sealwire/core';

/** @param result what was negotiated, or why there is no connection */
export function connectionEvent(
  agent: string,
  place: { readonly hostname: string; readonly port: number },
  result: PeerFacts | SealwireError,
): AuditEvent {
  const opened = !(result instanceof Error);
  return agentEvent(agent, {
    kind: opened ? 'connection.opened' : 'connection.refused',
    encryptionStatus: opened ? 'sealed' : 'failed',
    outcome: opened ? 'acknowledged' : 'failed',
    code: opened ? null : result.code,
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
  });
}
