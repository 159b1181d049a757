// `sealwire policy explain`: why a message may be sent, or may not.
import type { Command } from 'commander';
import { explainRoute, readPolicy, type RouteExplanation, type RouteQuestion } from '@sealwire/policy';
import { printResult, type Outcome } from './outcome.js';
import type { OutputOptions, Streams } from './output.js';
import { readPolicyDirectory } from './policy-directory.js';

interface ExplainOptions extends OutputOptions, RouteQuestion {
  readonly directory?: string;
}

export function addPolicyExplain(policy: Command, streams: Streams, outcome: Outcome): void {
  policy
    .command('explain')
    .summary('why an agent may send a message, or may not')
    .description(
      'Goes the way of a message through the policy and the directory, and tells each thing that decides with its line. Give the channel, or the topic, queue or exchange that means one.',
    )
    .argument('[file]', 'the policy', 'sealwire.yaml')
    .requiredOption('--sender <agent>', 'who sends')
    .requiredOption('--type <type>', 'the message type')
    .option('--channel <name>', 'the channel')
    .option('--recipient <name>', 'an agent or group that is to read it')
    .option('--topic <topic>', 'the Kafka topic')
    .option('--queue <queue>', 'the RabbitMQ queue')
    .option('--exchange <exchange>', 'the RabbitMQ exchange that it is published to')
    .option('--routing-key <key>', 'with --exchange')
    .option('--directory <file>', 'the directory (default: the policy’s)')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
Examples:
  sealwire policy explain --sender orchestrator --type task.created --channel tasks
  sealwire policy explain sealwire.yaml --sender researcher --type task.created --topic tasks --recipient auditor --json

Exit codes: 0 allowed, 1 denied, 2 wrong command line.`,
    )
    .action((file: string, { json = false, directory: given, ...question }: ExplainOptions) => {
      const policy = readPolicy(file);
      const directory = readPolicyDirectory(policy, given);
      const explanation = explainRoute(policy, directory, question, Date.now());
      printResult(
        streams,
        { json },
        outcome,
        explanation.allowed,
        { ...explanation, question },
        explanationLines(question, explanation),
      );
    });
}

/** The verdict, and what it is made of. */
export function explanationLines(
  { sender, type, recipient }: RouteQuestion,
  { allowed, code, channel, reasons }: RouteExplanation,
): string[] {
  const where = channel === null ? '' : ` on ${channel}`;
  const to = recipient === undefined ? '' : ` to ${recipient}`;
  const verdict = allowed ? 'ALLOWED' : `DENIED (${code})`;
  return [
    `${verdict}: ${sender} sends ${type}${to}${where}`,
    ...reasons.map(({ holds, text, place }) => `  ${holds ? 'yes' : 'NO '}  ${text}  [${place}]`),
  ];
}
