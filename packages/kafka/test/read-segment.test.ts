// Log segments as they lie on a broker’s disk: whole batches, and what cannot be read in them.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { packings } from '../src/codecs.js';
import { readSegment, type SegmentRecord } from '../src/read-segment.js';

const varint = (value: number): Buffer => {
  let left = value >= 0 ? value * 2 : -value * 2 - 1;
  const bytes: number[] = [];
  for (; left >= 128; left = Math.floor(left / 128)) bytes.push((left % 128) | 0x80);
  return Buffer.from([...bytes, left]);
};
const field = (bytes: Buffer | null): Buffer =>
  bytes === null ? varint(-1) : Buffer.concat([varint(bytes.length), bytes]);

function record(
  delta: number,
  key: string | null,
  value: string | null,
  headers: [string, string][] = [],
): Buffer {
  const text = (one: string | null) => field(one === null ? null : Buffer.from(one));
  const body = Buffer.concat([
    Buffer.from([0]),
    varint(delta),
    varint(delta),
    text(key),
    text(value),
    varint(headers.length),
    ...headers.flatMap(([name, content]) => [text(name), text(content)]),
  ]);
  return Buffer.concat([varint(body.length), body]);
}

function batch(
  base: number,
  records: readonly Buffer[],
  attributes = 0,
  pack = (bytes: Buffer) => bytes,
): Buffer {
  const body = pack(Buffer.concat(records));
  const head = Buffer.alloc(61);
  head.writeBigInt64BE(BigInt(base), 0);
  head.writeInt32BE(49 + body.length, 8);
  head[16] = 2;
  head.writeInt16BE(attributes, 21);
  head.writeInt32BE(records.length, 57);
  return Buffer.concat([head, body]);
}

async function read(...batches: readonly Buffer[]) {
  const file = join(mkdtempSync(join(tmpdir(), 'segment-')), '0.log');
  writeFileSync(file, Buffer.concat(batches));
  const found: (readonly SegmentRecord[] | { unread: string; records: number })[] = [];
  for await (const one of readSegment(file)) found.push(one);
  return found;
}
const flat = (records: readonly SegmentRecord[]) =>
  records.map(({ offset, key, value, headers }) => [
    Number(offset),
    key?.toString() ?? null,
    value?.toString() ?? null,
    headers.map(({ name, values }) => `${name}=${values[0]!.toString()}`).join(),
  ]);

const records = [record(0, 'k', 'v', [['h', 'x']]), record(1, null, null), record(2, '', 'w'.repeat(300))];
const expected = [
  [10, 'k', 'v', 'h=x'],
  [11, null, null, ''],
  [12, '', 'w'.repeat(300), ''],
];

describe('a segment', () => {
  test.each([0, 1, 2, 3, 4])(
    'packed by codec %i has its records, nulls apart from what is empty',
    async (type) => {
      const bytes = Buffer.concat(records);
      const packed = (await packings.get(type)?.pack(bytes)) ?? bytes;
      const [first, second] = await read(
        batch(10, records, type, () => packed),
        batch(13, [record(0, null, 'z')]),
      );
      expect(flat(first as SegmentRecord[])).toEqual(expected);
      expect(flat(second as SegmentRecord[])).toEqual([[13, null, 'z', '']]);
    },
  );

  test('packed otherwise, or damaged, says how many are not read', async () => {
    expect(
      await read(
        batch(0, records, 5),
        batch(3, records, 1, () => Buffer.from('no gzip')),
      ),
    ).toEqual([
      { unread: 'compressed by an unknown codec (5)', records: 3 },
      { unread: 'damaged, or too large (gzip)', records: 3 },
    ]);
  });

  test('has markers of transactions passed over, and ends at what is no whole batch', async () => {
    const whole = batch(0, [record(0, null, 'a')]);
    const found = await read(batch(5, records, 0x20), whole, whole.subarray(0, -1));
    expect(found.map((one) => flat(one as SegmentRecord[]))).toEqual([[[0, null, 'a', '']]]);
    expect(await read(whole, Buffer.alloc(200))).toHaveLength(1);
  });

  test.each<[string, Buffer]>([
    ['a varint without an end', Buffer.concat([Buffer.alloc(2000, 0xff), Buffer.from([1])])],
    ['a length beyond the batch', Buffer.concat([varint(1000), record(0, null, 'x')])],
    [
      'a key beyond its record',
      Buffer.concat([varint(5), Buffer.from([0, 0, 0]), varint(30), Buffer.alloc(40)]),
    ],
    ['a length below zero', Buffer.concat([varint(-9), record(0, null, 'x')])],
    [
      'a key of a length below none',
      Buffer.concat([varint(8), Buffer.from([0, 0, 0]), varint(-5), Buffer.alloc(4)]),
    ],
    ['more headers than it has', Buffer.concat([varint(7), Buffer.from([0, 0, 0, 1, 1]), varint(8191)])],
    ['bytes behind its last record', Buffer.concat([record(0, null, 'x'), Buffer.from('plain')])],
  ])('says that a batch is damaged by %s, and goes on behind it', async (_, bytes) => {
    const [first, second] = await read(batch(0, [bytes]), batch(9, [record(0, null, 'z')]));
    expect(first).toEqual({ unread: 'damaged', records: 1 });
    expect(flat(second as SegmentRecord[])).toEqual([[9, null, 'z', '']]);
  });

  test.each([4, 2, -1])('says that a batch of 3 that claims %i is damaged', async (count) => {
    const whole = batch(0, records);
    whole.writeInt32BE(count, 57);
    expect(await read(whole)).toEqual([{ unread: 'damaged', records: Math.max(0, count) }]);
  });

  test.each<[string, Buffer]>([
    ['a message of the older format', older('plain'.repeat(40))],
    ['a short one', older('plain')],
    ['text', Buffer.from('nothing of Kafka, but in its folder '.repeat(9))],
    ['a length that is none', Buffer.concat([Buffer.alloc(16), Buffer.from([2]), Buffer.alloc(60)])],
  ])('says that it is not read from where %s lies', async (_, bytes) => {
    const found = await read(batch(0, [record(0, null, 'a')]), bytes, batch(9, [record(0, null, 'z')]));
    expect(found.slice(1)).toEqual([{ unread: 'damaged or of an older format', records: 0 }]);
    expect((await read(bytes)).length).toBe(1);
  });
});

/** Offset, length, checksum, magic 1, no compression, a time, no key, a value. */
function older(value: string): Buffer {
  const head = Buffer.alloc(34);
  head.writeInt32BE(22 + value.length, 8);
  head[16] = 1;
  head.writeInt32BE(-1, 26);
  head.writeInt32BE(value.length, 30);
  return Buffer.concat([head, Buffer.from(value)]);
}
