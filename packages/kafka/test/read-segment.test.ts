// Log segments as they lie on a broker’s disk: whole batches, and what cannot be read in them.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import zlib from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
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
  test.each<[string, number, (bytes: Buffer) => Buffer]>([
    ['as it is', 0, (bytes) => bytes],
    ['by gzip', 1, (bytes) => zlib.gzipSync(bytes)],
    ['by zstd', 4, (bytes) => zlib.zstdCompressSync(bytes)],
  ])('packed %s has its records, nulls apart from what is empty', async (_, attributes, pack) => {
    const [first, second] = await read(
      batch(10, records, attributes, pack),
      batch(13, [record(0, null, 'z')]),
    );
    expect(flat(first as SegmentRecord[])).toEqual(expected);
    expect(flat(second as SegmentRecord[])).toEqual([[13, null, 'z', '']]);
  });

  test('packed otherwise, or damaged, says how many are not read', async () => {
    expect(
      await read(
        batch(0, records, 3),
        batch(3, records, 1, () => Buffer.from('no gzip')),
      ),
    ).toEqual([
      { unread: 'compressed by lz4', records: 3 },
      { unread: 'damaged, or too large (gzip)', records: 3 },
    ]);
  });

  test('has markers of transactions passed over, and ends at what is no whole batch', async () => {
    const whole = batch(0, [record(0, null, 'a')]);
    const found = await read(batch(5, records, 0x20), whole, whole.subarray(0, -1));
    expect(found.map((one) => flat(one as SegmentRecord[]))).toEqual([[[0, null, 'a', '']]]);
    expect(await read(whole, Buffer.alloc(200))).toHaveLength(1);
  });
});
