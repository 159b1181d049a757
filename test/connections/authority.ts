// A throw-away certificate authority that issues certificates with one fault each.
import 'reflect-metadata';
import { createPrivateKey, webcrypto } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  Extension,
  Name,
  SubjectAlternativeNameExtension,
  X509Certificate,
  X509CertificateGenerator,
  X509CrlGenerator,
} from '@peculiar/x509';

type Keys = webcrypto.CryptoKeyPair;

const dayMs = 86_400_000;

export interface Validity {
  readonly fromMs: number;
  readonly toMs: number;
}

export const current = (): Validity => ({ fromMs: Date.now() - dayMs, toMs: Date.now() + 30 * dayMs });
export const past = (): Validity => ({ fromMs: Date.now() - 3 * dayMs, toMs: Date.now() - dayMs });
export const future = (): Validity => ({ fromMs: Date.now() + dayMs, toMs: Date.now() + 30 * dayMs });

/** PEM: a certificate with the intermediates that go with it, and its key in PKCS#8. */
export interface Credential {
  readonly chain: string;
  readonly key: string;
}

export interface Wishes {
  /** DNS names and addresses. */
  readonly hosts?: readonly string[];
  readonly validity?: Validity;
  readonly usage?: 'serverAuth' | 'clientAuth';
  readonly key?: 'P-256' | 'RSA-1024';
  /** Of the signature on it. */
  readonly hash?: 'SHA-256' | 'SHA-1';
}

export interface AuthorityWishes {
  readonly validity?: Validity;
  /** `false`: it issues all the same. */
  readonly isCa?: boolean;
  /** The only DNS domain that it may issue for. */
  readonly permitted?: string;
}

export class Authority {
  /** PEM. */
  readonly certificate: string;
  readonly #subject: string;
  readonly #keys: Keys;
  /** What stands between its certificates and the root. */
  readonly #above: readonly string[];

  private constructor(certificate: X509Certificate, keys: Keys, above: readonly string[]) {
    this.certificate = certificate.toString('pem');
    this.#subject = certificate.subject;
    this.#keys = keys;
    this.#above = above;
  }

  static async root(name: string, { validity = current() }: AuthorityWishes = {}): Promise<Authority> {
    const keys = await newKeys('P-256');
    const certificate = await X509CertificateGenerator.createSelfSigned({
      name: named(name),
      keys,
      notBefore: new Date(validity.fromMs),
      notAfter: new Date(validity.toMs),
      signingAlgorithm: ecdsa('SHA-256'),
      extensions: [new BasicConstraintsExtension(true, undefined, true)],
    });
    return new Authority(certificate, keys, []);
  }

  /** One whose certificate and key are in files; the key may be encrypted. */
  static async fromFiles(certFile: string, keyFile: string, passphrase: string): Promise<Authority> {
    const key = createPrivateKey({ key: readFileSync(keyFile), passphrase });
    const privateKey = await webcrypto.subtle.importKey(
      'pkcs8',
      new Uint8Array(key.export({ type: 'pkcs8', format: 'der' })),
      ecdsa('SHA-256'),
      true,
      ['sign'],
    );
    const certificate = new X509Certificate(readFileSync(certFile, 'utf8'));
    const publicKey = await certificate.publicKey.export(webcrypto);
    return new Authority(certificate, { privateKey, publicKey }, []);
  }

