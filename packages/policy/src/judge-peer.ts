// Judges a finished handshake before a credential goes over it.
import type { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import { UsageError, type PeerFacts } from '@sealwire/core';
import type { TlsVersion } from './controls/least-tls.js';
import type { PinnedKeys } from './pinned-keys.js';

/**
 * @throws UsageError ERR_USAGE_CONNECTION unless the peer is verified and TLS 1.3, or what is accepted as well, was
 *   negotiated; ERR_USAGE_PIN
 */
export function judgePeer(
  socket: TLSSocket,
  section: string,
  least: TlsVersion,
  pins: PinnedKeys,
): PeerFacts {
  const refuse = (problem: string): never => {
    throw new UsageError(
      'ERR_USAGE_CONNECTION',
      `The connection was closed before any credential was sent: ${problem}`,
    );
  };
  // A client may have made a plain socket in spite of its type.
  if (typeof (socket as Partial<TLSSocket>).getProtocol !== 'function')
    refuse('it is not TLS; use a TLS listener.');
  const protocol = socket.getProtocol();
  if (protocol !== 'TLSv1.3' && protocol !== least)
    return refuse(
      `it speaks ${protocol ?? 'no TLS'}, and TLSv1.3 is required; enable TLS 1.3 at the broker.`,
    );
  // Of what TLS 1.2 allows a peer to do later, nothing is wanted.
  if (protocol === 'TLSv1.2') socket.disableRenegotiation();
  // Node.js says true only where chain and name were both checked.
  if (!socket.authorized)
    refuse(
      `the broker's certificate was not verified (${reasonOf(socket)}); check ${section}.tls.ca_file and server_name, and the broker's certificate.`,
    );
  // Asked once: Node.js has it no second time.
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return refuse('the broker showed no certificate; configure one there.');
  pins.check(certificate);
  return {
    protocol,
    cipher: socket.getCipher().name,
    peerName: commonName(certificate) ?? certificate.subjectAltName ?? '',
    peerFingerprint: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
  };
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
