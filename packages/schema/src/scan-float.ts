// Floats and doubles: all bits are values, but NaN has many.
import type { ScanStep } from './scan-step.js';

export function scanFloat(size: number, canonical: boolean, place: string): ScanStep {
  if (!canonical) return (cursor) => cursor.skip(size, place);
  return (cursor) => {
    const start = cursor.at;
    cursor.skip(size, place);
    const value = size === 4 ? cursor.bytes.readFloatLE(start) : cursor.bytes.readDoubleLE(start);
    if (!Number.isNaN(value)) return;
    // The quiet NaN without sign or payload: 7fc00000, 7ff8000000000000.
    const usual =
      size === 4
        ? cursor.bytes.readUInt16LE(start + 2) === 0x7fc0
        : cursor.bytes.readUInt16LE(start + 6) === 0x7ff8;
    for (let at = start; at < start + size - 2; at++)
      if (cursor.bytes[at] !== 0) cursor.fail('canonical', place);
    if (!usual) cursor.fail('canonical', place);
  };
}
