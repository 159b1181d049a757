// The doctor’s table, for people.
import type { Row, Verdict } from './row.js';

/** What is bad stands out without colours. */
const shown: Readonly<Record<Verdict, string>> = {
  ok: 'ok',
  warn: 'WARN',
  fail: 'FAIL',
  'not enforced': 'NOT ENFORCED',
  unknown: 'unknown',
  skipped: 'skipped',
};
const verdictWidth = 12;
const groupWidth = 12;

/** One line a row, and one more for its fix. */
export function tableLines(rows: readonly Row[]): readonly string[] {
  return rows.flatMap(({ verdict, group, check, subject, evidence, fix }) => {
    const place = [check, oneLine(subject)].filter(Boolean).join(' ');
    const line = `${shown[verdict].padEnd(verdictWidth)} ${group.padEnd(groupWidth)} ${place}: ${oneLine(evidence)}`;
    return fix === null ? [line] : [line, `${' '.repeat(verdictWidth)} fix: ${oneLine(fix)}`];
  });
}

/** `3 fail, 1 warn, 40 ok` */
export function sums(rows: readonly Row[]): Readonly<Record<Verdict, number>> {
  const count = { ok: 0, warn: 0, fail: 0, 'not enforced': 0, unknown: 0, skipped: 0 };
  for (const { verdict } of rows) count[verdict]++;
  return count;
}

/** Names that come from brokers and files must not draw on the terminal. */
const oneLine = (text: string): string => text.replace(/[\x00-\x1f\x7f-\x9f\u2028\u2029]+/g, ' ').trim();
