// Arrays and maps: items in blocks, each with its count and perhaps its size.
import type { ArrayNode, MapNode } from './avro-node.js';
import { isDangerousName } from './dangerous-names.js';
import type { ScanCursor } from './scan-cursor.js';
import type { ScanStep } from './scan-step.js';

export function scanArray(node: ArrayNode, item: ScanStep): ScanStep {
  const { items, place } = node;
  const { leastBytes } = items;
  return (cursor) => {
    cursor.step(1, place);
    cursor.enter(place);
    scanBlocks(cursor, place, (count) => {
      cursor.takeItems(count, leastBytes, items.place);
      // Nothing to read: a million of them cost no more than one.
      if (leastBytes === 0) cursor.step(count * items.values, items.place);
      else for (let i = 0; i < count; i++) item(cursor);
    });
    cursor.leave();
  };
}

export function scanMap(node: MapNode, value: ScanStep): ScanStep {
  const { items, place } = node;
  return (cursor) => {
    cursor.step(1, place);
    cursor.enter(place);
    // By V8's seeded string hash: keys cannot be chosen to collide.
    const keys = new Set<string>();
    scanBlocks(cursor, place, (count) => {
      cursor.takeItems(count, items.leastBytes + 1, items.place);
      cursor.takeEntries(count, items.place);
      for (let i = 0; i < count; i++) {
        scanKey(cursor, keys, items.place);
        value(cursor);
      }
    });
    cursor.leave();
  };
}

function scanKey(cursor: ScanCursor, keys: Set<string>, place: string): void {
  cursor.step(1, place);
  const before = cursor.at;
  cursor.string(place);
  // Length and bytes, one character a byte: as different as the keys, and half the size of their text.
  const key = cursor.bytes.toString('latin1', before, cursor.at);
  if (key.length >= 10 && key.length <= 12 && isDangerousName(key.slice(1))) cursor.fail('key', place);
  const { size } = keys;
  if (keys.add(key).size === size) cursor.fail('duplicate', place);
}

function scanBlocks(cursor: ScanCursor, place: string, items: (count: number) => void): void {
  const { canonical } = cursor.limits;
  for (let first = true; ; first = false) {
    const count = cursor.integer(place);
    if (count === 0) return;
    if (canonical && (count < 0 || !first)) cursor.fail('canonical', place);
    if (count > 0) {
      items(count);
      continue;
    }
    const blockBytes = cursor.length(place);
    const blockEnd = cursor.at + blockBytes;
    items(-count);
    if (cursor.at !== blockEnd) cursor.fail('block', place);
  }
}
