// Reads an Avro schema: resolves names and namespaces, and says what each value weighs.
import { UsageError } from '@sealwire/core';
import type { AvroNode, Primitive, RecordNode } from './avro-node.js';
import { primitives } from './avro-node.js';
import { namesOf } from './avro-names.js';
import { weigh } from './weigh-avro-nodes.js';
import { isDangerousName } from './dangerous-names.js';

/** A schema nests no deeper than this, so that reading it cannot exhaust the stack. */
const deepest = 100;

type Schema = Readonly<Record<string, unknown>>;

/**
 * Reads a schema as parsed from JSON. Attributes that do not change the bytes (`doc`, `default`, `logicalType`,
 * `order`, `aliases`, constraints) are passed over.
 * @throws UsageError ERR_USAGE_ARGUMENT with its `place`, where it is no Avro schema, where a name is unknown or given
 * twice, where a field is called `__proto__`, `constructor` or `prototype`, or where no finite value exists
 */
export function readAvroSchema(schema: unknown): AvroNode {
  const reader = new SchemaReader();
  const root = reader.read(schema, '', '', 0);
  weigh(reader.nodes);
  for (const { leastBytes, place } of reader.nodes)
    if (leastBytes === Infinity) refuse(place, 'it holds itself in every case, so that no value is finite');
  return root;
}

class SchemaReader {
  readonly nodes: AvroNode[] = [];
  readonly #named = new Map<string, AvroNode>();

  read(schema: unknown, namespace: string, place: string, depth: number): AvroNode {
    if (depth > deepest) refuse(place, `it nests deeper than ${String(deepest)}`);
    if (typeof schema === 'string') return this.#reference(schema, namespace, place);
    if (Array.isArray(schema)) return this.#union(schema, namespace, place, depth);
    if (typeof schema !== 'object' || schema === null)
      return refuse(place, 'a type is a name, object or array');
    const given = schema as Schema;
    switch (given['type']) {
      case 'array':
      case 'map': {
        const [from, mark] =
          given['type'] === 'array' ? (['items', '[]'] as const) : (['values', '{}'] as const);
        const items = this.read(given[from], namespace, place + mark, depth + 1);
        return this.#add({ kind: given['type'], items, place, leastBytes: Infinity, values: 1 });
      }
      case 'record':
      case 'error':
        return this.#record(given, namespace, place, depth);
      case 'enum':
        return this.#enum(given, namespace, place);
      case 'fixed':
        return this.#fixed(given, namespace, place);
      default:
        return this.read(given['type'], namespace, place, depth + 1);
    }
  }

  #add<Node extends AvroNode>(node: Node): Node {
    this.nodes.push(node);
    return node;
  }

  #reference(name: string, namespace: string, place: string): AvroNode {
    if ((primitives as readonly string[]).includes(name))
      return this.#add({ kind: name as Primitive, place, leastBytes: Infinity, values: 1 });
    const qualified = name.includes('.') || namespace === '' ? name : `${namespace}.${name}`;
    const node =
      this.#named.get(qualified) ??
      this.#named.get(name) ??
      refuse(place, 'it names a type that is not defined before it');
    // A record is where it is named; an enum or fixed is where it is used.
    return node.kind === 'record' ? node : this.#add({ ...node, place });
  }

  #union(schema: readonly unknown[], namespace: string, place: string, depth: number): AvroNode {
    if (schema.length === 0) refuse(place, 'a union has at least one branch');
    const branches = schema.map((branch) => {
      if (Array.isArray(branch)) refuse(place, 'a union stands directly in a union');
      return this.read(branch, namespace, place, depth + 1);
    });
    return this.#add({ kind: 'union', branches, place, leastBytes: Infinity, values: 1 });
  }

  #record(schema: Schema, namespace: string, place: string, depth: number): AvroNode {
    const names = namesOf(schema, namespace) ?? refuse(place, 'a record has no valid name');
    const node = this.#define<RecordNode>(names.full, {
      kind: 'record',
      fields: [],
      place: names.full,
      leastBytes: Infinity,
      values: 1,
    });
    const fields = schema['fields'];
    if (!Array.isArray(fields)) return refuse(names.full, 'a record lists its fields');
    const seen = new Set<string>();
    for (const field of fields as unknown[]) {
      const { name, type } = (field ?? {}) as Schema;
      if (typeof name !== 'string' || !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
        return refuse(names.full, 'a field has no valid name');
      const at = `${names.full}.${name}`;
      if (isDangerousName(name)) refuse(at, 'a field must not have this name');
      if (seen.has(name)) refuse(at, 'a field is there twice');
      seen.add(name);
      node.fields.push(this.read(type, names.namespace, at, depth + 1));
    }
    return node;
  }

  #enum(schema: Schema, namespace: string, place: string): AvroNode {
    const names = namesOf(schema, namespace) ?? refuse(place, 'an enum has no valid name');
    const symbols: unknown = schema['symbols'];
    if (
      !Array.isArray(symbols) ||
      symbols.length === 0 ||
      !symbols.every((symbol) => typeof symbol === 'string')
    )
      return refuse(place, 'an enum lists its symbols');
    if (new Set(symbols).size < symbols.length) refuse(place, 'a symbol is there twice');
    return this.#define(names.full, {
      kind: 'enum',
      symbols: symbols.length,
      place,
      leastBytes: Infinity,
      values: 1,
    });
  }

  #fixed(schema: Schema, namespace: string, place: string): AvroNode {
    const names = namesOf(schema, namespace) ?? refuse(place, 'a fixed has no valid name');
    const bytes: unknown = schema['size'];
    if (!Number.isSafeInteger(bytes) || (bytes as number) < 0) refuse(place, 'a fixed has a size');
    return this.#define(names.full, {
      kind: 'fixed',
      bytes: bytes as number,
      place,
      leastBytes: Infinity,
      values: 1,
    });
  }

  #define<Node extends AvroNode>(fullName: string, node: Node): Node {
    if (this.#named.has(fullName)) refuse(node.place, 'a type is defined twice');
    this.#named.set(fullName, node);
    return this.#add(node);
  }
}

function refuse(place: string, what: string): never {
  const where = place === '' ? 'the schema' : place;
  throw new UsageError(
    'ERR_USAGE_ARGUMENT',
    `This is no Avro schema: at ${where}, ${what}. Mend the schema.`,
    {
      place,
    },
  );
}
