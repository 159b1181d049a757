// Goes through a JSON Schema before it is compiled: what is wrong with its keywords, and where it refers to itself.
import { formats } from './formats.js';
import { escaped } from './located-json.js';
import { compilePattern } from './pattern.js';
import type { SchemaProblem } from './schema-problems.js';

/** Counts a step of work; stands beside each reference of a schema that was gone through. */
export const stepKeyword = 'sealwire-step';

const valueKeywords: ReadonlySet<string> = new Set(['enum', 'const', 'default', 'examples']);
const mapKeywords: ReadonlySet<string> = new Set(
  'properties patternProperties $defs definitions dependentSchemas dependentRequired'.split(' '),
);
const elsewhere = 'is not supported: a schema refers to parts of its own file, by $ref.';

/** A JSON Schema that was gone through. */
export interface WalkedSchema {
  /**
   * With a count at each reference, because alternatives that refer to themselves can take time that doubles with each
   * level of a payload.
   */
  readonly schema: unknown;
  /** All names that are the schema’s own. */
  readonly names: ReadonlySet<string>;
  readonly problems: readonly SchemaProblem[];
}

export function walkJsonSchema(schema: unknown, isKnown: (keyword: string) => boolean): WalkedSchema {
  const names = new Set<string>();
  const problems: SchemaProblem[] = [];
  const patternAt = (pointer: string, pattern: string): void => {
    const compiled = compilePattern(pattern);
    if (typeof compiled === 'string') problems.push({ pointer, text: compiled });
  };
  const keywordAt = (pointer: string, keyword: string, value: unknown): void => {
    const refuse = (text: string): void => void problems.push({ pointer, text });
    if (!isKnown(keyword) || keyword === stepKeyword)
      refuse('is not a keyword of JSON Schema; correct or remove it.');
    else if (keyword === 'pattern' && typeof value === 'string') patternAt(pointer, value);
    else if (keyword === 'format' && typeof value === 'string' && !formats.has(value))
      refuse(`must be one of ${[...formats.keys()].join(', ')}.`);
    else if (keyword === '$ref' && typeof value === 'string' && !value.startsWith('#')) refuse(elsewhere);
    // Where it leads depends on the way there, so that no count of steps would be complete.
    else if (keyword === '$dynamicRef') refuse(elsewhere);
  };
  const walk = (part: unknown, pointer: string, under: string | null): unknown => {
    if (Array.isArray(part)) return part.map((inner, i) => walk(inner, `${pointer}/${i}`, null));
    if (typeof part !== 'object' || part === null) return part;
    const isMap = under !== null && mapKeywords.has(under);
    const entries = Object.entries(part).map(([name, inner]): [string, unknown] => {
      const at = `${pointer}/${escaped(name)}`;
      names.add(name);
      if (under === 'patternProperties') patternAt(at, name);
      if (isMap) return [name, walk(inner, at, null)];
      keywordAt(at, name, inner);
      return [name, valueKeywords.has(name) ? inner : walk(inner, at, name)];
    });
    if (!isMap && typeof (part as { readonly $ref?: unknown }).$ref === 'string')
      entries.unshift([stepKeyword, true]);
    return Object.fromEntries(entries);
  };
  return { schema: walk(schema, '', null), names, problems };
}
