// Makes valid Avro of a type without avsc's encoder: in every encoding that the specification allows, and in the one that avsc writes.
import type { Random } from './random.ts';

/** One value, encoded twice. */
export interface Made {
  /** With blocks cut anywhere, some with their sizes. */
  readonly bytes: Buffer;
  /** As avsc writes the value. `null` where JavaScript orders the keys of a map otherwise, or a NaN could come out as another. */
  readonly usual: Buffer | null;
}

/** A type of avsc's, which has resolved its names; each kind has some of these. */
export interface AvroType {
  readonly typeName: string;
  readonly size: number;
  readonly symbols: readonly string[];
  readonly fields: readonly { readonly type: AvroType }[];
  readonly itemsType: AvroType;
  readonly valuesType: AvroType;
  readonly types: readonly AvroType[];
}

/** Values that a datum may hold before arrays and maps stay empty and records that hold themselves end. */
const mostValues = 40;
const oddNumbers = [0, -1, 1, 63, -64, 64, -65, 8191, -8192, 8192, 2 ** 31 - 1, -(2 ** 31)];
const oddLongs = [...oddNumbers, 2 ** 31, 2 ** 35, -(2 ** 52), 2 ** 53 - 2, 2 ** 49, -(2 ** 49) - 1];
const letters = [
  'a',
  'Z',
  ' ',
  '\0',
  '"',
  '\\',
  'é',
  '\u07ff',
  '\u0800',
  '\ud7ff',
  '\uffff',
  '😀',
  '\u{10ffff}',
];

export function makeAvro(type: AvroType, random: Random): Made {
  const maker = new Maker(random);
  maker.value(type);
  return {
    bytes: Buffer.concat(maker.bytes),
    usual: maker.isCertain ? Buffer.concat(maker.usual) : null,
  };
}

class Maker {
  readonly #random: Random;
  bytes: Buffer[] = [];
  usual: Buffer[] = [];
  isCertain = true;
  #left = mostValues;

  constructor(random: Random) {
    this.#random = random;
  }

  value(type: AvroType): void {
    const random = this.#random;
    this.#left--;
    switch (type.typeName) {
      case 'null':
        return;
      case 'boolean':
        this.#put(Buffer.from([random.below(2)]));
        return;

      case 'int':
        this.#put(zigZag(this.#number(oddNumbers, 2 ** 31)));
        return;

      case 'long':
        this.#put(zigZag(this.#number(oddLongs, 2 ** 52)));
        return;

      case 'float':
      case 'double':
        this.#float(type.typeName === 'float' ? 4 : 8);
        return;

      case 'bytes':
        this.#prefixed(this.#random.bytes(random.below(20)));
        return;

      case 'string':
        this.#prefixed(Buffer.from(this.#text(random.below(4) === 0 ? 80 : 8)));
        return;

      case 'fixed':
        this.#put(random.bytes(type.size));
        return;

      case 'enum':
        this.#put(zigZag(random.below(type.symbols.length)));
        return;

      case 'record':
      case 'error':
        for (const field of type.fields) this.value(field.type);
        return;
      case 'array':
        this.#items(() => this.value(type.itemsType));
        return;

      case 'map': {
        const seen = new Set<string>();
        this.#items(() => {
          this.#prefixed(Buffer.from(this.#key(seen)));
          this.value(type.valuesType);
        });
        return;
      }
      default: {
        const { types } = type;
        const index = this.#left > 0 ? random.below(types.length) : shallowest(types);
        this.#put(zigZag(index));
        this.value(types[index]!);
        return;
      }
    }
  }

  #put(bytes: Buffer): void {
    this.bytes.push(bytes);
    this.usual.push(bytes);
  }

  #prefixed(bytes: Buffer): void {
    this.#put(zigZag(bytes.length));
    this.#put(bytes);
  }

  #number(odd: readonly number[], bound: number): number {
    const random = this.#random;
    if (random.below(3) === 0) return random.of(odd);
    const size = 2 ** random.below(Math.log2(bound) + 1);
    const value = Math.floor(((random.below(2 ** 26) * 2 ** 26 + random.below(2 ** 26)) / 2 ** 52) * size);
    return random.below(2) === 0 ? value : -value - 1;
  }

  #float(size: 4 | 8): void {
    const random = this.#random;
    const bytes = random.bytes(size);
    // Numbers of all sizes, and now and then infinity or one of the NaNs.
    if (random.below(8) === 0)
      bytes.writeUInt16LE(
        random.of(size === 4 ? [0x7f80, 0xff80, 0x7fc0] : [0x7ff0, 0xfff0, 0x7ff8]),
        size - 2,
      );
    if (random.below(8) === 0) bytes.fill(0, 0, size - 2);
    const value = size === 4 ? bytes.readFloatLE() : bytes.readDoubleLE();
    if (Number.isNaN(value)) this.isCertain = false;
    this.#put(bytes);
  }

  #text(most: number): string {
    const length = this.#random.below(most);
    let text = '';
    for (let i = 0; i < length; i++) text += this.#random.of(letters);
    return text;
  }

  #key(seen: Set<string>): string {
    for (;;) {
      const isIndex = this.#random.below(200) === 0;
      const key = isIndex ? String(this.#random.below(50)) : this.#text(6);
      if (seen.has(key)) continue;
      if (isIndex) this.isCertain = false;
      seen.add(key);
      return key;
    }
  }

  /** Items in one block for `usual`, in one or several for `bytes`, with their sizes or without. */
  #items(item: () => void): void {
    const random = this.#random;
    const { bytes: outer, usual } = this;
    const count = this.#left <= 0 ? 0 : random.below(random.below(20) === 0 ? 40 : 5);
    if (count > 0) usual.push(zigZag(count));
    for (let left = count; left > 0;) {
      const inBlock = random.below(3) === 0 ? 1 + random.below(left) : left;
      this.bytes = [];
      for (let i = 0; i < inBlock; i++) item();
      const block = Buffer.concat(this.bytes);
      if (random.below(3) === 0) outer.push(zigZag(-inBlock), zigZag(block.length), block);
      else outer.push(zigZag(inBlock), block);
      left -= inBlock;
    }
    this.bytes = outer;
    this.#put(zigZag(0));
  }
}

/** The branch that ends soonest. */
function shallowest(types: readonly AvroType[]): number {
  const depths = types.map((type) => leastDepth(type, []));
  return depths.indexOf(Math.min(...depths));
}

/** How deep records and unions must nest in a value; those that are open have no end. */
function leastDepth(type: AvroType, open: readonly AvroType[]): number {
  if (open.includes(type)) return Infinity;
  const inside = [...open, type];
  switch (type.typeName) {
    case 'record':
    case 'error':
      return 1 + Math.max(0, ...type.fields.map((field) => leastDepth(field.type, inside)));
    case 'union:wrapped':
      return 1 + Math.min(...type.types.map((branch) => leastDepth(branch, inside)));
    default:
      return 0;
  }
}

function zigZag(value: number): Buffer {
  if (value >= -64 && value < 64) return Buffer.from([value < 0 ? -2 * value - 1 : 2 * value]);
  const bytes: number[] = [];
  let rest = value < 0 ? BigInt(-value) * 2n - 1n : BigInt(value) * 2n;
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}
