// A small certificate authority for TLS between agents and brokers: ECDSA P-256, X.509 version 3.
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  Name,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
  type Extension,
} from '@peculiar/x509';

type KeyPair = webcrypto.CryptoKeyPair;

/** A certificate and its key, both in PEM; the key is unencrypted PKCS#8. */
export interface IssuedCertificate {
  readonly certificate: string;
  readonly privateKey: string;
}

export interface CertificateAuthority extends IssuedCertificate {
  /** For brokers. Hosts are DNS names and IP addresses. */
  issueServer(commonName: string, hosts: readonly string[]): Promise<IssuedCertificate>;
  /** For clients: the name is the common name, and a URI name as well where it is one (SPIFFE). */
  issueClient(name: string): Promise<IssuedCertificate>;
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const dayMs = 86_400_000;
/** So that a peer whose clock is slow accepts a new certificate. */
const clockToleranceMs = 300_000;

/** Makes a new authority: 10 years, and what it issues one year. It signs end entities only (path length 0). */
export async function createAuthority(commonName: string, nowMs: number): Promise<CertificateAuthority> {
  const keys = await newKeys();
  const root = await X509CertificateGenerator.createSelfSigned({
    name: commonNameOnly(commonName),
    keys,
    ...validity(nowMs, 3650),
    signingAlgorithm: algorithm,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });

  const issue = async (name: string, extensions: Extension[]): Promise<IssuedCertificate> => {
    const own = await newKeys();
    const certificate = await X509CertificateGenerator.create({
      subject: commonNameOnly(name),
      issuer: root.subjectName,
      publicKey: own.publicKey,
      signingKey: keys.privateKey,
      ...validity(nowMs, 365),
      signingAlgorithm: algorithm,
      extensions: [
        new BasicConstraintsExtension(false, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        await SubjectKeyIdentifierExtension.create(own.publicKey),
        await AuthorityKeyIdentifierExtension.create(keys.publicKey),
        ...extensions,
      ],
    });
    return { certificate: pem(certificate.toString('pem')), privateKey: await privatePem(own) };
  };

  return {
    certificate: pem(root.toString('pem')),
    privateKey: await privatePem(keys),
    issueServer: (name, hosts) =>
      issue(name, [
        new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
        new SubjectAlternativeNameExtension(
          hosts.map((host) => ({ type: isIP(host) === 0 ? 'dns' : 'ip', value: host })),
        ),
      ]),
    issueClient: (name) =>
      issue(name, [
        new ExtendedKeyUsageExtension([ExtendedKeyUsage.clientAuth]),
        ...(URL.canParse(name) ? [new SubjectAlternativeNameExtension([{ type: 'url', value: name }])] : []),
      ]),
  };
}

function newKeys(): Promise<KeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
}

function validity(nowMs: number, days: number): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(nowMs - clockToleranceMs), notAfter: new Date(nowMs + days * dayMs) };
}

async function privatePem(keys: KeyPair): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey));
  const lines = der.toString('base64').match(/.{1,64}/g)!;
  return ['-----BEGIN PRIVATE KEY-----', ...lines, '-----END PRIVATE KEY-----', ''].join('\n');
}

/** Typed, because the library reads some plain strings as hexadecimal or quoted. */
const commonNameOnly = (name: string): Name => new Name([{ CN: [{ utf8String: name }] }]);

const pem = (text: string): string => `${text.trim()}\n`;
