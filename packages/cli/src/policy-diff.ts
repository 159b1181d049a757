// `sealwire policy diff`: what two policies say differently, and what of it weakens.
import type { Command } from 'commander';
import { changeText, comparePolicies, readPolicy, type PolicyChange } from '@sealwire/policy';
import { printResult, type Outcome } from './outcome.js';
import type { OutputOptions, Streams } from './output.js';

interface DiffOptions extends OutputOptions {
  readonly onlyWeaker?: boolean;
}

const marks = { weaker: 'WEAKER  ', stronger: 'stronger', other: 'other   ' } as const;

export function addPolicyDiff(policy: Command, streams: Streams, outcome: Outcome): void {
  policy
    .command('diff')
    .summary('what two policies say differently, and what of it weakens')
    .description(
      'Compares two policies by what they mean: order, comments and defaults that are spelt out make no difference. WEAKER is a change by which something passes, or is known to somebody, that was not before; "stronger" is one the other way; "other" is one that the files alone do not weigh, such as another CA. Running processes take over all changes but those marked (needs a new start). The files that a policy names, such as schemas and keys, are not compared.',
    )
    .argument('<old>', 'the policy as it was')
    .argument('<new>', 'the policy as it is to be')
    .option('--only-weaker', 'list only what weakens, and exit 1 only for that')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
Examples:
  sealwire policy diff sealwire.yaml.old sealwire.yaml
  sealwire policy diff main.yaml branch.yaml --only-weaker --json

Exit codes: 0 no difference (with --only-weaker: nothing weakens), 1 there is one, or a file is not valid, 2 wrong
command line.`,
    )
    .action((older: string, newer: string, { json = false, onlyWeaker = false }: DiffOptions) => {
      const all = comparePolicies(readPolicy(older), readPolicy(newer));
      const changes = onlyWeaker ? all.filter(({ effect }) => effect === 'weaker') : all;
      const same = changes.length === 0;
      printResult(
        streams,
        { json },
        outcome,
        same,
        { old: older, new: newer, ...countsOf(changes), changes },
        same ? [onlyWeaker ? 'Nothing weakens.' : 'No difference.'] : changes.map(changeLine),
      );
    });
}

const countsOf = (changes: readonly PolicyChange[]) => ({
  weaker: changes.filter(({ effect }) => effect === 'weaker').length,
  stronger: changes.filter(({ effect }) => effect === 'stronger').length,
});

function changeLine(change: PolicyChange): string {
  const { effect, live, place } = change;
  return `${marks[effect]}  ${changeText(change)}${live ? '' : ' (needs a new start)'}  [${place}]`;
}
