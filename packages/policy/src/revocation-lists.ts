// Reads revocation lists, and refuses those that say nothing about now. Whose they are is checked in each handshake.
import { readPublic, Unusable } from './guarded-secret.js';

const maxListBytes = 16 * 1024 * 1024;

export interface RevocationList {
  readonly pem: string;
  readonly endMs: number;
}

/** @throws Unusable with file, fault and what to do */
export function readRevocationLists(file: string, nowMs: number): readonly RevocationList[] {
  const lists =
    readPublic(file, maxListBytes).match(/-----BEGIN X509 CRL-----[^-]+-----END X509 CRL-----/g) ?? [];
  if (lists.length === 0)
    throw new Unusable(
      `${file} holds no revocation list in PEM (-----BEGIN X509 CRL-----); convert it: openssl crl -inform der -in <list> -out <file>`,
    );
  return lists.map((pem, i) => {
    const endMs = endOfList(Buffer.from(pem.replace(/-----[^-]+-----/g, ''), 'base64'));
    if (endMs === null)
      throw new Unusable(`${file}: list ${i + 1} is damaged, or says no end; put a whole one there.`);
    if (endMs <= nowMs)
      throw new Unusable(
        `${file}: list ${i + 1} was good until ${new Date(endMs).toISOString()}; fetch the CA’s current list and put it there.`,
        'ERR_USAGE_TLS_CRL',
      );
    return { pem, endMs };
  });
}

/** `nextUpdate` of a CertificateList (RFC 5280, 5.1); `null` where there is none. */
function endOfList(der: Buffer): number | null {
  const list = elementAt(der, 0);
  const signed = list && elementAt(der, list.start);
  let field = signed && elementAt(der, signed.start);
  if (field?.tag === integer) field = elementAt(der, field.end);
  // signature, issuer, thisUpdate, nextUpdate
  for (let next = 0; next < 3; next++) field = field && elementAt(der, field.end);
  if (!field || !signed || field.end > signed.end) return null;
  const digits = /^(\d{2,4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(
    der.toString('latin1', field.start, field.end),
  );
  if (digits === null) return null;
  const [year, month, day, hour, minute, second] = digits.slice(1).map(Number) as [number, ...number[]];
  if (field.tag === utcTime && digits[1]!.length === 2)
    return Date.UTC(year + (year < 50 ? 2000 : 1900), month! - 1, day, hour, minute, second);
  if (field.tag === generalizedTime && digits[1]!.length === 4)
    return Date.UTC(year, month! - 1, day, hour, minute, second);
  return null;
}

const [integer, utcTime, generalizedTime] = [0x02, 0x17, 0x18];

interface Element {
  readonly tag: number;
  /** Of its content. */
  readonly start: number;
  readonly end: number;
}

/** One element of DER; `null` where it does not fit. */
function elementAt(der: Buffer, at: number): Element | null {
  if (at + 2 > der.length) return null;
  const first = der[at + 1]!;
  const more = first < 0x80 ? 0 : first & 0x7f;
  if (more > 4 || first === 0x80 || at + 2 + more > der.length) return null;
  const length = more === 0 ? first : der.readUIntBE(at + 2, more);
  const start = at + 2 + more;
  return start + length > der.length ? null : { tag: der[at]!, start, end: start + length };
}
