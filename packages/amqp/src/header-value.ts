// The JSON form of typed AMQP header values inside the seal: they arrive as amqplib itself would deliver them.
import { FormatError, UsageError } from '@sealwire/core';

/**
 * Plain JSON for strings, booleans, null, finite numbers and arrays; everything else is an object with exactly one key:
 * `x` bytes in base64, `t` a nested table, `d` a number that JSON lacks, `T` a timestamp, `D` a decimal [places, digits].
 */
export type HeaderJson =
  string | number | boolean | null | HeaderJson[] | { readonly [tag: string]: unknown };

/** How deep tables and arrays may nest, on both sides. */
const maxDepth = 32;

const integerRanges = new Map<string, readonly [bigint, bigint]>(
  Object.entries({
    byte: [-128n, 127n],
    int8: [-128n, 127n],
    unsignedbyte: [0n, 255n],
    uint8: [0n, 255n],
    short: [-32768n, 32767n],
    int16: [-32768n, 32767n],
    unsignedshort: [0n, 65535n],
    uint16: [0n, 65535n],
    int: [-(2n ** 31n), 2n ** 31n - 1n],
    int32: [-(2n ** 31n), 2n ** 31n - 1n],
    unsignedint: [0n, 2n ** 32n - 1n],
    uint32: [0n, 2n ** 32n - 1n],
    long: [-(2n ** 63n), 2n ** 63n - 1n],
    int64: [-(2n ** 63n), 2n ** 63n - 1n],
    timestamp: [0n, 2n ** 64n - 1n],
  } satisfies Record<string, readonly [bigint, bigint]>),
);

/**
 * Encodes a header value as an application gives it to amqplib, `{ '!': type, value }` included.
 * Uint8Array is carried as bytes (bare amqplib corrupts it).
 * @param name of the top-level header, for the error
 * @throws UsageError ERR_USAGE_HEADER for what amqplib cannot carry either, names like `__proto__`, and too deep nesting
 */
export function encodeHeaderValue(value: unknown, name: string, depth = 0): HeaderJson {
  if (depth > maxDepth) throw unfit(name, `nests deeper than ${maxDepth} levels`);
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      return encodeNumber(value, name);
    case 'object':
      return value === null ? null : encodeObject(value, name, depth);
    default:
      throw unfit(name, `has a ${typeof value} in it`);
  }
}

function encodeNumber(value: number, name: string): HeaderJson {
  if (Number.isFinite(value) && value >= -(2 ** 63)) return value;
  if (value === Infinity) return { d: 'Infinity' };
  throw unfit(name, 'has a number in it that AMQP cannot carry');
}

function encodeObject(value: object, name: string, depth: number): HeaderJson {
  if (Array.isArray(value)) return value.map((item) => encodeHeaderValue(item, name, depth + 1));
  if (value instanceof Uint8Array) return { x: Buffer.from(value).toString('base64') };
  if (Object.hasOwn(value, '!')) return encodeTyped(value as TypedValue, name, depth);
  const table: Record<string, HeaderJson> = {};
  // As amqplib: inherited fields are sent too, undefined ones are not.
  for (const key in value) {
    const item = (value as Record<string, unknown>)[key];
    if (item === undefined) continue;
    checkHeaderName(key);
    table[key] = encodeHeaderValue(item, name, depth + 1);
  }
  return { t: table };
}

interface TypedValue {
  readonly '!': unknown;
  readonly value?: unknown;
}

function encodeTyped(typed: TypedValue, name: string, depth: number): HeaderJson {
  const { '!': type, value } = typed;
  if (type === 'decimal') return encodeDecimal(value, name);
  if (type === 'boolean') return Boolean(value);
  if (type === 'string' && typeof value === 'string') return value;
  if (type === 'float' && typeof value === 'number') return finite(Math.fround(value));
  if ((type === 'double' || type === 'float64') && typeof value === 'number') return finite(value);
  if (type === 'number' || type === 'object') return encodeHeaderValue(value, name, depth + 1);
  const range = typeof type === 'string' ? integerRanges.get(type) : undefined;
  const whole = typeof value === 'bigint' || Number.isInteger(value) ? BigInt(value as number) : null;
  if (range === undefined || whole === null || whole < range[0] || whole > range[1])
    throw unfit(name, 'has a typed value in it that AMQP cannot carry');
  return type === 'timestamp' ? { T: Number(whole) } : Number(whole);
}

function encodeDecimal(value: unknown, name: string): HeaderJson {
  const { places, digits } = (value ?? {}) as { places?: unknown; digits?: unknown };
  if (!isWhole(places, 255) || !isWhole(digits, 2 ** 32 - 1))
    throw unfit(name, 'has a decimal in it that is not { places: 0..255, digits: uint32 }');
  return { D: [places, digits] };
}

const isWhole = (value: unknown, max: number): value is number =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) <= max;

const finite = (value: number): HeaderJson => (Number.isFinite(value) ? value : { d: String(value) });

/** @throws UsageError ERR_USAGE_HEADER for names that no header table can carry safely */
export function checkHeaderName(name: string): void {
  if (name === '__proto__') throw unfit(name, 'would change the prototype of the receiver’s headers');
  if (Buffer.byteLength(name) > 255)
    throw unfit(`${name.slice(0, 32)}…`, 'has a name of more than 255 bytes');
}

function unfit(name: string, why: string): UsageError {
  return new UsageError('ERR_USAGE_HEADER', `The header ${name} cannot be carried: it ${why}.`, {
    header: name,
  });
}

/**
 * The inverse, from a parsed JSON value that an allowed sender sealed but that is not believed to be well-formed.
 * @throws FormatError ERR_FORMAT_BODY
 */
export function decodeHeaderValue(json: unknown, depth = 0): unknown {
  if (depth > maxDepth) throw malformed();
  if (json === null || typeof json !== 'object') return json;
  if (Array.isArray(json)) return json.map((item) => decodeHeaderValue(item, depth + 1));
  const [tag, ...more] = Object.keys(json);
  if (tag === undefined || more.length > 0) throw malformed();
  const value = (json as Record<string, unknown>)[tag];
  if (tag === 'x' && typeof value === 'string') return Buffer.from(value, 'base64');
  if (tag === 't') return decodeTable(value, depth + 1);
  if (tag === 'd') return Number(value);
  if (tag === 'T' && isWhole(value, 2 ** 64)) return { '!': 'timestamp', value };
  if (tag === 'D' && Array.isArray(value)) {
    const [places, digits] = value as unknown[];
    return { '!': 'decimal', value: { places, digits } };
  }
  throw malformed();
}

/** A nested table as an object of its own keys; `__proto__` is left out. @throws FormatError ERR_FORMAT_BODY */
export function decodeTable(json: unknown, depth = 0): Record<string, unknown> {
  if (json === null || typeof json !== 'object' || Array.isArray(json)) throw malformed();
  const table: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(json))
    if (key !== '__proto__') table[key] = decodeHeaderValue(value, depth);
  return table;
}

export function malformed(): FormatError {
  return new FormatError('ERR_FORMAT_BODY', 'The sealed AMQP properties are malformed.');
}
