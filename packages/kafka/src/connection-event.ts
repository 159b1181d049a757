// The audit events of a connection: opened or refused, and closed.
import { agentEvent, codes, SealwireError, type AuditEvent, type Code, type PeerFacts } from '@sealwire/core';

/** @param result what was negotiated, or why there is no connection */
export function connectionEvent(
  agent: string,
  host: string,
  port: number,
  result: PeerFacts | Error,
): AuditEvent {
  const opened = !(result instanceof Error);
  return agentEvent(agent, {
    kind: opened ? 'connection.opened' : 'connection.refused',
    encryptionStatus: opened ? 'sealed' : 'failed',
    outcome: opened ? 'acknowledged' : 'failed',
    code: opened ? null : codeOf(result),
    facts: {
      transport: 'kafka',
      host,
      port,
      ...(opened
        ? {
            tls_version: result.protocol,
            tls_cipher: result.cipher,
            peer: result.peerName,
            peer_fingerprint: result.peerFingerprint,
            peer_issuer: result.peerIssuer,
            peer_serial: result.peerSerial,
          }
        : { reason: reasonOf(result) }),
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
  host: string,
  port: number,
  { openMs, error }: Ending,
): AuditEvent {
  return agentEvent(agent, {
    kind: 'connection.closed',
    outcome: error === null ? 'acknowledged' : 'failed',
    facts: {
      transport: 'kafka',
      host,
      port,
      open_ms: Math.max(0, openMs),
      ...(error === null ? {} : { reason: reasonOf(error) }),
    },
  });
}

const codeOf = (error: Error): Code => {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' && Object.hasOwn(codes, code) ? (code as Code) : 'ERR_UNABLE_CONNECTION';
};

/** Node’s code rather than its message, which may quote a certificate. */
const reasonOf = (error: Error): string => {
  if (error instanceof SealwireError) return String(error.facts['reason'] ?? error.code);
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code : error.name;
};
