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

/** What a policy asks for and does not get, and what it accepts as insecure: for whoever tells it. */
export interface ControlNotes {
  /** Keys that this version does not enforce. */
  readonly notEnforced: readonly string[];
  /** `until`: ISO 8601, UTC. */
  readonly insecure: readonly { readonly key: string; readonly value: string; readonly until: string }[];
}

export function controlNotes(stated: readonly StatedControl[]): ControlNotes {
  return {
    notEnforced: stated.filter(({ standing }) => standing !== 'enforced').map(({ key }) => key),
    insecure: stated.flatMap(({ key, value, weakUntilMs }) =>
      weakUntilMs === null ? [] : [{ key, value, until: new Date(weakUntilMs).toISOString() }],
    ),
  };
}
