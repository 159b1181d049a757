// The providers under test, and what the tests share.
import { expect } from '@jest/globals';
import { noblePrimitives, nodePrimitives } from '@sealwire/crypto';

export const both = [nodePrimitives, noblePrimitives] as const;

/** Each provider with the other one, for `describe.each`. */
export const pairs = [
  { own: nodePrimitives, other: noblePrimitives, name: 'node' },
  { own: noblePrimitives, other: nodePrimitives, name: 'noble' },
] as const;

/** The error that a wrong argument gives. */
export const argumentError: unknown = expect.objectContaining({
  name: 'UsageError',
  code: 'ERR_USAGE_ARGUMENT',
});

/** A copy with one bit flipped. */
export function flipped(bytes: Buffer, bit: number): Buffer {
  const copy = Buffer.from(bytes);
  const at = Math.floor(bit / 8) % copy.length;
  copy[at] = copy[at]! ^ (1 << (bit % 8));
  return copy;
}
