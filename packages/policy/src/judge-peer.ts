// Judges a finished handshake before a credential goes over it.
import type { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import { UsageError, type PeerFacts } from '@sealwire/core';
import type { TlsVersion } from './controls/least-tls.js';
import type { PinnedKeys } from './pinned-keys.js';

/** What the policy asks of a peer. */
export interface Asked {
  /** Where the policy says so, for messages. */
  readonly section: string;
  readonly least: TlsVersion;
  readonly pins: PinnedKeys;
  /** Whether the policy has a client certificate, so that the peer must want to see it. */
  readonly mutual: boolean;
}

/**
 * @throws UsageError ERR_USAGE_TLS_PLAINTEXT, _VERSION, _MUTUAL; ERR_USAGE_CONNECTION unless the peer is verified;
 *   ERR_USAGE_PIN
 */
export function judgePeer(socket: TLSSocket, { section, least, pins, mutual }: Asked): PeerFacts {
  // A client may have made a plain socket in spite of its type.
  if (typeof (socket as Partial<TLSSocket>).getProtocol !== 'function')
    return refuse('ERR_USAGE_TLS_PLAINTEXT', 'it is not TLS; use a TLS listener.');
  const protocol = socket.getProtocol();
  if (protocol !== 'TLSv1.3' && protocol !== least)
    return refuse(
      'ERR_USAGE_TLS_VERSION',
      `it speaks ${protocol ?? 'no TLS'}, and TLSv1.3 is required; enable TLS 1.3 at the broker.`,
    );
  // Of what TLS 1.2 allows a peer to do later, nothing is wanted.
  if (protocol === 'TLSv1.2') socket.disableRenegotiation();
  // Node.js says true only where chain and name were both checked.
  if (!socket.authorized)
    return refuse(
      'ERR_USAGE_CONNECTION',
      `the broker's certificate was not verified (${reasonOf(socket)}); check ${section}.tls.ca_file and server_name, and the broker's certificate.`,
    );
  checkMutual(socket, { section, mutual });
  // Asked once: Node.js has it no second time.
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined)
    return refuse('ERR_USAGE_CONNECTION', 'the broker showed no certificate; configure one there.');
  pins.check(certificate);
  return {
    protocol,
    cipher: socket.getCipher().name,
    peerName: commonName(certificate) ?? certificate.subjectAltName ?? '',
    peerFingerprint: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
    // Node.js escapes line breaks within a name, and has nothing for a name that is empty.
    peerIssuer: (certificate.issuer as string | undefined)?.replaceAll('\n', ', ') ?? '',
    peerSerial: certificate.serialNumber,
  };
}

/** @throws UsageError ERR_USAGE_TLS_MUTUAL where the peer did not ask for the client certificate that the policy has */
export function checkMutual(socket: TLSSocket, { section, mutual }: Pick<Asked, 'section' | 'mutual'>): void {
  // At a client they come from the peer's request for a certificate, and from nothing else (RFC 8446 §4.3.2).
  if (mutual && socket.getSharedSigalgs().length === 0)
    refuse(
      'ERR_USAGE_TLS_MUTUAL',
      `the broker does not ask for a client certificate, and ${section}.tls.cert_file names one: it would let in whoever has a password. Have it require one (Kafka: ssl.client.auth=required under the listener's name; RabbitMQ: ssl_options.verify = verify_peer and fail_if_no_peer_cert = true), or remove cert_file and key_file.`,
    );
}

function refuse(
  code: 'ERR_USAGE_CONNECTION' | 'ERR_USAGE_TLS_PLAINTEXT' | 'ERR_USAGE_TLS_VERSION' | 'ERR_USAGE_TLS_MUTUAL',
  problem: string,
): never {
  throw new UsageError(code, `The connection was closed before any message went over it: ${problem}`);
}

/** Not from the printed subject, in which a name could look like several. */
function commonName(certificate: X509Certificate): string | undefined {
  const { CN } = certificate.toLegacyObject().subject as { CN?: string | string[] };
  return Array.isArray(CN) ? CN[0] : CN;
}

function reasonOf(socket: TLSSocket): string {
  const error = socket.authorizationError as Error | string | undefined;
  if (error === undefined || error === null) return 'no reason given';
  return typeof error === 'string' ? error : ((error as NodeJS.ErrnoException).code ?? error.message);
}
