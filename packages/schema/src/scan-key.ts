// Keys of maps: none twice, none that reaches a prototype.
import { isDangerousName } from './dangerous-names.js';
import type { ScanCursor } from './scan-cursor.js';

/** So many keys are compared byte by byte, which makes nothing; from then on a set is cheaper. */
const fewNumbers = 2 * 8;

/**
 * @param base where this map's keys begin in `cursor.keyPlaces`: their starts and ends, in turn
 * @param keys `null` as long as there are few
 * @returns `keys` for the next key
 */
export function scanKey(
  cursor: ScanCursor,
  base: number,
  keys: Set<string> | null,
  place: string,
): Set<string> | null {
  cursor.string(place);
  const { bytes, keyPlaces, keyTop, at: end } = cursor;
  const start = end - cursor.stringBytes;
  const length = end - start;
  if (length >= 9 && length <= 11 && isDangerousName(bytes.toString('latin1', start, end)))
    cursor.fail('key', place);
  if (keys === null && keyTop - base < fewNumbers) {
    for (let i = base; i < keyTop; i += 2)
      if (isSame(bytes, keyPlaces[i]!, keyPlaces[i + 1]!, start, end)) cursor.fail('duplicate', place);
    keyPlaces[keyTop] = start;
    keyPlaces[keyTop + 1] = end;
    cursor.keyTop = keyTop + 2;
    return null;
  }
  // V8 hashes strings with a seed: keys cannot be chosen to collide.
  const all = keys ?? new Set<string>();
  if (keys === null)
    for (let i = base; i < keyTop; i += 2) all.add(bytes.toString('latin1', keyPlaces[i], keyPlaces[i + 1]));
  const { size } = all;
  // One character a byte: as different as the keys.
  if (all.add(bytes.toString('latin1', start, end)).size === size) cursor.fail('duplicate', place);
  return all;
}

function isSame(bytes: Buffer, start: number, end: number, otherStart: number, otherEnd: number): boolean {
  if (end - start !== otherEnd - otherStart) return false;
  for (let i = 0; i < end - start; i++) if (bytes[start + i] !== bytes[otherStart + i]) return false;
  return true;
}
