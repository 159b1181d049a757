// Arrays and maps: items in blocks, each with its count and perhaps its size.
import type { ArrayNode, MapNode } from './avro-node.js';
import type { ScanCursor } from './scan-cursor.js';
import { scanKey } from './scan-key.js';
import type { ScanStep } from './scan-step.js';

// No closure per array or map: fifty thousand empty ones in as many bytes would cost a hundred times as many.

export function scanArray(node: ArrayNode, item: ScanStep): ScanStep {
  const { items, place } = node;
  const { leastBytes } = items;
  return (cursor) => {
    cursor.step(1, place);
    cursor.enter(place);
    for (let isFirst = true; ; isFirst = false) {
      const count = openBlock(cursor, isFirst, place);
      if (count === 0) break;
      const { blockEnd } = cursor;
      cursor.takeItems(count, leastBytes, items.place);
      // Nothing to read: a million of them cost no more than one.
      if (leastBytes === 0) cursor.step(count * items.values, items.place);
      else for (let i = 0; i < count; i++) item(cursor);
      closeBlock(cursor, blockEnd, place);
    }
    cursor.leave();
  };
}

export function scanMap(node: MapNode, value: ScanStep): ScanStep {
  const { items, place } = node;
  return (cursor) => {
    cursor.step(1, place);
    cursor.enter(place);
    const base = cursor.keyTop;
    let keys: Set<string> | null = null;
    for (let isFirst = true; ; isFirst = false) {
      const count = openBlock(cursor, isFirst, place);
      if (count === 0) break;
      const { blockEnd } = cursor;
      cursor.takeItems(count, items.leastBytes + 1, items.place);
      cursor.takeEntries(count, items.place);
      for (let i = 0; i < count; i++) {
        cursor.step(1, items.place);
        keys = scanKey(cursor, base, keys, items.place);
        value(cursor);
      }
      closeBlock(cursor, blockEnd, place);
    }
    cursor.keyTop = base;
    cursor.leave();
  };
}

/** @returns how many items follow, 0 at the end; where they must end is then `cursor.blockEnd` (−1: anywhere) */
function openBlock(cursor: ScanCursor, isFirst: boolean, place: string): number {
  const count = cursor.integer(place);
  cursor.blockEnd = -1;
  if (count === 0) return 0;
  if (cursor.limits.canonical && (count < 0 || !isFirst)) cursor.fail('canonical', place);
  if (count > 0) return count;
  const blockBytes = cursor.length(place);
  cursor.blockEnd = cursor.at + blockBytes;
  return -count;
}

function closeBlock(cursor: ScanCursor, blockEnd: number, place: string): void {
  if (blockEnd >= 0 && cursor.at !== blockEnd) cursor.fail('block', place);
}
