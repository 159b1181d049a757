// Whether a name needs a new key now: a pure function of what the directory lists and the time.
import type { ListedKey } from '../directory/directory-entry.js';
import type { Period } from './rotation-settings.js';

/** `first`: there is none; `interval`: it is time; `late`: it was time before; `forced`: somebody asked; `member`: a group's members changed. */
export type WhyDue = 'first' | 'interval' | 'late' | 'forced' | 'member';

export interface DueTimes {
  readonly why: WhyDue;
  readonly notBeforeMs: number;
  /** Twice the interval after `notBeforeMs`. */
  readonly notAfterMs: number;
}

/** Not revoked and not at its end: valid now or published ahead. */
export const isLive = (key: Pick<ListedKey, 'distrustFromMs' | 'notAfterMs'>, nowMs: number): boolean =>
  key.distrustFromMs === null && nowMs < key.notAfterMs;

/** The live key with the latest beginning, or `null`. */
export function newestLive(keys: readonly ListedKey[], nowMs: number): ListedKey | null {
  return keys.reduce<ListedKey | null>(
    (newest, key) =>
      isLive(key, nowMs) && (newest === null || key.notBeforeMs > newest.notBeforeMs) ? key : newest,
    null,
  );
}

/**
 * @param keys of one name and one purpose
 * @param urgent a new key is wanted at once, whatever there is
 * @returns `null` where nothing is due
 */
export function dueKey(
  keys: readonly ListedKey[],
  { intervalMs, leadMs }: Period,
  nowMs: number,
  urgent: 'forced' | 'member' | null,
): DueTimes | null {
  const from = (why: WhyDue, notBeforeMs: number): DueTimes => ({
    why,
    notBeforeMs,
    notAfterMs: notBeforeMs + 2 * intervalMs,
  });
  if (urgent !== null) return from(urgent, nowMs);
  const newest = newestLive(keys, nowMs);
  if (newest === null) return from('first', nowMs);
  const turnMs = turnOf(newest, { intervalMs, leadMs });
  if (nowMs < turnMs - leadMs) return null;
  // Late: others still get their time to learn of it, as long as the newest is valid.
  return nowMs <= turnMs
    ? from('interval', turnMs)
    : from('late', Math.min(nowMs + leadMs, newest.notAfterMs));
}

/** When `dueKey` has something to say next, as far as time decides it. */
export function nextDueMs(keys: readonly ListedKey[], period: Period, nowMs: number): number {
  const newest = newestLive(keys, nowMs);
  return newest === null ? nowMs : turnOf(newest, period) - period.leadMs;
}

/** When the next key takes over: after an interval, or before the end of one that was given less time. */
function turnOf({ notBeforeMs, notAfterMs }: ListedKey, { intervalMs, leadMs }: Period): number {
  return Math.min(notBeforeMs + intervalMs, Math.max(notBeforeMs, notAfterMs - leadMs));
}
