// Holds plain JSON to an Avro schema.
import type { Findings } from './findings.js';
import type { PayloadType, RecordType, Rule, UnionType } from './payload-type.js';

/** Adds what is wrong with a value to the findings. */
export type ValueCheck = (value: unknown, found: Findings) => void;

/**
 * Compiles the check. Plain JSON: records and maps are objects, `bytes` and `fixed` are base64 (RFC 4648 §4, padded),
 * enums are their symbols, and a union is the plain value of one branch. Where several branches take the same kind of
 * JSON, exactly one of them must fit.
 */
export function checkValue(type: PayloadType): ValueCheck {
  return new Compiler().compile(type);
}

type Json = 'null' | 'boolean' | 'number' | 'string' | 'array' | 'object';

const jsonOf: Readonly<Record<Exclude<PayloadType['kind'], 'union'>, Json>> = {
  null: 'null',
  boolean: 'boolean',
  int: 'number',
  long: 'number',
  float: 'number',
  double: 'number',
  string: 'string',
  bytes: 'string',
  fixed: 'string',
  enum: 'string',
  array: 'array',
  map: 'object',
  record: 'object',
};

const loneSurrogate = /\p{Surrogate}/u;
const largestFloat = 3.4028234663852886e38;
const numberTexts = {
  int: 'int',
  long: 'long, at most 2^53 − 1 either way (beyond that JSON readers disagree)',
  float: 'float',
  double: 'double',
} as const;
const isNumber = {
  int: (value: number) => value === (value | 0),
  long: (value: number) => Number.isSafeInteger(value),
  float: (value: number) => Math.abs(value) <= largestFloat,
  double: (value: number) => Number.isFinite(value),
} as const;

class Compiler {
  /** Records may hold themselves. */
  readonly #records = new Map<RecordType, ValueCheck>();

  compile(type: PayloadType): ValueCheck {
    switch (type.kind) {
      case 'null':
        return (value, found) => {
          if (value !== null) found.add('null');
        };
      case 'boolean':
        return (value, found) => {
          if (typeof value !== 'boolean') found.add('boolean');
        };
      case 'int':
      case 'long':
      case 'float':
      case 'double': {
        const { kind, rules } = type;
        const fits = isNumber[kind];
        return (value, found) => {
          if (typeof value === 'number' && fits(value)) checkRules(rules, value, found);
          else found.add(numberTexts[kind]);
        };
      }
      case 'string': {
        const { rules } = type;
        return (value, found) => {
          if (typeof value !== 'string') found.add('string');
          else if (loneSurrogate.test(value)) found.add('string of whole characters');
          else checkRules(rules, value, found);
        };
      }
      case 'bytes':
      case 'fixed':
        return bytesCheck(type.kind === 'bytes' ? type.rules : [sizeRule(type.size)]);
      case 'enum': {
        const symbols = new Set<unknown>(type.symbols);
        return (value, found) => {
          if (!symbols.has(value)) found.add('one of the symbols of the enum');
        };
      }
      case 'array': {
        const item = this.compile(type.items);
        const { rules } = type;
        return (value, found) => {
          if (!Array.isArray(value)) {
            found.add('array');
            return;
          }
          checkRules(rules, value.length, found);
          for (let i = 0; i < value.length; i++) {
            found.path.push(i);
            item(value[i], found);
            found.path.pop();
          }
        };
      }
      case 'map': {
        const inner = this.compile(type.values);
        const { rules } = type;
        return (value, found) => {
          if (jsonKind(value) !== 'object') {
            found.add('object');
            return;
          }
          const values = Object.values(value as object) as unknown[];
          checkRules(rules, values.length, found);
          found.path.push('*');
          for (const one of values) inner(one, found);
          found.path.pop();
        };
      }
      case 'record':
        return this.#record(type);
      case 'union':
        return this.#union(type);
    }
  }

  #record(type: RecordType): ValueCheck {
    const known = this.#records.get(type);
    if (known !== undefined) return known;
    const fields: { name: string; required: boolean; check: ValueCheck }[] = [];
    const check: ValueCheck = (value, found) => {
      found.step();
      if (jsonKind(value) !== 'object') {
        found.add('object');
        return;
      }
      const object = value as Readonly<Record<string, unknown>>;
      let present = 0;
      for (const field of fields) {
        if (Object.hasOwn(object, field.name)) {
          present++;
          found.path.push(field.name);
          field.check(object[field.name], found);
          found.path.pop();
        } else if (field.required) {
          found.path.push(field.name);
          found.add('required');
          found.path.pop();
        }
      }
      const unexpected = Object.keys(object).length - present;
      if (unexpected > 0) found.add(`no fields but the schema’s (${unexpected} unexpected)`);
    };
    this.#records.set(type, check);
    for (const { name, hasDefault, type: inner } of type.fields)
      fields.push({ name, required: !hasDefault, check: this.compile(inner) });
    return check;
  }

  #union({ branches }: UnionType): ValueCheck {
    const byKind = new Map<Json, ValueCheck[]>();
    for (const branch of branches) {
      const kind = jsonOf[branch.kind as Exclude<PayloadType['kind'], 'union'>];
      byKind.set(kind, [...(byKind.get(kind) ?? []), this.compile(branch)]);
    }
    const names = branches.map((branch) => ('name' in branch ? branch.name : branch.kind)).join(', ');
    return (value, found) => {
      const checks = byKind.get(jsonKind(value));
      if (checks === undefined) {
        found.add(`one of ${names}`);
        return;
      }
      if (checks.length === 1) {
        checks[0]!(value, found);
        return;
      }
      let fitting = 0;
      for (const check of checks) if (found.passes(() => check(value, found))) fitting++;
      if (fitting !== 1) found.add(`${fitting === 0 ? 'one' : 'only one'} of ${names}`);
    };
  }
}

const sizeRule = (size: number): Rule<number> => ({
  text: `fixed of ${size} bytes`,
  holds: (bytes) => bytes === size,
});

function bytesCheck(rules: readonly Rule<number>[]): ValueCheck {
  return (value, found) => {
    if (typeof value !== 'string') {
      found.add('bytes in base64');
      return;
    }
    const bytes = Buffer.from(value, 'base64');
    // Node passes over what is no base64: what comes back tells.
    if (bytes.toString('base64') !== value) {
      found.add('bytes in base64');
      return;
    }
    checkRules(rules, bytes.length, found);
  };
}

function checkRules<Value>(rules: readonly Rule<Value>[], value: Value, found: Findings): void {
  for (const rule of rules) if (!rule.holds(value)) found.add(rule.text);
}

function jsonKind(value: unknown): Json {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value as Json;
}
