// Avro payloads against the constraints of their schema; avsc writes them.
import { describe, expect, it } from '@jest/globals';
import avsc from 'avsc';
import { avro, goodTask, task, violations } from './made-schemas.js';

const schema = avro(task);
const writer = avsc.Type.forSchema(task as unknown as avsc.Schema);
const whole = { ...goodTask, budget: 1.5, labels: { a: 'b' }, state: 'DONE', parent: null };
const check = (payload: Buffer) => violations(schema, payload, 'avro/binary');

describe('an Avro payload with constraints', () => {
  it('passes where it fits, and where blocks are written with their sizes', () => {
    expect(check(writer.toBuffer(whole))).toEqual([]);
    const list = avro({ type: 'array', items: { type: 'string', maxLength: 1 } });
    // Two blocks: −1 item in 2 bytes, 1 item.
    expect(
      violations(list, Buffer.from([0x01, 0x04, 0x02, 0x61, 0x02, 0x02, 0x62, 0x00]), 'avro/binary'),
    ).toEqual([]);
  });

  it('is told the violations that the same JSON is told', () => {
    const wrong = {
      id: 'x',
      title: '',
      priority: 0,
      tools: ['a', 'B', 'c', 'd'],
      labels: { k: '123456' },
      state: 'OPEN',
      budget: -1,
      parent: { ...whole, title: 'longer than that' },
    };
    const found = check(writer.toBuffer(wrong));
    expect(found).toContain('/parent/title: maxLength 12');
    expect(found).toHaveLength(8);
    expect([...found].sort()).toEqual(violations(schema, wrong).sort());
  });

  it('is scanned before it is read', () => {
    expect(check(Buffer.from([0x01]))[0]).toMatch(/not Avro of its schema/);
    expect(check(Buffer.concat([writer.toBuffer(whole), Buffer.from([0])]))[0]).toMatch(/bytes follow/);
    // 50 million nulls in five bytes end a process with bare avsc.
    const nulls = avro({ type: 'array', items: 'null' });
    expect(violations(nulls, Buffer.from([0x80, 0xc2, 0xd7, 0x2f, 0x00]), 'avro/binary')).toHaveLength(1);
  });

  it.each([0n, -1n, 63n, 64n, -65n, 2n ** 47n, 2n ** 48n, 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n)])(
    'has the long %d judged exactly',
    (value) => {
      const zigzag = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));
      const bytes: number[] = [];
      let rest = zigzag;
      for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
      bytes.push(Number(rest));
      const found = violations(avro({ type: 'long', minimum: 0 }), Buffer.from(bytes), 'avro/binary');
      expect(found).toEqual(value < 0n ? ['/: minimum 0'] : []);
    },
  );

  it('has NaN refused by any bound', () => {
    const nan = Buffer.alloc(8);
    nan.writeDoubleLE(NaN);
    expect(violations(avro({ type: 'double', maximum: 5 }), nan, 'avro/binary')).toEqual(['/: maximum 5']);
  });
});
