// `sealwire policy test`: the user's own examples of what a policy must allow and deny.
import type { Command } from 'commander';
import { readExamples, readPolicy, tryExamples, type ExampleResult } from '@sealwire/policy';
import { printResult, type Outcome } from './outcome.js';
import type { OutputOptions, Streams } from './output.js';
import { readPolicyDirectory } from './policy-directory.js';
import { explanationLines } from './policy-explain.js';

interface TestOptions extends OutputOptions {
  readonly policy: string;
  readonly directory?: string;
}

export function addPolicyTest(policy: Command, streams: Streams, outcome: Outcome): void {
  policy
    .command('test')
    .summary('hold a policy to your own examples of what it must allow and deny')
    .description(
      'Asks the policy about every example of a file, as "explain" does, and tells those that come out otherwise.',
    )
    .argument('<examples>', 'the file of examples')
    .option('--policy <file>', 'the policy', 'sealwire.yaml')
    .option('--directory <file>', 'the directory (default: the policy’s)')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
Examples:
  sealwire policy test examples.yaml
  sealwire policy test examples.yaml --policy sealwire.yaml --json

A file of examples:
  version: 1
  examples:
    - allow: { sender: orchestrator, type: task.created, channel: tasks, recipient: researcher }
    - deny: { sender: researcher, type: task.created, topic: tasks }
      code: ERR_POLICY_SENDER
      why: only the orchestrator gives tasks

Exit codes: 0 all come out as they say, 1 one does not or a file is not valid, 2 wrong command line.`,
    )
    .action((file: string, { policy: policyFile, directory: given, json = false }: TestOptions) => {
      const template = readPolicy(policyFile);
      const directory = readPolicyDirectory(template, given);
      const results = tryExamples(template, directory, readExamples(file), Date.now());
      const failed = results.filter(({ passed }) => !passed);
      printResult(
        streams,
        { json },
        outcome,
        failed.length === 0,
        { passed: results.length - failed.length, failed: failed.length, examples: results },
        [
          ...failed.flatMap(failureLines),
          `${results.length - failed.length} passed, ${failed.length} failed`,
        ],
      );
    });
}

function failureLines({ expected, code, why, place, question, explanation }: ExampleResult): string[] {
  const wanted = expected === 'allow' ? 'allowed' : `denied${code === null ? '' : ` with ${code}`}`;
  return [
    `FAILED ${place}: must be ${wanted}${why === null ? '' : `, because ${why}`}`,
    ...explanationLines(question, explanation).map((line) => `  ${line}`),
  ];
}
