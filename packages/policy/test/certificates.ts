// Certificates for the tests of this package, good and bad.
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import {
  BasicConstraintsExtension,
  SubjectAlternativeNameExtension,
  X509Certificate,
  X509CertificateGenerator,
  X509CrlGenerator,
} from '@peculiar/x509';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const day = 86_400_000;

/** PEM of both. */
export interface Pair {
  readonly certificate: string;
  readonly privateKey: string;
}

export interface Authority extends Pair {
  /** Its revocation list, PEM. */
  revoke(certificates: readonly string[], validity?: Validity): Promise<string>;
  issue(
    name: string,
    hosts: readonly (readonly ['dns' | 'ip', string])[],
    validity?: Validity,
  ): Promise<Pair>;
}

interface Validity {
  readonly fromMs: number;
  readonly toMs: number;
}

const now = (): Validity => ({ fromMs: Date.now() - day, toMs: Date.now() + 30 * day });
/** Over since yesterday. */
export const past = (): Validity => ({ fromMs: Date.now() - 3 * day, toMs: Date.now() - day });

export async function newAuthority(name: string, validity: Validity = now()): Promise<Authority> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const root = await X509CertificateGenerator.createSelfSigned({
    name: [{ CN: [name] }],
    keys,
    notBefore: new Date(validity.fromMs),
    notAfter: new Date(validity.toMs),
    signingAlgorithm: algorithm,
    extensions: [new BasicConstraintsExtension(true, undefined, true)],
  });
  return {
    ...(await pem(root, keys.privateKey)),
    async revoke(certificates, { fromMs, toMs } = now()) {
      const list = await X509CrlGenerator.create({
        issuer: root.subjectName,
        signingKey: keys.privateKey,
        thisUpdate: new Date(fromMs),
        nextUpdate: new Date(toMs),
        signingAlgorithm: algorithm,
        entries: certificates.map((pem) => ({
          serialNumber: new X509Certificate(pem).serialNumber,
          revocationDate: new Date(fromMs),
        })),
      });
      // The label that OpenSSL knows.
      return list.toString('pem').replaceAll(' CRL-', ' X509 CRL-');
    },
    async issue(subject, hosts, { fromMs, toMs } = now()) {
      const own = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
      const certificate = await X509CertificateGenerator.create({
        subject: [{ CN: [subject] }],
        issuer: root.subjectName,
        publicKey: own.publicKey,
        signingKey: keys.privateKey,
        notBefore: new Date(fromMs),
        notAfter: new Date(toMs),
        signingAlgorithm: algorithm,
        extensions: [new SubjectAlternativeNameExtension(hosts.map(([type, value]) => ({ type, value })))],
      });
      return pem(certificate, own.privateKey);
    },
  };
}

async function pem(certificate: X509Certificate, privateKey: webcrypto.CryptoKey): Promise<Pair> {
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', privateKey)).toString('base64');
  return {
    certificate: certificate.toString('pem'),
    privateKey: `-----BEGIN PRIVATE KEY-----\n${der}\n-----END PRIVATE KEY-----\n`,
  };
}
