// JSON Schema (draft 2020-12) for those who have their messages described by it.
import ajvModule, { type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import type { ValueCheck } from './check-value.js';
import type { Findings } from './findings.js';
import { formats } from './formats.js';
import { canonicalJson } from './canonical-json.js';
import { stepKeyword, walkJsonSchema } from './json-schema-walk.js';
import { compilePattern } from './pattern.js';
import type { SchemaProblem } from './schema-problems.js';

const { Ajv2020 } = ajvModule;

const draft = 'https://json-schema.org/draft/2020-12/schema';
/** Listing all that is wrong makes an object for each: only for payloads of so many values. */
const maxValuesListed = 10_000;

/** @returns the check, or everything that is wrong with the schema */
export function compileJsonSchema(schema: unknown): ValueCheck | readonly SchemaProblem[] {
  if (typeof schema !== 'object' || schema === null || Array.isArray(schema))
    return [{ pointer: '', text: 'must be an object.' }];
  const declared = (schema as Readonly<Record<string, unknown>>)['$schema'];
  if (declared !== undefined && declared !== draft)
    return [{ pointer: '/$schema', text: `must be ${draft}, or be left out.` }];
  const budget: Budget = { found: null };
  const first = newAjv(false, budget);
  const thorough = newAjv(true, budget);
  const walked = walkJsonSchema(schema, (keyword) => first.getKeyword(keyword) !== false);
  const problems = [...walked.problems];
  if (thorough.validateSchema(schema) !== true) problems.push(...metaProblems(thorough.errors ?? []));
  if (problems.length > 0) return problems;
  try {
    return checkOf(
      first.compile(walked.schema as object),
      thorough.compile(walked.schema as object),
      walked.names,
      budget,
    );
  } catch (error) {
    const text = (error instanceof Error ? error.message : String(error)).replace(/^strict mode: /, '');
    return [{ pointer: '', text: `does not compile: ${text.slice(0, 300)}` }];
  }
}

/** Whose steps are being counted. Checks run to their end at once, so one is enough. */
interface Budget {
  found: Findings | null;
}

function newAjv(allErrors: boolean, budget: Budget) {
  const ajv = new Ajv2020({
    strict: true,
    strictTypes: true,
    strictTuples: true,
    strictRequired: false,
    allowUnionTypes: true,
    allErrors,
    // Inherited names such as toString are no members.
    ownProperties: true,
    logger: false,
    code: { regExp: Object.assign(linear, { code: 'linear' }) },
  });
  for (const [name, test] of formats) ajv.addFormat(name, test);
  // Of patterns in schemas, which are judged already.
  ajv.addFormat('regex', true);
  ajv.addKeyword({
    keyword: stepKeyword,
    schemaType: 'boolean',
    // Behind it the recursion would come first, and no step be counted until it ends.
    before: '$ref',
    validate: () => (budget.found?.step(), true),
    errors: false,
  });
  // Its own compares all with all.
  ajv.removeKeyword('uniqueItems');
  ajv.addKeyword({
    keyword: 'uniqueItems',
    type: 'array',
    schemaType: 'boolean',
    validate: (wanted: boolean, items: readonly unknown[]) =>
      !wanted || new Set(items.map(canonicalJson)).size === items.length,
  });
  return ajv;
}

/** Ajv tells patterns apart by what they are as text. */
function linear(source: string): { test(text: string): boolean; toString(): string } {
  const pattern = compilePattern(source);
  if (typeof pattern === 'string') throw new Error(`the pattern ${pattern}`);
  return { test: (text) => pattern.test(text), toString: () => `linear:${source}` };
}

function metaProblems(errors: readonly ErrorObject[]): readonly SchemaProblem[] {
  return errors
    .filter(({ keyword }) => keyword !== 'anyOf')
    .map(({ instancePath, message }) => ({ pointer: instancePath, text: `${message ?? 'is not valid'}.` }));
}

function checkOf(
  quick: ValidateFunction,
  thorough: ValidateFunction,
  names: ReadonlySet<string>,
  budget: Budget,
): ValueCheck {
  return (value, found) => {
    budget.found = found;
    try {
      if (quick(value)) return;
      let errors = quick.errors ?? [];
      if (isSmall(value) && !thorough(value)) errors = thorough.errors ?? errors;
      for (const error of errors) found.addAt([...found.path, ...pathOf(error, value, names)], ruleOf(error));
    } finally {
      budget.found = null;
      quick.errors = thorough.errors = null;
    }
  };
}

/** Names that the schema does not have are the payload’s own words. */
function pathOf(
  { instancePath }: ErrorObject,
  root: unknown,
  names: ReadonlySet<string>,
): (string | number)[] {
  let part = root;
  return instancePath
    .split('/')
    .slice(1)
    .map((step) => {
      const name = step.replaceAll('~1', '/').replaceAll('~0', '~');
      const inArray = Array.isArray(part);
      part = (part as Readonly<Record<string, unknown>>)[name];
      if (inArray) return Number(name);
      return names.has(name) ? name : '*';
    });
}

/** What the schema says, never what the payload does. */
function ruleOf({ keyword, params }: ErrorObject): string {
  const { limit, type, format, pattern, missingProperty } = params as Readonly<Record<string, unknown>>;
  const said = limit ?? type ?? format ?? pattern ?? missingProperty;
  return said === undefined ? keyword : `${keyword} ${`${said as string | number}`.slice(0, 100)}`;
}

function isSmall(value: unknown): boolean {
  let left = maxValuesListed;
  const walk = (part: unknown): void => {
    if (--left < 0 || typeof part !== 'object' || part === null) return;
    for (const inner of Object.values(part)) walk(inner);
  };
  walk(value);
  return left >= 0;
}
