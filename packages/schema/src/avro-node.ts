// An Avro schema once it is read: names are resolved, what the bytes do not depend on is dropped.

interface Common {
  /** Where it stands in the schema, for errors: `Order.lines[].price`. Never from a payload. */
  readonly place: string;
  /** The fewest bytes that a value takes; Infinity while unknown, or where no finite value exists. */
  leastBytes: number;
  /** How many values a decoder makes of one that takes no bytes; 1 for all others. */
  values: number;
}

export const primitives = ['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string'] as const;
export type Primitive = (typeof primitives)[number];

export interface PrimitiveNode extends Common {
  readonly kind: Primitive;
}
export interface FixedNode extends Common {
  readonly kind: 'fixed';
  readonly bytes: number;
}
export interface EnumNode extends Common {
  readonly kind: 'enum';
  readonly symbols: number;
}
export interface ArrayNode extends Common {
  readonly kind: 'array';
  readonly items: AvroNode;
}
export interface MapNode extends Common {
  readonly kind: 'map';
  readonly items: AvroNode;
}
export interface UnionNode extends Common {
  readonly kind: 'union';
  readonly branches: readonly AvroNode[];
}
export interface RecordNode extends Common {
  readonly kind: 'record';
  /** Filled after it is named, because it may hold itself. */
  readonly fields: AvroNode[];
}

export type AvroNode = PrimitiveNode | FixedNode | EnumNode | ArrayNode | MapNode | UnionNode | RecordNode;
