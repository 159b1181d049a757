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
      'Compares two policies by what they mean: order, comments and defaults that are spelt out are no difference. WEAKER is what lets something pass, or be known to somebody, that was not before; "other" is what cannot be weighed from the files alone, such as another CA. Each change is marked that a running process does not take over. What schemas and keys hold that both name is not looked at.',
    )
    .argument('<old>', 'the policy as it was')
    .argument('<new>', 'the policy as it is to be')
    .option('--only-weaker', 'list what weakens alone, and fail for that alone')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
Examples:
  sealwire policy diff sealwire.yaml.old sealwire.yaml
  sealwire policy diff main.yaml branch.yaml --only-weaker --json

Exit codes: 0 no difference, 1 there is one or a file is not valid, 2 wrong command line.`,
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