  async intermediate(
    name: string,
    { validity, isCa = true, permitted }: AuthorityWishes = {},
  ): Promise<Authority> {
    const keys = await newKeys('P-256');
    const certificate = await this.#sign(name, keys.publicKey, validity ?? current(), 'SHA-256', [
      new BasicConstraintsExtension(isCa, undefined, true),
      ...(permitted === undefined ? [] : [permittedDomain(permitted)]),
    ]);
    return new Authority(certificate, keys, [certificate.toString('pem'), ...this.#above]);
  }

  async issue(name: string, wishes: Wishes = {}): Promise<Credential> {
    const { hosts = ['localhost', '127.0.0.1'], validity = current(), usage = 'serverAuth' } = wishes;
    const keys = await newKeys(wishes.key ?? 'P-256');
    const certificate = await this.#sign(name, keys.publicKey, validity, wishes.hash ?? 'SHA-256', [
      new BasicConstraintsExtension(false, undefined, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage[usage]]),
      namesOf(hosts),
    ]);
    return { chain: [certificate.toString('pem'), ...this.#above].join('\n'), key: await pem(keys) };
  }

  /** Its revocation list, PEM. */
  async revoke(credentials: readonly Credential[], { fromMs, toMs } = current()): Promise<string> {
    const list = await X509CrlGenerator.create({
      issuer: this.#subject,
      signingKey: this.#keys.privateKey,
      thisUpdate: new Date(fromMs),
      nextUpdate: new Date(toMs),
      signingAlgorithm: ecdsa('SHA-256'),
      entries: credentials.map(({ chain }) => ({
        serialNumber: new X509Certificate(first(chain)).serialNumber,
        revocationDate: new Date(fromMs),
      })),
    });
    // The label that OpenSSL knows.
    return list.toString('pem').replaceAll(' CRL-', ' X509 CRL-');
  }

  #sign(
    name: string,
    publicKey: webcrypto.CryptoKey,
    { fromMs, toMs }: Validity,
    hash: string,
    extensions: Extension[],
  ): Promise<X509Certificate> {
    return X509CertificateGenerator.create({
      subject: named(name),
      issuer: this.#subject,
      publicKey,
      signingKey: this.#keys.privateKey,
      notBefore: new Date(fromMs),
      notAfter: new Date(toMs),
      signingAlgorithm: ecdsa(hash),
      extensions,
    });
  }
}

export async function selfSigned(hosts: readonly string[]): Promise<Credential> {
  const keys = await newKeys('P-256');
  const { fromMs, toMs } = current();
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: named('self'),
    keys,
    notBefore: new Date(fromMs),
    notAfter: new Date(toMs),
    signingAlgorithm: ecdsa('SHA-256'),
    extensions: [namesOf(hosts)],
  });
  return { chain: certificate.toString('pem'), key: await pem(keys) };
}

/** Without the intermediates. */
export const leafOnly = ({ chain, key }: Credential): Credential => ({ chain: first(chain), key });

export function pinOf({ chain }: Credential): Promise<string> {
  const info = new X509Certificate(first(chain)).publicKey.rawData;
  return webcrypto.subtle
    .digest('SHA-256', info)
    .then((hash) => `sha256/${Buffer.from(hash).toString('base64')}`);
}

const first = (chain: string): string => /-----BEGIN[^]*?-----END CERTIFICATE-----/.exec(chain)![0];

const named = (name: string): string => new Name([{ CN: [name] }]).toString();

const ecdsa = (hash: string) => ({ name: 'ECDSA', namedCurve: 'P-256', hash });

const namesOf = (hosts: readonly string[]) =>
  new SubjectAlternativeNameExtension(
    hosts.map((value) => ({ type: isIP(value) === 0 ? 'dns' : 'ip', value })),
  );

/** NameConstraints (RFC 5280, 4.2.1.10) with one permitted dNSName; short enough for lengths of one byte. */
function permittedDomain(domain: string): Extension {
  const element = (tag: number, content: Buffer): Buffer =>
    Buffer.concat([Buffer.from([tag, content.length]), content]);
  const name = element(0x82, Buffer.from(domain, 'latin1'));
  return new Extension('2.5.29.30', true, element(0x30, element(0xa0, element(0x30, name))));
}

function newKeys(kind: 'P-256' | 'RSA-1024'): Promise<Keys> {
  const algorithm =
    kind === 'P-256'
      ? ecdsa('SHA-256')
      : {
          name: 'RSASSA-PKCS1-v1_5',
          modulusLength: 1024,
          publicExponent: new Uint8Array([1, 0, 1]),
          hash: 'SHA-256',
        };
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
}

async function pem({ privateKey }: Keys): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', privateKey)).toString('base64');
  return `-----BEGIN PRIVATE KEY-----\n${der}\n-----END PRIVATE KEY-----\n`;
}
