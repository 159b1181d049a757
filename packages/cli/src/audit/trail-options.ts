// The options by which commands on the trail find it.
import type { Command } from 'commander';

export function withTrail(command: Command): Command {
  return command
    .argument('[file]', 'events, one a line, or - for standard input')
    .option('--brokers <host:port,…>', 'read the topic from these Kafka brokers')
    .option('--topic <name>', 'with --brokers (default: the policy’s audit topic)')
    .option('--policy <file>', 'with --brokers: whose connection and topic to use (default: sealwire.yaml)')
    .option(
      '--agent <name>',
      'with --brokers: who connects (default: SEALWIRE_AGENT, or agent: in the policy)',
    );
}
