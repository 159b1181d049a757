// How many bytes a sealed message has beyond its payload.
import { randomBytes } from 'node:crypto';
import { randomPayloads } from '../payloads.ts';
import { spreadOf } from '../rounds.ts';
import { openInMemory, outgoing } from './in-memory.ts';

/**
 * Of one batch: the median message and the largest.
 * @param sessionTopic where it is named, messages go by reference
 */
export function overheadBytes(
  bytes: number,
  batchSize: number,
  sessionTopic: string | null = null,
): { readonly median: number; readonly largest: number } {
  const { outlet } = openInMemory(randomBytes(32), sessionTopic);
  const payloads = randomPayloads(batchSize, bytes);
  const overheads = outlet.seal(payloads.map(outgoing)).map(({ value }) => value!.length - bytes);
  return { median: spreadOf(overheads).median, largest: Math.max(...overheads) };
}
