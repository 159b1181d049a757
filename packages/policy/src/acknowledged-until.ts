// The dates to which something insecure is accepted.

/** An acknowledgement is looked at again once a year at least. */
const longestMs = 366 * 86_400_000;

export const untilRule = 'a date such as 2027-01-31, to the end of which it is accepted (UTC)';
export const tooFar = 'is more than a year away; name a date that somebody will look at.';

/** A day by its date. @returns its end in UTC, in ms since 1970, or `null` */
export function endOfDay(text: string): number | null {
  const ms = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : NaN;
  // Date.parse takes the 31st of any month.
  return Number.isNaN(ms) || new Date(ms).toISOString().slice(0, 10) !== text ? null : ms + 86_400_000;
}

export const isTooFar = (endMs: number, nowMs: number): boolean => endMs - nowMs > longestMs;
