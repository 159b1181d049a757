// The JSON of a schema file, with the place of each of its parts.
import { pointed, SchemaFault, type Place } from './schema-problems.js';

/** A file's JSON. */
export interface LocatedJson {
  readonly value: unknown;
  /** Of a part, by JSON pointer; of its nearest ancestor where there is no such part. */
  readonly positionOf: (pointer: string) => Place;
}

const maxDepth = 100;
const space = /[ \t\n\r]*/y;
const stringToken = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const otherToken = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null/y;

/**
 * Parses strictly: a name that stands twice in an object is a fault, and so is what is nested more than 100 deep.
 * @throws SchemaFault with its place
 */
export function parseLocated(text: string): LocatedJson {
  const offsets = new Map<string, number>();
  let at = 0;
  const positionAt = (offset: number): Place => {
    const before = text.slice(0, offset).split('\n');
    return { line: before.length, column: before.at(-1)!.length + 1 };
  };
  const fail = (problem: string, offset = at): never => {
    throw new SchemaFault(problem, positionAt(offset));
  };
  const token = (form: RegExp): string | null => {
    form.lastIndex = at;
    const found = form.exec(text)?.[0] ?? null;
    if (found !== null) at += found.length;
    return found;
  };
  const next = (): string | undefined => {
    token(space);
    return text[at];
  };
  const name = (pointer: string, seen: ReadonlySet<string>): string => {
    next();
    const start = at;
    const found = token(stringToken) ?? fail('is no name; write it in double quotes.');
    const key = JSON.parse(found) as string;
    if (seen.has(key))
      fail(`${pointed(pointer)} has the name ${found.slice(0, 100)} twice; keep one.`, start);
    if (key === '__proto__') fail('has a name that is not allowed here; rename it.', start);
    if (next() !== ':') fail('lacks a ":" before this place.');
    at++;
    return key;
  };
  const value = (pointer: string, depth: number): unknown => {
    const first = next();
    offsets.set(pointer, at);
    if (depth > maxDepth) fail('is nested too deeply; flatten it.');
    if (first === '{') {
      const object: Record<string, unknown> = {};
      const seen = new Set<string>();
      at++;
      if (next() === '}') return (at++, object);
      for (;;) {
        const key = name(pointer, seen);
        seen.add(key);
        object[key] = value(`${pointer}/${escaped(key)}`, depth + 1);
        const end = next();
        at++;
        if (end === '}') return object;
        if (end !== ',') fail('lacks a "," or "}" before this place.', at - 1);
      }
    }
    if (first === '[') {
      const array: unknown[] = [];
      at++;
      if (next() === ']') return (at++, array);
      for (;;) {
        array.push(value(`${pointer}/${array.length}`, depth + 1));
        const end = next();
        at++;
        if (end === ']') return array;
        if (end !== ',') fail('lacks a "," or "]" before this place.', at - 1);
      }
    }
    return JSON.parse(token(stringToken) ?? token(otherToken) ?? fail('is no JSON value.')) as unknown;
  };
  const parsed = value('', 0);
  if (next() !== undefined) fail('stands behind the end of the schema; remove it.');
  return {
    value: parsed,
    positionOf(pointer) {
      for (let part = pointer; ; part = part.slice(0, part.lastIndexOf('/'))) {
        const offset = offsets.get(part);
        if (offset !== undefined) return positionAt(offset);
        if (part === '') return { line: 1, column: 1 };
      }
    },
  };
}

/** As a step of a JSON pointer (RFC 6901). */
export const escaped = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1');
