// Runs variants in interleaved rounds, so that what the machine does meanwhile hits all of them alike.

/** One variant: does its work once and says what it measured, in the same unit for all. */
export type Variant = () => Promise<number>;

/** What the rounds of one variant came to. */
export interface Measured {
  readonly median: number;
  readonly lowest: number;
  readonly highest: number;
}

/** Runs every variant in each round, A B C A B C …; the first round only warms up. */
export async function measure<Name extends string>(
  variants: Readonly<Record<Name, Variant>>,
  rounds: number,
  say: (line: string) => void,
): Promise<Record<Name, Measured>> {
  const names = Object.keys(variants) as Name[];
  const values = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  for (let round = 0; round <= rounds; round++) {
    for (const name of names) {
      globalThis.gc?.();
      const value = await variants[name]();
      if (round > 0) values[name].push(value);
    }
    say(
      `round ${round} of ${rounds}: ${names.map((name) => `${name} ${values[name].at(-1)?.toFixed(1) ?? 'warm'}`).join(', ')}`,
    );
  }
  return Object.fromEntries(names.map((name) => [name, summary(values[name])])) as Record<Name, Measured>;
}

function summary(values: readonly number[]): Measured {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  return { median, lowest: sorted[0]!, highest: sorted.at(-1)! };
}
