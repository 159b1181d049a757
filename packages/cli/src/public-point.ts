// Public keys on the command line: uncompressed points of P-256 (65 bytes), or JWK. Nothing else.
import { UsageError } from '@sealwire/core';
import { nodePrimitives } from '@sealwire/crypto';

/**
 * Reads a public key from its text: base64url or hex of the 65 bytes, or a JWK of kty EC and crv P-256.
 * SPKI and PEM are refused: they carry parameters that implementations read differently.
 * @throws UsageError ERR_USAGE_ARGUMENT
 */
export function publicPoint(name: string, text: string): Buffer {
  const point = ofJwk(text) ?? ofText(text.trim());
  if (point !== null && nodePrimitives.verifyKey(point) !== null) return point;
  throw new UsageError(
    'ERR_USAGE_ARGUMENT',
    `${name} must be a public key of P-256: its 65 bytes in base64url or hex, or a JWK. SPKI and PEM are not taken; "sealwire keys export-public" prints what is.`,
  );
}

function ofText(text: string): Buffer | null {
  for (const encoding of ['hex', 'base64url'] as const) {
    const bytes = Buffer.from(text, encoding);
    if (bytes.length === 65 && bytes[0] === 4 && bytes.toString(encoding) === text) return bytes;
  }
  return null;
}

function ofJwk(text: string): Buffer | null {
  if (!text.trimStart().startsWith('{')) return null;
  try {
    const { kty, crv, x, y, d } = JSON.parse(text) as Readonly<Record<string, unknown>>;
    if (kty !== 'EC' || crv !== 'P-256' || d !== undefined) return null;
    if (typeof x !== 'string' || typeof y !== 'string') return null;
    const [left, right] = [coordinate(x), coordinate(y)];
    return left === null || right === null ? null : Buffer.concat([Buffer.of(4), left, right]);
  } catch {
    return null;
  }
}

function coordinate(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64url');
  return bytes.length === 32 && bytes.toString('base64url') === text ? bytes : null;
}

/** The same key as a JWK. */
export function jwkOf(point: Buffer, use: 'sig' | 'enc'): Readonly<Record<string, string>> {
  const [x, y] = [point.subarray(1, 33), point.subarray(33)].map((part) => part.toString('base64url'));
  return { kty: 'EC', crv: 'P-256', x: x!, y: y!, use };
}
