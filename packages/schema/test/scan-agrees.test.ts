// The scanner beside avsc: all that avsc writes passes, and what passes avsc reads.
import { describe, expect, it } from '@jest/globals';
import avsc from 'avsc';
import fc from 'fast-check';
import { scanner } from '../src/scanner.js';
import { type Json, schemaWithValues } from './random-avro.js';

const typeOf = (schema: Json) => avsc.Type.forSchema(schema as avsc.Schema, { wrapUnions: 'always' });
const runs = { numRuns: 500 };

function passes(scan: (bytes: Uint8Array) => void, bytes: Buffer): boolean {
  try {
    scan(bytes);
    return true;
  } catch (error) {
    expect(error).toMatchObject({ code: 'ERR_VALIDATION_PAYLOAD' });
    return false;
  }
}

const edits = fc.array(
  fc.record({
    at: fc.nat(),
    drop: fc.integer({ min: 0, max: 2 }),
    put: fc.array(fc.oneof(fc.constantFrom(0, 1, 2, 3, 4, 0x7f, 0x80, 0xff), fc.nat(255)), { maxLength: 3 }),
  }),
  { minLength: 1, maxLength: 3 },
);

function edited(bytes: Buffer, changes: readonly { at: number; drop: number; put: number[] }[]): Buffer {
  return changes.reduce((now, { at, drop, put }) => {
    const place = at % (now.length + 1);
    return Buffer.concat([now.subarray(0, place), Buffer.from(put), now.subarray(place + drop)]);
  }, bytes);
}

describe('the scanner and avsc', () => {
  it('passes whatever avsc writes, of any schema, also where one encoding only is accepted', () => {
    fc.assert(
      fc.property(schemaWithValues(3), ({ schema, values }) => {
        const type = typeOf(schema);
        for (const value of values) {
          scanner(schema)(type.toBuffer(value));
          scanner(schema, { canonical: true })(type.toBuffer(value));
        }
      }),
      runs,
    );
  });

  it('refuses whatever avsc writes as soon as it is cut short or longer', () => {
    fc.assert(
      fc.property(schemaWithValues(1), fc.nat(), ({ schema, values }, cut) => {
        const bytes = typeOf(schema).toBuffer(values[0]);
        const scan = scanner(schema);
        expect(passes(scan, Buffer.concat([bytes, Buffer.alloc(1)]))).toBe(false);
        if (bytes.length > 0) expect(passes(scan, bytes.subarray(0, cut % bytes.length))).toBe(false);
      }),
      runs,
    );
  });

  it('passes nothing that avsc does not read, nor what avsc would write otherwise', () => {
    let passed = 0;
    fc.assert(
      fc.property(
        schemaWithValues(1),
        fc.array(edits, { minLength: 10, maxLength: 30 }),
        ({ schema, values }, rounds) => {
          const type = typeOf(schema);
          const scan = scanner(schema);
          const scanCanonical = scanner(schema, { canonical: true });
          const original = type.toBuffer(values[0]);
          for (const changes of rounds) {
            const bytes = edited(original, changes);
            if (!passes(scan, bytes)) {
              expect(passes(scanCanonical, bytes)).toBe(false);
              continue;
            }
            passed++;
            const written = type.toBuffer(type.fromBuffer(bytes));
            scan(written);
            if (!passes(scanCanonical, bytes) || written.equals(bytes)) continue;
            // JavaScript puts keys that look like indices first: nothing else may differ.
            expect([...written].sort()).toEqual([...bytes].sort());
            expect(JSON.stringify(schema)).toContain('"map"');
          }
        },
      ),
      runs,
    );
    expect(passed).toBeGreaterThan(200);
  });
});
