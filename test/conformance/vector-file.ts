// Runs every row of a vector file against both providers, and proves by count that none was left out.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { notApplicable } from './not-applicable.js';
import { type Provider, providers } from './providers.js';

/** A row with what names it. */
export interface Named<Row> {
  readonly id: number;
  readonly title: string;
  readonly row: Row;
}

/** What a vector file’s test says. */
export interface Conformance<Row> {
  /** How many rows run per provider, and how many are on the allow-list. */
  readonly runs: number;
  readonly listed: number;
  check(provider: Provider, row: Row): void;
  /** Shows that a row of the allow-list is refused, or why it cannot be expressed. */
  refuses(provider: Provider, row: Row): void;
}

/** @returns the parsed vector file. */
export function readVectors(file: string): unknown {
  return JSON.parse(readFileSync(new URL(`vectors/${file}`, import.meta.url), 'utf8'));
}

interface WycheproofRow {
  readonly tcId: number;
  readonly comment: string;
  readonly result: 'valid' | 'invalid' | 'acceptable';
}

interface WycheproofFile<Group, Row> {
  readonly numberOfTests: number;
  readonly testGroups: readonly (Group & { readonly tests: readonly (Row & WycheproofRow)[] })[];
}

/** The rows of a Wycheproof file, each with what its group says of it. */
export function wycheproofRows<Group, Row>(file: string): Named<Group & Row & WycheproofRow>[] {
  const { numberOfTests, testGroups } = readVectors(`wycheproof/${file}`) as WycheproofFile<Group, Row>;
  const rows = testGroups.flatMap(({ tests, ...group }) =>
    tests.map((row) => ({
      id: row.tcId,
      title: `${row.comment} (${row.result})`,
      row: { ...(group as Group), ...row },
    })),
  );
  if (rows.length !== numberOfTests) throw new Error(`${file} does not hold the rows that it counts`);
  return rows;
}

/** Registers one test per row and provider. */
export function conformance<Row>(file: string, rows: readonly Named<Row>[], to: Conformance<Row>): void {
  const listed = new Map(
    (notApplicable[file] ?? []).flatMap(({ reason, rows: ids }) => ids.map((id) => [id, reason])),
  );
  describe(file, () => {
    const applicable = rows.filter(({ id }) => !listed.has(id));
    const others = rows.filter(({ id }) => listed.has(id));

    test('every row either runs or is on the allow-list', () => {
      expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
      expect({ runs: applicable.length, listed: others.length }).toEqual({
        runs: to.runs,
        listed: to.listed,
      });
      expect(listed.size).toBe(to.listed);
    });

    describe.each(providers)('$name', (provider) => {
      test.each(applicable)('row $id: $title', ({ row }) => to.check(provider, row));
      if (others.length > 0)
        test.each(others)('row $id is refused: $title', ({ row }) => to.refuses(provider, row));
    });
  });
}

/** @returns the bytes that a hexadecimal string stands for. */
export function hex(digits: string): Buffer {
  return Buffer.from(digits, 'hex');
}
