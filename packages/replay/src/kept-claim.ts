// A claim as stores handle it: where in the memory of a stream its one bit stands.
import type { Claim } from '@sealwire/core';

/** Bits of one block: that many neighbours of one stream share a row (SQLite) or a key (Redis). */
export const blockBits = 1024;

/** Bytes of the nonce before the sequence: instance and stream. */
const streamBytes = 20;

export interface KeptClaim {
  readonly scope: string;
  /** Instance and stream, as a latin1 string of 20. */
  readonly stream: string;
  readonly block: number;
  readonly bit: number;
  readonly issuedAtMs: number;
  readonly windowMs: number;
  readonly owner: string;
}

export function keptClaim({ scope, nonce, issuedAtMs, windowMs, owner }: Claim): KeptClaim {
  // At most 2^53 - 1, which the envelope’s parser has seen to.
  const sequence = Number(nonce.readBigUInt64BE(streamBytes));
  return {
    scope,
    stream: nonce.toString('latin1', 0, streamBytes),
    block: Math.floor(sequence / blockBits),
    bit: sequence % blockBits,
    issuedAtMs,
    windowMs,
    owner,
  };
}

/**
 * Whether what was done may be forgotten by now. Age was judged when the message was received, and it may have waited since
 * for another delivery that is being handled: so it is asked here as well, by the clock that things are forgotten by.
 */
export const isOutside = ({ issuedAtMs, windowMs }: KeptClaim, nowMs: number): boolean =>
  issuedAtMs + windowMs <= nowMs;

/** Names the message within a process. */
export const keyOf = ({ scope, stream, block, bit }: KeptClaim): string =>
  `${scope}/${stream}/${block}/${bit}`;
