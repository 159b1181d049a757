// Sums of a trail as tables for people.
import { visibleText } from '../visible-text.js';
import type { MessageCounts, TrailSums } from './trail-stats.js';

const shownCharacters = 48;

export function statsLines(sums: TrailSums, top: number): string[] {
  const { events, repeated, notEvents, firstMs, lastMs, alerts } = sums;
  const iso = (ms: number | null): string => (ms === null ? 'never' : new Date(ms).toISOString());
  const told = Object.entries(alerts).sort(([, a], [, b]) => b - a);
  return [
    `${events} events, ${iso(firstMs)} to ${iso(lastMs)}`,
    ...(repeated > 0 ? [`${repeated} were written again, and are counted once`] : []),
    ...(notEvents > 0 ? [`${notEvents} records are no events`] : []),
    ...(told.length === 0
      ? []
      : ['alerts: ' + told.map(([name, count]) => `${shown(name)} ${count}`).join(', ')]),
    ...table(
      'Who talks to whom',
      ['sender', 'recipient', 'channel'],
      sums.pairs.map((pair) => [pair, [pair.sender, pair.recipient, pair.channel]]),
      top,
    ),
    ...refusals(sums, top),
    ...table(
      'Channels',
      ['channel'],
      sums.channels.map((each) => [each, [each.channel]]),
      top,
    ),
    ...table(
      'Over time',
      ['from'],
      sums.periods.map((each) => [each, [each.from]]),
      Infinity,
    ),
  ];
}

function refusals({ refusals: all }: TrailSums, top: number): string[] {
  if (all.length === 0) return [];
  const rows = all
    .slice(0, top)
    .map(({ code, alert, count }) => [name(code), shown(alert ?? ''), `${count}`]);
  const left = all.slice(top).reduce((sum, { count }) => sum + count, 0);
  if (left > 0) rows.push(['others', '', `${left}`]);
  return ['', 'Refusals and alerts by code', ...aligned(['code', 'alert', 'count'], rows, 2)];
}

const counters = [
  'sent',
  'unknown',
  'failed',
  'received',
  'refused',
  'duplicates',
  'plaintext',
  'sentBytes',
] as const;
const titles: Readonly<Partial<Record<(typeof counters)[number], string>>> = { sentBytes: 'bytes sent' };

function table(
  title: string,
  names: readonly string[],
  rows: readonly (readonly [MessageCounts, readonly (string | null)[]])[],
  top: number,
): string[] {
  if (rows.length === 0) return [];
  const used = counters.filter((counter) => rows.some(([counts]) => counts[counter] > 0));
  const numbers = (counts: MessageCounts): string[] => used.map((counter) => `${counts[counter]}`);
  const lines = rows.slice(0, top).map(([counts, cells]) => [...namesOf(cells), ...numbers(counts)]);
  const left = rows.slice(top).map(([counts]) => counts);
  if (left.length > 0) {
    const sum = (counter: (typeof counters)[number]): number =>
      left.reduce((total, counts) => total + counts[counter], 0);
    lines.push([
      `others (${left.length})`,
      ...names.slice(1).map(() => ''),
      ...used.map((counter) => `${sum(counter)}`),
    ]);
  }
  const head = [...names, ...used.map((counter) => titles[counter] ?? counter)];
  return ['', title, ...aligned(head, lines, names.length)];
}

const namesOf = (cells: readonly (string | null)[]): string[] =>
  cells.every((cell) => cell === null) ? ['others', ...cells.slice(1).map(() => '')] : cells.map(name);

const name = (text: string | null): string => (text === null ? 'others' : text === '' ? '–' : shown(text));

const shown = (text: string): string =>
  visibleText(text.length > shownCharacters ? `${text.slice(0, shownCharacters)}…` : text);

/** Names to the left, numbers to the right. */
function aligned(head: readonly string[], rows: readonly (readonly string[])[], names: number): string[] {
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]!.length)));
  return [head, ...rows].map((row) =>
    `  ${row.map((cell, i) => (i < names ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  ')}`.trimEnd(),
  );
}
