// The command line of the bench.

export const parts = [
  'envelope',
  'schema',
  'directory',
  'policy',
  'keys',
  'replay',
  'audit',
  'connect',
  'kafka',
  'rabbitmq',
] as const;
export type Part = (typeof parts)[number];

export const help = `Measures sealing and opening against jose, and sealed against bare clients over real brokers with TLS 1.3.
Starts its own brokers and removes them. Everything is measured in interleaved rounds of one run; figures are medians.

  npm run bench                                      a table
  npm run bench -- --json                            one flat JSON object on stdout; progress goes to stderr
  npm run bench -- --only envelope|schema|directory|policy|keys|replay|audit|connect|kafka|rabbitmq
                                                     one part; may be given several times
  npm run bench -- --only replay --day               the replay store through two whole days, on a sped-up clock: minutes
  npm run bench -- --quick                           fewer rounds: to see that it works, not to quote
  npm run bench -- --help                            this

Exit status: 0 when everything was measured, 1 when something failed, 2 for an option that does not exist.
Nothing is judged: what is fast enough is for the reader to say.
`;

export interface Options {
  readonly json: boolean;
  readonly quick: boolean;
  readonly day: boolean;
  readonly help: boolean;
  readonly only: readonly Part[];
  /** What is not an option. */
  readonly unknown: readonly string[];
}

export function readOptions(given: readonly string[]): Options {
  const only: Part[] = [];
  const unknown: string[] = [];
  const flags = new Set<string>();
  for (let i = 0; i < given.length; i++) {
    const word = given[i]!;
    if (word === '--only') {
      const part = parts.find((name) => name === given[i + 1]);
      if (part === undefined) unknown.push(`--only ${given[i + 1] ?? ''}`);
      else only.push(part);
      i++;
    } else if (['--json', '--quick', '--day', '--help', '-h'].includes(word)) flags.add(word);
    else unknown.push(word);
  }
  return {
    json: flags.has('--json'),
    quick: flags.has('--quick'),
    day: flags.has('--day'),
    help: flags.has('--help') || flags.has('-h'),
    only: only.length === 0 ? parts : only,
    unknown,
  };
}
