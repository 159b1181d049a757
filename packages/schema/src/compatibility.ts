// Whether a reader of one schema reads what another wrote (Avro specification, “Schema Resolution”).
import type { EnumType, NamedType, PayloadType, RecordType } from './payload-type.js';

const promotions: Readonly<Record<string, readonly string[]>> = {
  int: ['long', 'float', 'double'],
  long: ['float', 'double'],
  float: ['double'],
  string: ['bytes'],
  bytes: ['string'],
};

/**
 * Everything that keeps a reader from reading whatever the writer's schema allows; empty where nothing does.
 * Types are the same by unqualified name or by an alias of the reader. Constraints are not Avro's and not looked at.
 */
export function incompatibilities(reader: PayloadType, writer: PayloadType): readonly string[] {
  const found = new Set<string>();
  new Resolution((path, text) => found.add(`${path === '' ? '/' : path}: ${text}`)).resolve(
    reader,
    writer,
    '',
  );
  return [...found];
}

class Resolution {
  readonly #report: (path: string, text: string) => void;
  /** Pairs that are being compared: types may hold themselves. */
  readonly #begun = new Map<PayloadType, Set<PayloadType>>();

  constructor(report: (path: string, text: string) => void) {
    this.#report = report;
  }

  resolve(reader: PayloadType, writer: PayloadType, path: string): void {
    if (writer.kind === 'union') {
      for (const branch of writer.branches) this.resolve(reader, branch, path);
      return;
    }
    if (reader.kind === 'union') {
      this.#anyOf(reader.branches, writer, path);
      return;
    }
    if (reader.kind !== writer.kind) {
      if (promotions[writer.kind]?.includes(reader.kind) !== true)
        this.#report(path, `${nameOf(writer)} cannot be read as ${nameOf(reader)}`);
      return;
    }
    if ('name' in reader && !sameName(reader, writer as NamedType)) {
      this.#report(path, `${nameOf(writer)} is another type than ${nameOf(reader)}; give it an alias`);
      return;
    }
    switch (reader.kind) {
      case 'array': {
        this.resolve(reader.items, (writer as typeof reader).items, `${path}/*`);
        return;
      }
      case 'map': {
        this.resolve(reader.values, (writer as typeof reader).values, `${path}/*`);
        return;
      }
      case 'fixed':
        if (reader.size !== (writer as typeof reader).size)
          this.#report(
            path,
            `${reader.name} has ${(writer as typeof reader).size} bytes, not ${reader.size}`,
          );
        return;
      case 'enum': {
        this.#enums(reader, writer as EnumType, path);
        return;
      }
      case 'record': {
        this.#records(reader, writer as RecordType, path);
        return;
      }
      default:
        return;
    }
  }

  #anyOf(branches: readonly PayloadType[], writer: PayloadType, path: string): void {
    // The first of its own kind decides, as readers do; others only where there is none.
    const own = branches.find(
      (branch) =>
        branch.kind === writer.kind && (!('name' in branch) || sameName(branch, writer as NamedType)),
    );
    if (own !== undefined) {
      this.resolve(own, writer, path);
      return;
    }
    if (branches.some((branch) => incompatibilities(branch, writer).length === 0)) return;
    this.#report(
      path,
      `${nameOf(writer)} is none of the types that are read: ${branches.map(nameOf).join(', ')}`,
    );
  }

  #enums(reader: EnumType, writer: EnumType, path: string): void {
    const unknown = writer.symbols.filter((symbol) => !reader.symbols.includes(symbol));
    if (unknown.length > 0 && reader.fallback === null)
      this.#report(path, `the symbols ${unknown.join(', ')} are not known, and the enum has no default`);
  }

  #records(reader: RecordType, writer: RecordType, path: string): void {
    const begun = this.#begun.get(reader) ?? new Set();
    if (begun.has(writer)) return;
    this.#begun.set(reader, begun.add(writer));
    for (const { name, aliases, type, hasDefault } of reader.fields) {
      const written = writer.fields.find((field) => field.name === name || aliases.includes(field.name));
      if (written !== undefined) this.resolve(type, written.type, `${path}/${name}`);
      else if (!hasDefault) this.#report(`${path}/${name}`, 'is not written, and has no default');
    }
  }
}

const nameOf = (type: PayloadType): string => ('name' in type ? type.name : type.kind);
const unqualified = (name: string): string => name.slice(name.lastIndexOf('.') + 1);

function sameName(reader: NamedType, writer: NamedType): boolean {
  return unqualified(reader.name) === unqualified(writer.name) || reader.aliases.includes(writer.name);
}
