// Reads an Avro schema with its constraints, and tells everything that is wrong with it.
import { namesOf } from './avro-names.js';
import { primitives } from './avro-node.js';
import { isDangerousName } from './dangerous-names.js';
import { defaultFits } from './default-fits.js';
import { escaped } from './located-json.js';
import type { EnumType, FieldType, NamedType, PayloadType, RecordType } from './payload-type.js';
import { checkAttributeNames, constrained } from './rules.js';
import type { SchemaProblem } from './schema-problems.js';

type Given = Readonly<Record<string, unknown>>;

/** Stands for what could not be read, so that reading goes on. */
const unread: PayloadType = { kind: 'null' };
const identifier = /^[A-Za-z_][A-Za-z0-9_]*$/;

export function readPayloadType(schema: unknown): {
  readonly type: PayloadType;
  readonly problems: readonly SchemaProblem[];
} {
  const reader = new Reader();
  const type = reader.read(schema, '', '');
  reader.checkDefaults();
  return { type, problems: reader.problems };
}

class Reader {
  readonly problems: SchemaProblem[] = [];
  readonly #named = new Map<string, NamedType>();
  readonly #defaults: (() => void)[] = [];

  /** Once all types are whole. */
  checkDefaults(): void {
    for (const check of this.#defaults) check();
  }

  #problem(pointer: string, text: string): PayloadType {
    this.problems.push({ pointer, text });
    return unread;
  }

  read(schema: unknown, namespace: string, pointer: string): PayloadType {
    if (typeof schema === 'string') return this.#reference(schema, namespace, pointer);
    if (Array.isArray(schema)) return this.#union(schema, namespace, pointer);
    if (typeof schema !== 'object' || schema === null)
      return this.#problem(pointer, 'must be a type: a name, an object or a list of types.');
    const given = schema as Given;
    const report = (attribute: string, text: string): void =>
      void this.#problem(`${pointer}/${escaped(attribute)}`, text);
    checkAttributeNames(given, report);
    return constrained(this.#defined(given, namespace, pointer), given, report);
  }

  #defined(given: Given, namespace: string, pointer: string): PayloadType {
    switch (given['type']) {
      case 'array':
        return { kind: 'array', items: this.read(given['items'], namespace, `${pointer}/items`), rules: [] };
      case 'map':
        return {
          kind: 'map',
          values: this.read(given['values'], namespace, `${pointer}/values`),
          rules: [],
        };
      case 'record':
      case 'error':
      case 'enum':
      case 'fixed':
        return this.#namedType(given, namespace, pointer);
      case undefined:
        return this.#problem(pointer, 'lacks "type".');
      default:
        return this.read(given['type'], namespace, `${pointer}/type`);
    }
  }

