// Reads CA, certificate and key of a connection, and says in plain words what does not fit.
import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import type { Clock } from '@sealwire/core';
import { readOwnerOnly, readPublic, Unusable } from './guarded-secret.js';
import type { TlsPolicy } from './policy.js';
import { readRevocationLists } from './revocation-lists.js';

/** PEM texts that were read and fit together. */
export interface TlsFiles {
  /** One certificate each. */
  readonly ca: readonly string[];
  /** The client's certificate with what stands after it in its file; `null` where it shows none. */
  readonly cert: string | null;
  readonly key: string | null;
  /** One revocation list each; `null` where none is asked. */
  readonly crl: readonly string[] | null;
  /** From then on they are of no use: milliseconds. */
  readonly endMs: number;
}

const maxPemBytes = 4 * 1024 * 1024;

/** @throws Unusable with file, fault and what to do */
export function readTlsFiles({ caFile, certFile, keyFile, crlFile }: TlsPolicy, clock: Clock): TlsFiles {
  const ca = certificates(caFile);
  const nowMs = clock.nowMs();
  if (!ca.some(({ certificate }) => isValid(certificate, nowMs)))
    throw new Unusable(
      `${caFile} holds no CA certificate that is valid now; put the current CA there, or check this clock.`,
    );
  const crl = crlFile === null ? null : readRevocationLists(crlFile, nowMs);
  const trust = { ca: ca.map(({ pem }) => pem), crl: crl && crl.map(({ pem }) => pem) };
  const endMs = Math.min(
    Math.max(...ca.map(({ certificate }) => Date.parse(certificate.validTo))),
    ...(crl ?? []).map((list) => list.endMs),
  );
  if (certFile === null || keyFile === null) return { ...trust, cert: null, key: null, endMs };

  const chain = certificates(certFile);
  const own = chain[0]!.certificate;
  if (!isValid(own, nowMs))
    throw new Unusable(
      `${certFile} is valid from ${own.validFrom} to ${own.validTo}, so not now; put a valid certificate there, or check this clock.`,
    );
  const key = readOwnerOnly(keyFile, maxPemBytes);
  if (!own.checkPrivateKey(privateKey(keyFile, key)))
    throw new Unusable(`${keyFile} is not the key of ${certFile}; put the two of one pair there.`);
  return {
    ...trust,
    cert: chain.map(({ pem }) => pem).join('\n'),
    key,
    endMs: Math.min(endMs, Date.parse(own.validTo)),
  };
}

function certificates(file: string): { readonly pem: string; readonly certificate: X509Certificate }[] {
  const blocks =
    readPublic(file, maxPemBytes).match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0)
    throw new Unusable(
      `${file} holds no certificate in PEM (-----BEGIN CERTIFICATE-----); convert it, or name another file.`,
    );
  return blocks.map((pem, i) => {
    try {
      return { pem, certificate: new X509Certificate(pem) };
    } catch {
      throw new Unusable(`${file}: certificate ${i + 1} is damaged; put a whole copy there.`);
    }
  });
}

function privateKey(file: string, pem: string): KeyObject {
  if (pem.includes('ENCRYPTED'))
    throw new Unusable(
      `${file} is encrypted; TLS keys are read unencrypted (mode 600): openssl pkey -in <encrypted> -out <file>`,
    );
  try {
    return createPrivateKey(pem);
  } catch {
    // OpenSSL's own message may quote the file.
    throw new Unusable(`${file} is not a private key in PEM; put the unencrypted PKCS#8 key there.`);
  }
}

function isValid(certificate: X509Certificate, nowMs: number): boolean {
  return Date.parse(certificate.validFrom) <= nowMs && nowMs < Date.parse(certificate.validTo);
}
