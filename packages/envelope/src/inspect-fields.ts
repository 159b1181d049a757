// Reads the fields of a record one by one, for people: each with its place, as far as the bytes go.
import { AvroReader } from './avro-reader.js';
import { contentTypeName, largestContentType } from './content-types.js';
import { limits } from './limits.js';

export type FieldValue = string | number | boolean | null | readonly string[];

/** One field. Bytes are shown in hex. */
export interface InspectedField {
  readonly name: string;
  /** Where it begins, counted from the first byte of what it is part of (the record, or a session that was given). */
  readonly offset: number;
  readonly bytes: number;
  readonly value: FieldValue;
}

type Read = (reader: AvroReader) => FieldValue;
type Fields = readonly (readonly [name: string, read: Read])[];

const most = Number.MAX_SAFE_INTEGER;
const integer: Read = (reader) => reader.integer(-most, most);
const text: Read = (reader) => reader.string(0, most);
const boolean: Read = (reader) => reader.boolean();
const bytes: Read = (reader) => reader.bytes(0, most).toString('hex');
const fixed =
  (length: number): Read =>
  (reader) =>
    reader.fixed(length).toString('hex');
const optional =
  (read: Read): Read =>
  (reader) =>
    reader.present() ? read(reader) : null;
const contentType: Read = (reader) => {
  const number = reader.integer(-most, most);
  return number > 0 && number <= largestContentType ? `${number} (${contentTypeName(number)})` : number;
};

function list(read: Read): Read {
  return (reader) => {
    const items: string[] = [];
    reader.array(0, limits.clearHeaders, () => void items.push(String(read(reader))));
    return items;
  };
}

const wrap: Read = (reader) => {
  const key = reader.fixed(16).toString('hex');
  const encapsulated = reader.bytes(0, most).length;
  const wrapped = reader.bytes(0, most).length;
  return `key ${key}, encapsulated ${encapsulated} bytes, wrapped ${wrapped} bytes`;
};

/** The fields of each record, in their order (SPEC.md §5 to §8). */
export const fieldsOf = {
  session: [
    ['suite', integer],
    ['realm', fixed(16)],
    ['sender', text],
    ['senderKey', fixed(16)],
    ['instance', fixed(16)],
    ['audience', list(text)],
    ['epochStart', integer],
    ['epochLength', integer],
    ['channel', text],
    ['type', text],
    ['schema', bytes],
    ['contentType', contentType],
    ['contentTypeName', text],
    ['wraps', list(wrap)],
  ],
  header: [
    ['partition', integer],
    ['issuedAt', integer],
    ['stream', integer],
    ['sequence', integer],
    ['salt', fixed(12)],
    ['position', integer],
    ['correlation', optional(fixed(16))],
    ['causation', optional(fixed(16))],
    ['clear.names', optional(list(text))],
    ['clear.digest', fixed(32)],
    ['tombstone', boolean],
  ],
  proof: [
    ['treeSize', integer],
    ['leafIndex', integer],
    ['path', bytes],
    ['signature', bytes],
  ],
} as const satisfies Record<string, Fields>;

/** Reads as many fields as there are. @returns also the place where it stopped, where it did not come to the end */
export function readFields(
  record: Buffer,
  part: keyof typeof fieldsOf,
  start: number,
  end: number,
): { fields: readonly InspectedField[]; stoppedAt: number | null } {
  const reader = new AvroReader(record, 'ERR_FORMAT_ENVELOPE', start, end);
  const fields: InspectedField[] = [];
  let before = start;
  try {
    for (const [name, read] of fieldsOf[part] as Fields) {
      // The digest is there only where names are.
      if (name === 'clear.digest' && fields.at(-1)?.value === null) continue;
      before = reader.at;
      const value = read(reader);
      fields.push({ name, offset: before, bytes: reader.at - before, value });
    }
  } catch {
    return { fields, stoppedAt: reader.at };
  }
  return { fields, stoppedAt: reader.at === end ? null : reader.at };
}
