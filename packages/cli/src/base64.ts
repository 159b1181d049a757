// Base64 as people give it: in either alphabet, and nothing else between.
import { UsageError } from '@sealwire/core';

export const isBase64 = (text: string): boolean => /^[A-Za-z0-9+/_-]*={0,2}$/.test(text);

/** @throws UsageError ERR_USAGE_ARGUMENT */
export function fromBase64(value: unknown, what: string): Buffer {
  if (typeof value !== 'string' || !isBase64(value))
    throw new UsageError('ERR_USAGE_ARGUMENT', `${what} must be base64.`);
  return Buffer.from(value, 'base64');
}
