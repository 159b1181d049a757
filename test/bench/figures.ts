// The figures of a run, in the order in which they were found: as a table for people, or as one flat JSON object.
import type { Spread } from './rounds.ts';

interface Figure {
  readonly key: string;
  readonly value: Spread;
  /** What it is, where the key does not say it. */
  readonly note: string;
}

interface Section {
  readonly title: string;
  /** How it was measured: sizes, batches, windows. */
  readonly how: readonly string[];
  readonly figures: Figure[];
}

const widths = [44, 12, 22] as const;

export class Figures {
  readonly #sections: Section[] = [];

  section(title: string, how: readonly string[]): void {
    this.#sections.push({ title, how, figures: [] });
  }

  /** Adds a figure to the section begun last. */
  add(key: string, value: Spread | number, note = ''): void {
    const spread = typeof value === 'number' ? { median: value, low: value, high: value } : value;
    this.#sections.at(-1)!.figures.push({ key, value: spread, note });
  }

  /** Medians under their keys, and the quartiles beside them where rounds differed. */
  json(): Record<string, number> {
    const object: Record<string, number> = {};
    for (const { key, value } of this.#sections.flatMap(({ figures }) => figures)) {
      object[key] = rounded(value.median);
      if (value.low === value.high) continue;
      object[`${key}.low`] = rounded(value.low);
      object[`${key}.high`] = rounded(value.high);
    }
    return object;
  }

  table(): string {
    return `${this.#sections.map(tableOf).join('\n')}\n`;
  }
}

function tableOf({ title, how, figures }: Section): string {
  const rows = figures.map(({ key, value, note }) => {
    const spread = value.low === value.high ? '' : `${text(value.low)} … ${text(value.high)}`;
    return [
      key.padEnd(widths[0]),
      text(value.median).padStart(widths[1]),
      spread.padStart(widths[2]),
      `  ${note}`,
    ]
      .join('')
      .trimEnd();
  });
  return [title, '='.repeat(title.length), ...how, '', ...rows, ''].join('\n');
}

const rounded = (value: number): number => Number(value.toPrecision(4));

function text(value: number): string {
  return value >= 1000 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(3)));
}
