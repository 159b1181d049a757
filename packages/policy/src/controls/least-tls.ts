// Which version of TLS a connection must have at least: 1.3, unless 1.2 is acknowledged as insecure until a date.
import type { StatedControl } from './control.js';

export type TlsVersion = 'TLSv1.2' | 'TLSv1.3';

/**
 * The suites of both versions that encrypt and authenticate at once with keys that are forgotten (RFC 9325 §4.2), in
 * OpenSSL’s names, at a security level that takes no RSA key below 2048 bits and no SHA-1 in a chain, whatever level
 * Node.js was built with.
 */
export const strongCiphers =
  'TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256:ECDHE+AESGCM:ECDHE+CHACHA20:@SECLEVEL=2';

/** Asked for every connection: an acknowledgement also ends while a process runs. */
export function leastTls(controls: readonly StatedControl[], nowMs: number): TlsVersion {
  const stated = controls.find(({ key }) => key === 'channel_security.tls.min_version');
  return stated?.weakUntilMs != null && nowMs < stated.weakUntilMs ? 'TLSv1.2' : 'TLSv1.3';
}
