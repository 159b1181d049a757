// A JSON payload as a value, where every reader reads the same value.
import { isUtf8 } from 'node:buffer';
import { isDangerousName } from './dangerous-names.js';
import type { Findings } from './findings.js';
import { jsonSize } from './is-json.js';

/** How much a JSON payload with a schema may hold. */
const maxDepth = 64;
const maxValues = 100_000;

/** A payload that was read. */
export interface ParsedJson {
  readonly value: unknown;
  readonly values: number;
}

/**
 * Parses a payload and refuses what readers disagree about: names that stand twice in an object, and `__proto__`,
 * `constructor` and `prototype` as names; also what is nested more than 64 deep or has more than 100,000 values.
 * @returns `null` where it is refused: then the findings say why
 */
export function parseJson(bytes: Buffer, found: Findings): ParsedJson | null {
  const refuse = (rule: string): null => {
    found.add(rule);
    return null;
  };
  if (!isUtf8(bytes)) return refuse('JSON in UTF-8');
  const size = jsonSize(bytes, maxDepth, maxValues);
  if (size === null) return refuse('JSON');
  if (size === 'deep') return refuse(`at most ${maxDepth} levels`);
  if (size === 'large') return refuse(`at most ${maxValues} values`);
  const value = JSON.parse(bytes.toString('utf8')) as unknown;
  const members = membersOf(value);
  if (members === null) return refuse('no name __proto__, constructor or prototype');
  // What JSON.parse keeps is fewer than what stands there.
  if (members !== size.members) return refuse('every name once in its object');
  return { value, values: size.values };
}

function membersOf(value: unknown): number | null {
  if (typeof value !== 'object' || value === null) return 0;
  let members = 0;
  if (Array.isArray(value)) {
    for (const item of value) {
      const inside = membersOf(item);
      if (inside === null) return null;
      members += inside;
    }
    return members;
  }
  for (const name of Object.keys(value)) {
    if (isDangerousName(name)) return null;
    const inside = membersOf((value as Record<string, unknown>)[name]);
    if (inside === null) return null;
    members += inside + 1;
  }
  return members;
}
