// The audit event of a connection that was opened or refused.
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
          }
        : { reason: reasonOf(result) }),
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
