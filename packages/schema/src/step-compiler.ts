// Makes of each type of a schema the function that walks its values.
import type { AvroNode, RecordNode, UnionNode } from './avro-node.js';
import { scanArray, scanMap } from './scan-blocks.js';
import { scanFloat } from './scan-float.js';
import type { ScanLimits } from './scan-limits.js';
import type { ScanStep } from './scan-step.js';

/** Compiles types to steps, each record once, so that it may hold itself. */
export class StepCompiler {
  readonly #limits: ScanLimits;
  readonly #records = new Map<RecordNode, ScanStep>();

  constructor(limits: ScanLimits) {
    this.#limits = limits;
  }

  compile(node: AvroNode): ScanStep {
    const { place } = node;
    // Nothing to read, however much a decoder makes of it.
    if (node.leastBytes === 0) return (cursor) => cursor.step(node.values, place);
    switch (node.kind) {
      case 'record':
        return this.#records.get(node) ?? this.#record(node);
      case 'array':
        return scanArray(node, this.compile(node.items));
      case 'map':
        return scanMap(node, this.compile(node.items));
      case 'union':
        return this.#union(node);
      default:
        return counted(place, this.#leaf(node));
    }
  }

  #leaf(node: Exclude<AvroNode, { kind: 'record' | 'array' | 'map' | 'union' }>): ScanStep {
    const { place } = node;
    const { wideLongs, canonical } = this.#limits;
    switch (node.kind) {
      case 'boolean':
        return (cursor) => cursor.boolean(place);
      case 'int':
        return (cursor) => cursor.int(place);
      case 'long':
        return wideLongs ? (cursor) => cursor.wideLong(place) : (cursor) => cursor.long(place);
      case 'float':
      case 'double':
        return scanFloat(node.leastBytes, canonical, place);
      case 'bytes':
        return (cursor) => cursor.blob(place);
      case 'string':
        return (cursor) => cursor.string(place);
      case 'enum':
        return (cursor) => void cursor.index(node.symbols, place);
      default:
        return (cursor) => cursor.skip(node.leastBytes, place);
    }
  }

  #union(node: UnionNode): ScanStep {
    const { place } = node;
    const branches = node.branches.map((branch) => this.compile(branch));
    return (cursor) => branches[cursor.index(branches.length, place)]!(cursor);
  }

  #record(node: RecordNode): ScanStep {
    const { place } = node;
    const steps: ScanStep[] = [];
    let values = 1;
    const step: ScanStep = (cursor) => {
      cursor.step(values, place);
      cursor.enter(place);
      for (let i = 0; i < steps.length; i++) steps[i]!(cursor);
      cursor.leave();
    };
    this.#records.set(node, step);
    for (const field of node.fields) {
      if (field.leastBytes === 0) values += field.values;
      else steps.push(this.compile(field));
    }
    return step;
  }
}

function counted(place: string, step: ScanStep): ScanStep {
  return (cursor) => {
    cursor.step(1, place);
    step(cursor);
  };
}
