// `sealwire policy check`: the command line of checkPolicy.
import type { Command } from 'commander';
import { policyJsonSchema } from '@sealwire/policy';
import { print, type OutputOptions, type Streams } from './output.js';
import type { Outcome } from './outcome.js';
import { checkPolicy } from './policy-check.js';
import { addPolicyDiff } from './policy-diff.js';
import { addPolicyExplain } from './policy-explain.js';
import { addPolicySign } from './policy-sign.js';
import { addPolicyTest } from './policy-test.js';

export function addPolicy(program: Command, streams: Streams, outcome: Outcome): void {
  const policy = program
    .command('policy')
    .summary('work with sealwire.yaml')
    .description('Works with sealwire.yaml.');
  policy
    .command('check')
    .summary('tell everything that is wrong with a policy')
    .description(
      'Checks a policy, its directory and the names in it; for a named agent also its keys, certificates and passwords.',
    )
    .argument('<file>', 'the policy, usually sealwire.yaml')
    .option('--agent <name>', 'the agent to check it for (default: SEALWIRE_AGENT, or agent: in the file)')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
Examples:
  sealwire policy check sealwire.yaml
  sealwire policy check sealwire.yaml --agent orchestrator --json

Exit codes: 0 valid, 1 not valid, 2 wrong command line.`,
    )
    .action(async (file: string, options: OutputOptions & { readonly agent?: string }) => {
      const result = await checkPolicy(file, options.agent ?? (process.env['SEALWIRE_AGENT'] || null));
      const { channels, checked, notChecked, notEnforced, insecure, over, digest, revision } = result;
      print(streams, options, result, [
        `${file} is valid.`,
        `Digest: ${digest}${revision === null ? '' : `, revision ${revision}`}`,
        `Channels: ${channels.join(', ')}`,
        `Checked: ${checked.join(', ')}`,
        ...(notChecked.length === 0 ? [] : [`Not checked: ${notChecked.join(', ')}`]),
        ...notEnforced.map((key) => `NOT ENFORCED BY THIS VERSION: ${key}`),
        ...insecure.map(({ key, value, until }) => `INSECURE: ${key} is ${value}, accepted until ${until}`),
        ...over.map(({ key, value, until }) => `OVER: ${key} was ${value} until ${until}; remove it`),
      ]);
    });
  policy
    .command('schema')
    .summary('print a JSON Schema of sealwire.yaml for editors')
    .description(
      'Prints a JSON Schema (2020-12) of the policy file: editors complete its keys by it and underline what is misspelt. What must hold between keys is told by "sealwire policy check" alone.',
    )
    .addHelpText(
      'after',
      `
Examples:
  sealwire policy schema > sealwire.schema.json
  # and as the first line of sealwire.yaml:
  # yaml-language-server: $schema=./sealwire.schema.json

Exit codes: 0 printed, 2 wrong command line.`,
    )
    .action(() => {
      streams.out(`${JSON.stringify(policyJsonSchema(), null, 2)}\n`);
    });
  addPolicyExplain(policy, streams, outcome);
  addPolicyDiff(policy, streams, outcome);
  addPolicyTest(policy, streams, outcome);
  addPolicySign(policy, streams);
}
