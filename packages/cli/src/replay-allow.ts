// `sealwire replay allow`: a deliberate re-read of a part of one partition.
import type { Command } from 'commander';
import { UsageError } from '@sealwire/core';
import { openSealwire } from 'sealwire';
import { examples } from './operator.js';
import { print, type OutputOptions, type Streams } from './output.js';

interface Options extends OutputOptions {
  readonly group: string;
  readonly topic: string;
  readonly partition: string;
  readonly from: string;
  readonly to?: string;
  readonly by: string;
  readonly kafka: string;
  readonly policy: string;
  readonly agent?: string;
}

export function addReplayAllow(replay: Command, streams: Streams): void {
  replay
    .command('allow')
    .summary('have a part of a partition delivered to a group once more')
    .description(
      'Commits for a consumer group, whose members must be stopped, that it reads on at one offset, and that what lies before another is delivered though it was before, and though its age has passed by now. A record that was written twice is still delivered once. The decision is audited as replay.allowed, and holds over restarts.',
    )
    .requiredOption('--group <name>', 'the consumer group')
    .requiredOption('--topic <name>', 'a topic that the policy maps')
    .requiredOption('--partition <number>', 'of the topic')
    .requiredOption('--from <offset>', 'the first record to be delivered again')
    .option('--to <offset>', 'the offset behind the last one (default: all that there is now)')
    .requiredOption('--by <name>', 'who decided it, for the audit trail')
    .requiredOption('--kafka <host:port,…>', 'the brokers')
    .option('--policy <file>', 'the policy of the group’s processes', 'sealwire.yaml')
    .option('--agent <name>', 'the agent that they are (default: SEALWIRE_AGENT, or agent: in the policy)')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      examples(
        'sealwire replay allow --group billing --topic orders --partition 0 --from 1200 --to 1300 --by ann --kafka localhost:9093 --agent billing',
      ),
    )
    .action(async (options: Options) => {
      const numbers = [options.partition, options.from, ...(options.to === undefined ? [] : [options.to])];
      if (!numbers.every((each) => /^\d{1,15}$/.test(each)))
        throw new UsageError('ERR_USAGE_ARGUMENT', '--partition, --from and --to are whole numbers.');
      const { agent, policy, kafka: brokers, group, topic, by } = options;
      const sealwire = await openSealwire(policy, agent === undefined ? {} : { agent });
      try {
        const { allowRereadAt } = await import('@sealwire/kafka');
        const allowed = await allowRereadAt(sealwire, brokers.split(','), {
          group,
          topic,
          partition: Number(options.partition),
          from: Number(options.from),
          to: options.to === undefined ? null : Number(options.to),
          by,
        });
        print(streams, options, allowed, [
          `${group} reads ${topic}[${allowed.partition}] again from ${allowed.from} up to, but not including, ${allowed.to}.`,
          'Start its members again.',
        ]);
      } finally {
        await sealwire.close();
      }
    });
}
