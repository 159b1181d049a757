// Which headers of an outgoing message are sealed, which are bound in clear, and which are only carried.
import type { HeaderField } from '@sealwire/core';
import { carriedHeaders, UsageError } from '@sealwire/core';
import { sortByName } from './clear-headers.js';
import { limits } from './limits.js';

/** The headers of one message by what becomes of them. */
export interface DividedHeaders {
  readonly sealed: readonly HeaderField[];
  /** In ascending order of their names’ bytes. */
  readonly bound: readonly HeaderField[];
  /** `traceparent` and `tracestate`: in clear, not bound, not trusted. */
  readonly carried: readonly HeaderField[];
}

const none: readonly HeaderField[] = [];
const noHeaders: DividedHeaders = { sealed: none, bound: none, carried: none };

/** @throws UsageError ERR_USAGE_HEADER where a header could not be carried or bound */
export function divideHeaders(headers: readonly HeaderField[], clear: ReadonlySet<string>): DividedHeaders {
  if (headers.length === 0) return noHeaders;
  const sealed: HeaderField[] = [];
  const bound: HeaderField[] = [];
  const carried: HeaderField[] = [];
  for (const header of headers) {
    // A header without values is not there for any client that reads it.
    if (header.values.length === 0) continue;
    if (carriedHeaders.has(header.name)) carried.push(header);
    else if (clear.has(header.name)) bound.push(checkBound(header));
    else sealed.push(checkSealed(header));
  }
  if (sealed.length > limits.sealedHeaders) throw tooMany(limits.sealedHeaders);
  if (bound.length > limits.clearHeaders) throw tooMany(limits.clearHeaders);
  return { sealed, bound: sortByName(bound), carried };
}

function checkBound(header: HeaderField): HeaderField {
  const bytes = Buffer.byteLength(header.name);
  if (bytes === 0 || bytes > limits.nameBytes || header.name === 'sealwire') {
    throw new UsageError(
      'ERR_USAGE_HEADER',
      `A header that travels in clear needs a name of 1 to 255 bytes other than “sealwire”.`,
    );
  }
  return checkSealed(header);
}

function checkSealed(header: HeaderField): HeaderField {
  if (header.values.length > limits.headerValues || Buffer.byteLength(header.name) > 0xffff)
    throw tooMany(limits.headerValues);
  return header;
}

function tooMany(most: number): UsageError {
  return new UsageError(
    'ERR_USAGE_HEADER',
    `A message carries at most ${most} headers of a kind, or values of one header. Put the rest into the payload.`,
  );
}
