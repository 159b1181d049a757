// Constraints of a schema: which attributes there are, what they apply to, and what they ask of a value.
import { formats } from './formats.js';
import { compilePattern } from './pattern.js';
import type { PayloadType, Rule } from './payload-type.js';

type Given = Readonly<Record<string, unknown>>;
type Report = (attribute: string, problem: string) => void;

const numbers = ['int', 'long', 'float', 'double'];
const appliesTo: Readonly<Record<string, readonly string[]>> = {
  minimum: numbers,
  maximum: numbers,
  minLength: ['string', 'bytes'],
  maxLength: ['string', 'bytes'],
  pattern: ['string'],
  format: ['string'],
  minItems: ['array', 'map'],
  maxItems: ['array', 'map'],
};
export const constraints = Object.keys(appliesTo);
const pairs = [
  ['minimum', 'maximum'],
  ['minLength', 'maxLength'],
  ['minItems', 'maxItems'],
] as const;

const byLooseName = new Map(constraints.map((name) => [loose(name), name]));
const ofJsonSchema = new Set(
  'multipleOf uniqueItems required properties additionalProperties patternProperties propertyNames const contains not allOf anyOf oneOf'.split(
    ' ',
  ),
);

/** Avro lets schemas have attributes of their own; one that is meant as a constraint must not be off in silence. */
export function checkAttributeNames(given: Given, report: Report): void {
  for (const name of Object.keys(given)) {
    if (name in appliesTo) continue;
    const meant = byLooseName.get(loose(name));
    if (meant !== undefined) report(name, `is no constraint; did you mean ${meant}?`);
    else if (ofJsonSchema.has(name) || /^(exclusive|minimum|maximum|(min|max)([A-Z_]|$))/.test(name))
      report(name, `is no constraint that is checked; remove it, or use one of: ${constraints.join(', ')}.`);
  }
}

function loose(name: string): string {
  return name.replaceAll(/[_-]/g, '').toLowerCase();
}

/** The type with the constraints that stand beside it; on a union they hold for the branches that they apply to. */
export function constrained(type: PayloadType, given: Given, report: Report): PayloadType {
  const names = constraints.filter((name) => given[name] !== undefined);
  if (names.length === 0) return type;
  const branches = type.kind === 'union' ? type.branches : [type];
  const good = names.filter((name) => {
    if (!branches.some(({ kind }) => appliesTo[name]!.includes(kind)))
      report(name, `does not apply here: it is for ${appliesTo[name]!.join(', ')}.`);
    else return isGood(name, given[name], report);
    return false;
  });
  for (const [min, max] of pairs)
    if (good.includes(min) && good.includes(max) && Number(given[min]) > Number(given[max]))
      report(min, `is more than ${max}: no value fits.`);
  const withRules = (branch: PayloadType): PayloadType => {
    const rules = good
      .filter((name) => appliesTo[name]!.includes(branch.kind))
      .map((name) => ruleOf(name, given[name], branch.kind));
    return 'rules' in branch && rules.length > 0
      ? ({ ...branch, rules: [...branch.rules, ...rules] } as PayloadType)
      : branch;
  };
  return type.kind === 'union' ? { kind: 'union', branches: type.branches.map(withRules) } : withRules(type);
}

function isGood(name: string, value: unknown, report: Report): boolean {
  const refuse = (problem: string): false => (report(name, problem), false);
  if (name === 'minimum' || name === 'maximum')
    return typeof value === 'number' && Number.isFinite(value) ? true : refuse('must be a number.');
  if (name === 'pattern') {
    if (typeof value !== 'string') return refuse('must be a pattern in quotes.');
    const compiled = compilePattern(value);
    return typeof compiled === 'string' ? refuse(compiled) : true;
  }
  if (name === 'format')
    return typeof value === 'string' && formats.has(value)
      ? true
      : refuse(`must be one of ${[...formats.keys()].join(', ')}.`);
  return Number.isSafeInteger(value) && (value as number) >= 0
    ? true
    : refuse('must be a whole number from 0.');
}

function ruleOf(name: string, value: unknown, kind: PayloadType['kind']): Rule<never> {
  const text = `${name} ${String(value).slice(0, 100)}`;
  const limit = value as number;
  const rule = (holds: (value: never) => boolean): Rule<never> => ({ text, holds });
  switch (name) {
    case 'minimum':
      return rule((number: number | bigint) => number >= limit);
    case 'maximum':
      return rule((number: number | bigint) => number <= limit);
    case 'pattern': {
      const pattern = compilePattern(value as string);
      if (typeof pattern === 'string') throw new Error('unreachable');
      return rule((string: string) => pattern.test(string));
    }
    case 'format':
      return rule(formats.get(value as string)!);
    case 'minLength':
      if (kind === 'string') return rule((string: string) => hasCharacters(string, limit));
      return rule((bytes: number) => bytes >= limit);
    case 'maxLength':
      if (kind === 'string') return rule((string: string) => !hasCharacters(string, limit + 1));
      return rule((bytes: number) => bytes <= limit);
    case 'minItems':
      return rule((count: number) => count >= limit);
    default:
      return rule((count: number) => count <= limit);
  }
}

/** Whether a text has that many characters: code points, as in JSON Schema. */
function hasCharacters(text: string, least: number): boolean {
  if (text.length < least) return false;
  if (text.length >= 2 * least) return true;
  let pairs = 0;
  for (let i = 1; i < text.length; i++)
    if ((text.charCodeAt(i) & 0xfc00) === 0xdc00 && (text.charCodeAt(i - 1) & 0xfc00) === 0xd800) pairs++;
  return text.length - pairs >= least;
}
