// An Avro schema as payloads are held to it: its types, with their constraints.

/** One constraint, in the words of the schema. */
export interface Rule<Value> {
  /** `maxLength 100` */
  readonly text: string;
  holds(value: Value): boolean;
}

export interface PlainType {
  readonly kind: 'null' | 'boolean';
}
export interface NumberType {
  readonly kind: 'int' | 'long' | 'float' | 'double';
  readonly rules: readonly Rule<number | bigint>[];
}
export interface StringType {
  readonly kind: 'string';
  readonly rules: readonly Rule<string>[];
}
export interface BytesType {
  readonly kind: 'bytes';
  /** On the number of bytes. */
  readonly rules: readonly Rule<number>[];
}
export interface FixedType {
  readonly kind: 'fixed';
  readonly name: string;
  readonly aliases: readonly string[];
  readonly size: number;
}
export interface EnumType {
  readonly kind: 'enum';
  readonly name: string;
  readonly aliases: readonly string[];
  readonly symbols: readonly string[];
  /** What a reader takes for a symbol that it does not know. */
  readonly fallback: string | null;
}
export interface ArrayType {
  readonly kind: 'array';
  readonly items: PayloadType;
  /** On the number of items. */
  readonly rules: readonly Rule<number>[];
}
export interface MapType {
  readonly kind: 'map';
  readonly values: PayloadType;
  /** On the number of entries. */
  readonly rules: readonly Rule<number>[];
}
export interface UnionType {
  readonly kind: 'union';
  readonly branches: readonly PayloadType[];
}
export interface FieldType {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly type: PayloadType;
  /** JSON may leave such a field out, and a reader need not find it. */
  readonly hasDefault: boolean;
}
export interface RecordType {
  readonly kind: 'record';
  readonly name: string;
  readonly aliases: readonly string[];
  /** Filled after it is named, because it may hold itself. */
  readonly fields: FieldType[];
}

export type NamedType = FixedType | EnumType | RecordType;
export type PayloadType =
  PlainType | NumberType | StringType | BytesType | ArrayType | MapType | UnionType | NamedType;
