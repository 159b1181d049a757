// Which controls a file states, and what they come to.
import { keysOf } from '../together.js';
import { acknowledgementOf, controls } from './all-controls.js';
import type { StatedControl } from './control.js';
import { endOfDay } from './controls-schema.js';

/** What stands at a dotted key of the file, or `undefined`. */
export function statedAt(top: unknown, key: string): unknown {
  return key.split('.').reduce<unknown>((part, step) => keysOf(part)[step], top);
}

/** The controls of a file whose values fit the schema, in the order of the table. */
export function statedControls(top: unknown): readonly StatedControl[] {
  return controls.flatMap(({ key, standing, meaning, weak }) => {
    const stated = statedAt(top, key);
    if (stated === undefined) return [];
    const value = Array.isArray(stated) ? stated.join(', ') : (stated as string);
    const until = value === weak ? statedAt(top, acknowledgementOf(key)) : null;
    return [
      { key, value, standing, meaning, weakUntilMs: typeof until === 'string' ? endOfDay(until) : null },
    ];
  });
}
