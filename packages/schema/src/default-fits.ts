// Whether a default in a schema is a value of its type, in the encoding that Avro has for defaults.
import type { PayloadType } from './payload-type.js';

/** Bytes are text of characters up to U+00FF there; a union's default may be of any branch (Avro 1.12). */
export function defaultFits(type: PayloadType, value: unknown): boolean {
  switch (type.kind) {
    case 'null':
      return value === null;
    case 'boolean':
      return typeof value === 'boolean';
    case 'int':
      return Number.isInteger(value) && value === ((value as number) | 0);
    case 'long':
      return Number.isInteger(value);
    case 'float':
    case 'double':
      return typeof value === 'number' || ['NaN', 'Infinity', '-Infinity'].includes(value as string);
    case 'string':
      return typeof value === 'string';
    case 'bytes':
      return isLatin(value);
    case 'fixed':
      return isLatin(value) && value.length === type.size;
    case 'enum':
      return type.symbols.includes(value as string);
    case 'array':
      return Array.isArray(value) && value.every((item) => defaultFits(type.items, item));
    case 'map':
      return isObject(value) && Object.values(value).every((item) => defaultFits(type.values, item));
    case 'union':
      return type.branches.some((branch) => defaultFits(branch, value));
    case 'record':
      return (
        isObject(value) &&
        type.fields.every(({ name, type: inner, hasDefault }) =>
          Object.hasOwn(value, name) ? defaultFits(inner, value[name]) : hasDefault,
        )
      );
  }
}

const isLatin = (value: unknown): value is string =>
  typeof value === 'string' && /^[\x00-\xff]*$/.test(value);

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
