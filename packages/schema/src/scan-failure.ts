// Why the scanner refuses bytes.
import { ValidationError } from '@sealwire/core';

const meanings = {
  truncated: 'the bytes end within a value',
  varint: 'a number is padded, or longer than 64 bits',
  range:
    'a number is out of the range of its type, or a long is outside -2^52 to 2^53-2, where JavaScript decoders are not exact',
  boolean: 'a boolean is neither 0 nor 1',
  utf8: 'a string or map key is not UTF-8',
  length: 'a length or count is negative, or more than the bytes that are left can hold',
  index: 'a union branch or enum symbol does not exist',
  key: 'a map key is __proto__, constructor or prototype',
  duplicate: 'a map key is there twice',
  block: 'a block has not the size that it states',
  trailing: 'bytes follow the end of the value',
  limit: 'it is beyond a limit of this receiver',
  canonical: 'it is not in the one encoding that is accepted here',
} as const;

/** What is wrong with bytes that the scanner refused: the fact `kind` of its errors. Stable. */
export type ScanKind = keyof typeof meanings;

/**
 * @param place where in the schema
 * @param at the offset of the byte where it was noticed
 * @param limit which limit, for `limit`
 */
export function scanFailure(
  kind: ScanKind,
  place: string,
  at: number,
  limit: string | null,
): ValidationError {
  const where = place === '' ? '' : ` at ${place}`;
  const next = limit === null ? 'Mend its sender' : `Send less, or raise the limit ${limit} at both ends`;
  return new ValidationError(
    'ERR_VALIDATION_PAYLOAD',
    `The payload is not Avro of its schema${where}: ${meanings[kind]}. ${next}.`,
    { kind, place, at, limit },
  );
}
