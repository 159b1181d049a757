// What was negotiated on a connection, in OCSF’s terms.
import type { EventTexts } from './event-texts.js';

export function tlsOf({ fact }: EventTexts): Readonly<Record<string, unknown>> | undefined {
  const version = fact('tls_version');
  if (version === undefined) return undefined;
  const [issuer, serial] = [fact('peer_issuer'), fact('peer_serial')];
  const fingerprint = fact('peer_fingerprint');
  return {
    version,
    cipher: fact('tls_cipher'),
    // OCSF has no certificate without these two.
    certificate:
      issuer === undefined || serial === undefined
        ? undefined
        : {
            issuer,
            serial_number: serial,
            subject: fact('peer'),
            fingerprints:
              fingerprint === undefined
                ? undefined
                : [{ algorithm_id: 3, algorithm: 'SHA-256', value: fingerprint }],
          },
  };
}
