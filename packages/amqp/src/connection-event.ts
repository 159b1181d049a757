// The audit events of a connection: opened or refused, and closed.
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
            peer_issuer: result.peerIssuer,
            peer_serial: result.peerSerial,
          }
        : { reason: String(result.facts['reason'] ?? result.code) }),
    },
  });
}

/** How a connection ended that had been opened. */
export interface Ending {
  readonly openMs: number;
  /** What ended it; `null`: one of both sides closed it. */
  readonly error: Error | null;
}

export function closedEvent(
  agent: string,
  place: { readonly hostname: string; readonly port: number },
  { openMs, error }: Ending,
): AuditEvent {
  return agentEvent(agent, {
    kind: 'connection.closed',
    outcome: error === null ? 'acknowledged' : 'failed',
    facts: {
      transport: 'rabbitmq',
      host: place.hostname,
      port: place.port,
      open_ms: Math.max(0, openMs),
      ...(error === null ? {} : { reason: reasonOf(error) }),
    },
  });
}

/** AMQP’s reply code or Node’s code rather than the message, which may quote what was sent. */
function reasonOf(error: Error): string {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' || typeof code === 'number' ? String(code) : error.name;
}
