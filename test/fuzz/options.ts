// The command line of the fuzzer.

export const help = `Feeds parsers with changed bytes: the Avro scanner (beside avsc and fastavro), the envelope's records, directory lines.
What is kept for further changes is what makes a parser do something new. Stops at the first of the budgets.

  npm run test:fuzz                         60 seconds
  npm run test:fuzz -- --seconds n          another time
  npm run test:fuzz -- --cases n            so many cases, however long it takes
  npm run test:fuzz -- --seed n             the same changes again (printed by every run)
  npm run test:fuzz -- --save               keep small new inputs in test/fuzz/corpus
  npm run test:fuzz -- --help               this

One JSON object on stdout, progress on stderr. Exit status: 0 when nothing was found, 1 for a finding, 2 for an unknown option.
`;

export interface Options {
  readonly seconds: number;
  readonly cases: number;
  readonly seed: number;
  readonly save: boolean;
  readonly help: boolean;
  readonly unknown: readonly string[];
}

export function readOptions(given: readonly string[]): Options {
  const numbers = new Map<string, number>();
  const flags = new Set<string>();
  const unknown: string[] = [];
  for (let i = 0; i < given.length; i++) {
    const word = given[i]!;
    if (['--seconds', '--cases', '--seed'].includes(word)) {
      const value = Number(given[++i]);
      if (Number.isSafeInteger(value) && value >= 0) numbers.set(word, value);
      else unknown.push(`${word} ${given[i] ?? ''}`);
    } else if (['--save', '--help'].includes(word)) flags.add(word);
    else unknown.push(word);
  }
  const cases = numbers.get('--cases') ?? Infinity;
  return {
    cases,
    seconds: numbers.get('--seconds') ?? (cases === Infinity ? 60 : Infinity),
    seed: numbers.get('--seed') ?? Math.floor(Math.random() * 2 ** 31),
    save: flags.has('--save'),
    help: flags.has('--help'),
    unknown,
  };
}
