// Which controls a file states, and what they come to.
import { endOfDay } from '../acknowledged-until.js';
import { keysOf } from '../together.js';
import { acknowledgementOf, controls } from './all-controls.js';
import type { StatedControl } from './control.js';

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
  readonly insecure: readonly InsecureNote[];
  /** What it accepted as insecure until a time that has passed: it holds no more, and its lines can go. */
  readonly over: readonly InsecureNote[];
}

export interface InsecureNote {
  readonly key: string;
  readonly value: string;
  /** ISO 8601, UTC. */
  readonly until: string;
}

export function controlNotes(stated: readonly StatedControl[], nowMs = Date.now()): ControlNotes {
  const weak = (over: boolean): InsecureNote[] =>
    stated.flatMap(({ key, value, weakUntilMs }) =>
      weakUntilMs === null || weakUntilMs <= nowMs !== over
        ? []
        : [{ key, value, until: new Date(weakUntilMs).toISOString() }],
    );
  return {
    notEnforced: stated.filter(({ standing }) => standing !== 'enforced').map(({ key }) => key),
    insecure: weak(false),
    over: weak(true),
  };
}
