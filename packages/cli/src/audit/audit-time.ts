// Times that commands on the trail are given.
import { pointInTime, timeSpan } from '../operator.js';

/**
 * A point in time, or so long ago; `null` where none is given.
 * @throws UsageError ERR_USAGE_ARGUMENT
 */
export function timeOf(text: string | undefined, option: string): number | null {
  if (text === undefined) return null;
  return /^\d+[a-z]+$/.test(text) ? Date.now() - timeSpan(option, text) : pointInTime(option, text);
}
