// Holds Avro bytes to the constraints of their schema.
import type { Findings } from './findings.js';
import { PayloadCursor } from './payload-cursor.js';
import type { PayloadType, RecordType, Rule } from './payload-type.js';

type Step = (cursor: PayloadCursor, found: Findings) => void;

/**
 * Compiles the check of constraints. It reads bytes that the scanner has passed, and nothing else: it relies on counts,
 * lengths and indices. `null` where the schema has no constraints.
 */
export function checkBytes(type: PayloadType): ((bytes: Buffer, found: Findings) => void) | null {
  if (!hasRules(type, new Set())) return null;
  const step = new Compiler().compile(type);
  return (bytes, found) => step(new PayloadCursor(bytes), found);
}

function hasRules(type: PayloadType, seen: Set<PayloadType>): boolean {
  if (seen.has(type)) return false;
  seen.add(type);
  if ('rules' in type && type.rules.length > 0) return true;
  if (type.kind === 'array') return hasRules(type.items, seen);
  if (type.kind === 'map') return hasRules(type.values, seen);
  if (type.kind === 'union') return type.branches.some((branch) => hasRules(branch, seen));
  return type.kind === 'record' && type.fields.some((field) => hasRules(field.type, seen));
}

class Compiler {
  /** Records may hold themselves. */
  readonly #records = new Map<RecordType, Step>();

  compile(type: PayloadType): Step {
    switch (type.kind) {
      case 'null':
        return () => undefined;
      case 'boolean':
        return (cursor) => cursor.skip(1);
      case 'int':
      case 'long': {
        const { rules } = type;
        return (cursor, found) => checkRules(rules, cursor.long(), found);
      }
      case 'float': {
        const { rules } = type;
        return (cursor, found) => checkRules(rules, cursor.float(), found);
      }
      case 'double': {
        const { rules } = type;
        return (cursor, found) => checkRules(rules, cursor.double(), found);
      }
      case 'string': {
        const { rules } = type;
        if (rules.length === 0) return (cursor) => cursor.skip(cursor.count());
        return (cursor, found) => checkRules(rules, cursor.text(cursor.count()), found);
      }
      case 'bytes': {
        const { rules } = type;
        return (cursor, found) => {
          const length = cursor.count();
          checkRules(rules, length, found);
          cursor.skip(length);
        };
      }
      case 'fixed': {
        const { size } = type;
        return (cursor) => cursor.skip(size);
      }
      case 'enum':
        return (cursor) => void cursor.count();
      case 'array': {
        const item = this.compile(type.items);
        const { rules } = type;
        return (cursor, found) => {
          let i = 0;
          for (let left = cursor.block(); left > 0; left = cursor.block())
            for (; left > 0; left--) {
              found.path.push(i++);
              item(cursor, found);
              found.path.pop();
            }
          checkRules(rules, i, found);
        };
      }
      case 'map': {
        const value = this.compile(type.values);
        const { rules } = type;
        return (cursor, found) => {
          let entries = 0;
          found.path.push('*');
          for (let left = cursor.block(); left > 0; left = cursor.block())
            for (; left > 0; left--, entries++) {
              cursor.skip(cursor.count());
              value(cursor, found);
            }
          found.path.pop();
          checkRules(rules, entries, found);
        };
      }
      case 'union': {
        const branches = type.branches.map((branch) => this.compile(branch));
        return (cursor, found) => branches[cursor.count()]!(cursor, found);
      }
      case 'record':
        return this.#record(type);
    }
  }

  #record(type: RecordType): Step {
    const known = this.#records.get(type);
    if (known !== undefined) return known;
    const fields: { readonly name: string; readonly step: Step }[] = [];
    const record: Step = (cursor, found) => {
      for (const { name, step } of fields) {
        found.path.push(name);
        step(cursor, found);
        found.path.pop();
      }
    };
    this.#records.set(type, record);
    for (const { name, type: inner } of type.fields) fields.push({ name, step: this.compile(inner) });
    return record;
  }
}

function checkRules<Value>(rules: readonly Rule<Value>[], value: Value, found: Findings): void {
  for (const rule of rules) if (!rule.holds(value)) found.add(rule.text);
}
