// Whether a listener accepts one version of TLS. No certificate of ours is shown, and nothing is said.
import tls from 'node:tls';
import { isIP, type LookupFunction } from 'node:net';
import type { BrokerPlace } from './broker-place.js';
import { deadline } from './deadline.js';
import { timedOut } from './guarded-handshake.js';

export const tlsVersions = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const;
export type ProbedVersion = (typeof tlsVersions)[number];

/** `unknown`: this machine cannot ask, or there was no answer; with the reason. */
export type VersionAnswer = { readonly state: 'accepted' | 'refused' | 'unknown'; readonly reason: string };

const limitMs = 5_000;
/** Of OpenSSL’s own making: it has not said anything yet. */
const cannotAsk = /NO_PROTOCOLS_AVAILABLE|NO_CIPHERS_AVAILABLE|NO_CIPHER_MATCH|INVALID_PROTOCOL/;

/**
 * A listener has accepted the version once keys can be derived: whether it then wants a client certificate is another
 * question.
 */
export function probeVersion(
  { host, port }: BrokerPlace,
  version: ProbedVersion,
  lookup: { readonly lookup?: LookupFunction },
): Promise<VersionAnswer> {
  return new Promise((resolve) => {
    const old = version !== 'TLSv1.3';
    let socket: tls.TLSSocket;
    const answer = (state: VersionAnswer['state'], reason: string): void => {
      resolve({ state, reason });
      socket?.destroy();
    };
    try {
      socket = tls.connect({
        host,
        port,
        ...lookup,
        ...(isIP(host) === 0 ? { servername: host } : {}),
        minVersion: version,
        maxVersion: version,
        // Whoever is at the other end: it gets nothing from us.
        rejectUnauthorized: false,
        // OpenSSL has no old version without its old suites.
        ...(old ? { ciphers: 'ALL:@SECLEVEL=0' } : {}),
      });
    } catch (error) {
      resolve({ state: 'unknown', reason: codeOf(error) });
      return;
    }
    deadline(socket, limitMs, () => socket.destroy(timedOut()));
    socket.once('keylog', () => answer('accepted', version));
    socket.once('secureConnect', () => answer('accepted', version));
    socket.on('error', (error) => {
      const code = codeOf(error);
      if (cannotAsk.test(code)) answer('unknown', `this machine cannot ask (${code})`);
      else if (/^ERR_SSL|^ECONNRESET$|^EPROTO$/.test(code)) answer('refused', code);
      else answer('unknown', code);
    });
    socket.once('close', () => answer('refused', 'closed'));
  });
}

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? 'unknown reason';
