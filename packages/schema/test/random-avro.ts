// Random Avro schemas with values of them, for fast-check; values are as avsc takes them with wrapUnions: 'always'.
import fc from 'fast-check';

export type Json = string | { readonly [key: string]: unknown } | readonly Json[];

/** A shape has no names yet: names must differ over a whole schema. */
type Shape =
  | { readonly kind: 'primitive'; readonly type: string }
  | { readonly kind: 'fixed'; readonly size: number }
  | { readonly kind: 'enum'; readonly symbols: number }
  | { readonly kind: 'array' | 'map'; readonly items: Shape }
  | { readonly kind: 'union'; readonly branches: readonly Shape[] }
  | { readonly kind: 'record'; readonly fields: readonly Shape[]; readonly self: boolean };

const primitive = fc
  .constantFrom('null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string')
  .map((type): Shape => ({ kind: 'primitive', type }));
const fixed = fc.integer({ min: 1, max: 20 }).map((size): Shape => ({ kind: 'fixed', size }));
const enumeration = fc.integer({ min: 1, max: 70 }).map((symbols): Shape => ({ kind: 'enum', symbols }));

const kindOf = (shape: Shape): string =>
  shape.kind === 'primitive'
    ? shape.type
    : ['record', 'enum', 'fixed'].includes(shape.kind)
      ? `${shape.kind}${String(Math.random())}`
      : shape.kind;

const { shape: anyShape } = fc.letrec<{ shape: Shape }>((tie) => ({
  shape: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    primitive,
    fixed,
    enumeration,
    tie('shape').map((items): Shape => ({ kind: 'array', items })),
    tie('shape').map((items): Shape => ({ kind: 'map', items })),
    fc
      .uniqueArray(
        tie('shape').filter((branch) => branch.kind !== 'union'),
        { minLength: 1, maxLength: 4, selector: kindOf },
      )
      .map((branches): Shape => ({ kind: 'union', branches })),
    fc
      .tuple(fc.array(tie('shape'), { maxLength: 5 }), fc.boolean())
      .map(([fields, self]): Shape => ({ kind: 'record', fields, self })),
  ),
}));

interface Named {
  readonly schema: Json;
  /** The key of a wrapped union value. */
  readonly branch: string;
  readonly value: fc.Arbitrary<unknown>;
}

const longs = fc.oneof(
  fc.integer({ min: -70, max: 70 }),
  fc.integer({ min: -(2 ** 52), max: Number.MAX_SAFE_INTEGER - 1 }),
);
const values: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  null: fc.constant(null),
  boolean: fc.boolean(),
  int: fc.oneof(fc.integer({ min: -70, max: 70 }), fc.integer()),
  long: longs,
  float: fc.float(),
  double: fc.double(),
  bytes: fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
  string: fc.string({ unit: 'binary', maxLength: 70 }),
};
const keys = fc
  .string({ unit: 'binary', maxLength: 12 })
  .filter((key) => !['__proto__', 'constructor', 'prototype'].includes(key));

function name(shape: Shape, next: () => string): Named {
  switch (shape.kind) {
    case 'primitive':
      return { schema: shape.type, branch: shape.type, value: values[shape.type]! };
    case 'fixed': {
      const branch = next();
      const { size } = shape;
      const value = fc.uint8Array({ minLength: size, maxLength: size }).map((bytes) => Buffer.from(bytes));
      return { schema: { type: 'fixed', name: branch, size }, branch, value };
    }
    case 'enum': {
      const branch = next();
      const symbols = Array.from({ length: shape.symbols }, (_, i) => `S${String(i)}`);
      return { schema: { type: 'enum', name: branch, symbols }, branch, value: fc.constantFrom(...symbols) };
    }
    case 'array': {
      const { schema, value } = name(shape.items, next);
      return {
        schema: { type: 'array', items: schema },
        branch: 'array',
        value: fc.array(value, { maxLength: 5 }),
      };
    }
    case 'map': {
      const { schema, value } = name(shape.items, next);
      const entries = fc.uniqueArray(fc.tuple(keys, value), { maxLength: 5, selector: ([key]) => key });
      return {
        schema: { type: 'map', values: schema },
        branch: 'map',
        value: entries.map((pairs) => Object.fromEntries(pairs)),
      };
    }
    case 'union': {
      const branches = shape.branches.map((branch) => name(branch, next));
      const wrapped = branches.map(({ branch, value }) =>
        branch === 'null' ? value : value.map((inner) => ({ [branch]: inner })),
      );
      return { schema: branches.map(({ schema }) => schema), branch: 'union', value: fc.oneof(...wrapped) };
    }
    case 'record': {
      const branch = next();
      const fields = shape.fields.map((field) => name(field, next));
      const schemas = fields.map(({ schema }, i) => ({ name: `f${String(i)}`, type: schema }));
      const own = fc.tuple(...fields.map(({ value }) => value));
      const build = (given: readonly unknown[], inner?: unknown): unknown => ({
        ...Object.fromEntries(given.map((value, i) => [`f${String(i)}`, value])),
        ...(shape.self ? { self: inner === undefined ? null : { [branch]: inner } } : {}),
      });
      const value = shape.self
        ? fc
            .array(own, { minLength: 1, maxLength: 4 })
            .map((chain) => chain.reduce<unknown>((inner, one) => build(one, inner), undefined))
        : own.map((one) => build(one));
      const all = shape.self ? [...schemas, { name: 'self', type: ['null', branch] }] : schemas;
      return { schema: { type: 'record', name: branch, fields: all }, branch, value };
    }
  }
}

/** A schema of every kind of type, records that hold themselves too, and up to `most` values of it. */
export function schemaWithValues(most: number): fc.Arbitrary<{ schema: Json; values: unknown[] }> {
  return anyShape.chain((shape) => {
    let count = 0;
    const { schema, value } = name(shape, () => `ns.T${String(count++)}`);
    return fc.array(value, { minLength: 1, maxLength: most }).map((all) => ({ schema, values: all }));
  });
}