  #reference(name: string, namespace: string, pointer: string): PayloadType {
    if ((primitives as readonly string[]).includes(name))
      return name === 'null' || name === 'boolean'
        ? { kind: name }
        : ({ kind: name, rules: [] } as unknown as PayloadType);
    const qualified = name.includes('.') || namespace === '' ? name : `${namespace}.${name}`;
    return (
      this.#named.get(qualified) ??
      this.#named.get(name) ??
      this.#problem(pointer, 'names a type that is not defined before it; correct the name, or define it.')
    );
  }

  #union(schema: readonly unknown[], namespace: string, pointer: string): PayloadType {
    if (schema.length === 0) return this.#problem(pointer, 'is a union of nothing; list its types.');
    const seen = new Set<string>();
    const branches = schema.map((branch, i) => {
      const place = `${pointer}/${i}`;
      if (Array.isArray(branch))
        return this.#problem(place, 'is a union in a union; put its types into one.');
      const count = this.problems.length;
      const type = this.read(branch, namespace, place);
      const name = 'name' in type ? type.name : type.kind;
      if (this.problems.length === count && seen.has(name))
        this.#problem(place, 'is a type that the union already has; keep one.');
      seen.add(name);
      return type;
    });
    return { kind: 'union', branches };
  }

  #namedType(given: Given, enclosing: string, pointer: string): PayloadType {
    const names = namesOf(given, enclosing);
    if (names === null)
      this.#problem(pointer, 'has no valid "name"; give it one of letters, digits and "_".');
    const { full: name, namespace } = names ?? { full: '', namespace: enclosing };
    const aliases = this.#aliases(given, pointer).map((alias) =>
      alias.includes('.') || namespace === '' ? alias : `${namespace}.${alias}`,
    );
    const define = <Type extends NamedType>(type: Type): Type => {
      if (name === '') return type;
      if (this.#named.has(name))
        this.#problem(`${pointer}/name`, 'is defined already; rename one of the two.');
      this.#named.set(name, type);
      return type;
    };
    if (given['type'] === 'fixed') {
      const size = given['size'];
      if (!Number.isSafeInteger(size) || (size as number) < 0)
        this.#problem(`${pointer}/size`, 'must be a whole number of bytes.');
      return define({ kind: 'fixed', name, aliases, size: size as number });
    }
    if (given['type'] === 'enum') return define(this.#enum(given, pointer, name, aliases));
    const record = define<RecordType>({ kind: 'record', name, aliases, fields: [] });
    const fields = given['fields'];
    if (!Array.isArray(fields)) return this.#problem(`${pointer}/fields`, 'must be a list of fields.');
    const seen = new Set<string>();
    fields.forEach((field: unknown, i) => {
      const read = this.#field(field, namespace, `${pointer}/fields/${i}`);
      if (read === null) return;
      if (seen.has(read.name))
        this.#problem(`${pointer}/fields/${i}/name`, 'stands twice; rename one field.');
      seen.add(read.name);
      record.fields.push(read);
    });
    return record;
  }

  #enum(given: Given, pointer: string, name: string, aliases: readonly string[]): EnumType {
    const listed = given['symbols'];
    const symbols = Array.isArray(listed) ? listed.map(String) : [];
    const fallback = given['default'];
    if (symbols.length === 0 || !symbols.every((symbol) => identifier.test(symbol)))
      this.#problem(`${pointer}/symbols`, 'must be a list of names of letters, digits and "_".');
    else if (new Set(symbols).size < symbols.length)
      this.#problem(`${pointer}/symbols`, 'has a symbol twice; remove one.');
    if (fallback !== undefined && !symbols.includes(fallback as string))
      this.#problem(`${pointer}/default`, 'must be one of the symbols.');
    return { kind: 'enum', name, aliases, symbols, fallback: (fallback as string | undefined) ?? null };
  }

  #field(field: unknown, namespace: string, pointer: string): FieldType | null {
    if (typeof field !== 'object' || field === null || Array.isArray(field)) {
      this.#problem(pointer, 'must be a field: { "name": …, "type": … }.');
      return null;
    }
    const given = field as Given;
    const name = given['name'];
    const report = (attribute: string, text: string): void =>
      void this.#problem(`${pointer}/${escaped(attribute)}`, text);
    checkAttributeNames(given, report);
    if (given['type'] === undefined) this.#problem(pointer, 'lacks "type".');
    const inner =
      given['type'] === undefined ? unread : this.read(given['type'], namespace, `${pointer}/type`);
    const type = constrained(inner, given, report);
    if (typeof name !== 'string' || !identifier.test(name) || isDangerousName(name)) {
      report('name', 'must be a name of letters, digits and "_", and none that reaches a prototype.');
      return null;
    }
    const hasDefault = Object.hasOwn(given, 'default');
    if (hasDefault)
      this.#defaults.push(() => {
        if (!defaultFits(type, given['default'])) report('default', 'is no value of the field’s type.');
      });
    return { name, aliases: this.#aliases(given, pointer), type, hasDefault };
  }

  #aliases(given: Given, pointer: string): readonly string[] {
    const aliases = given['aliases'] ?? [];
    if (Array.isArray(aliases) && aliases.every((alias) => typeof alias === 'string')) return aliases;
    this.#problem(`${pointer}/aliases`, 'must be a list of names.');
    return [];
  }
}
