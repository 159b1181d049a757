// What is committed so that a group reads again what it has read before (SPEC.md R-16).
import type { LedgerPlace } from '@sealwire/core';
import { defaultLimits } from './nonce-state.js';
import { OffsetMetadata } from './offset-metadata.js';

/**
 * Metadata for the offset `from`. What a group reads from there on up to, but not including, `to` it takes though it may
 * have had it before, and though its age may have passed by the local clock. A record that is there twice is taken once.
 */
export function replayAllowance(key: Buffer, place: LedgerPlace, from: number, to: number): string {
  const marks = { since: 0, allowedTo: to, doubtfulUntilMs: 0 };
  return new OffsetMetadata(key, place, 0, defaultLimits).rebuild(from, marks);
}
