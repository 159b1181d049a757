// What a bearer token must look like before it goes into a login.
const maxTokenBytes = 64 * 1024;

/** Of RFC 6750. Anything else could end its field in the login and begin another. */
const form = /^[A-Za-z0-9._~+/-]+=*$/;

/** Why it cannot be used, without it; `null` where it can. */
export function tokenFault(value: unknown): string | null {
  if (typeof value !== 'string' || value === '') return 'there is none';
  if (Buffer.byteLength(value) > maxTokenBytes) return `it is larger than ${maxTokenBytes} bytes`;
  return form.test(value) ? null : 'it is no bearer token of RFC 6750 (letters, digits and - . _ ~ + /)';
}

/** Where it is a JWT that says so, the end of it in ms; otherwise `null`. Nothing is verified: that is the broker’s part. */
export function statedEndMs(token: string): number | null {
  const parts = token.split('.');
  if (parts.length !== 3) return null;
  try {
    const claims = JSON.parse(Buffer.from(parts[1]!, 'base64url').toString()) as { exp?: unknown } | null;
    return typeof claims?.exp === 'number' && Number.isFinite(claims.exp) ? claims.exp * 1000 : null;
  } catch {
    return null;
  }
}
