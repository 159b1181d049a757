// `sealwire export`: records of a topic as lines of JSON, self-contained, for whoever has no access to the broker.
import type { Command } from 'commander';
import { UsageError } from '@sealwire/core';
import type { RecordRange } from '@sealwire/kafka';
import { guardOf, type BrokerOptions } from './broker-record.js';
import type { Outcome } from './outcome.js';
import type { Streams } from './output.js';
import { Progress } from './progress.js';
import { toLine } from './record-line.js';
import { anySession, sessionTopicOf, wholeRecords } from './whole-records.js';

interface Options extends Pick<BrokerOptions, 'policy' | 'agent' | 'partition'> {
  readonly topic: string;
  readonly brokers: string;
  readonly fromOffset?: string;
  readonly toOffset?: string;
  readonly end?: boolean;
}

export function addExport(program: Command, streams: Streams, outcome: Outcome): void {
  program
    .command('export')
    .summary('write records of a topic as lines of JSON, for "sealwire verify"')
    .description(
      'Writes the records of a Kafka topic as lines of JSON, in the order of each partition, and commits nothing. Messages that refer to a session get it put in, so that an auditor without access to the broker can verify them. Nothing is opened, no key is needed, and what is not sealed is written as it is.',
    )
    .requiredOption('--topic <name>', 'read from this Kafka topic')
    .requiredOption('--brokers <host:port,…>', 'where')
    .option('--partition <number>', 'of this partition only')
    .option('--from-offset <number>', 'with --partition: from here on (default: from the beginning)')
    .option('--to-offset <number>', 'with --partition: up to, but not including')
    .option('--end', 'up to the end that there is when the command starts (the default)')
    .option('--policy <file>', 'whose connection and session topic to use (default: sealwire.yaml)')
    .option('--agent <name>', 'who connects (default: SEALWIRE_AGENT, or agent: in the policy)')
    .addHelpText(
      'after',
      `
Examples:
  sealwire export --topic tasks --brokers localhost:9093 --agent auditor > records.jsonl
  sealwire export --topic tasks --partition 0 --from-offset 1000 --to-offset 2000 --brokers localhost:9093 --agent auditor

Exit codes: 0 written, 1 not all could be made self-contained or read, 2 wrong command line.`,
    )
    .action((options: Options) => exportRecords(options, streams, outcome));
}

async function exportRecords(options: Options, streams: Streams, outcome: Outcome): Promise<void> {
  const range = rangeOf(options);
  const guard = guardOf(options, 'kafka');
  const topic = sessionTopicOf(options.policy ?? 'sealwire.yaml', options.topic);
  let [written, unknown] = [0, 0];
  const progress = new Progress(streams, 'records');
  const { readRange } = await import('@sealwire/kafka');
  try {
    await readRange(guard, options.brokers.split(','), {
      range,
      sessions: topic === null ? null : { topic, rules: anySession },
      async take(records, find) {
        const whole = await wholeRecords(records, find);
        const lines = records.map((received, place) => {
          if (whole[place] === null) unknown++;
          written++;
          progress.tick();
          return toLine(whole[place] ?? received);
        });
        streams.out(`${lines.join('\n')}\n`);
      },
    });
  } finally {
    progress.end();
  }
  outcome.ok = unknown === 0;
  streams.err(`${written} records\n`);
  if (unknown > 0)
    streams.err(
      `${unknown} of them refer to sessions that are not in ${topic ?? 'any session topic: the policy names none for this topic'}; they are written as they are, and do not verify.\n`,
    );
}

function rangeOf({ topic, partition, fromOffset, toOffset, end }: Options): RecordRange {
  if (partition === undefined && (fromOffset !== undefined || toOffset !== undefined))
    throw new UsageError('ERR_USAGE_ARGUMENT', 'Give --partition with --from-offset and --to-offset.');
  if (end === true && toOffset !== undefined)
    throw new UsageError('ERR_USAGE_ARGUMENT', 'Give either --to-offset or --end.');
  if (partition !== undefined && !/^\d{1,9}$/.test(partition))
    throw new UsageError('ERR_USAGE_ARGUMENT', '--partition is a whole number.');
  const offset = (text: string | undefined, name: string): bigint | null => {
    if (text === undefined) return null;
    if (/^\d{1,18}$/.test(text)) return BigInt(text);
    throw new UsageError('ERR_USAGE_ARGUMENT', `${name} is a whole number.`);
  };
  return {
    topic,
    partition: partition === undefined ? null : Number(partition),
    from: offset(fromOffset, '--from-offset'),
    to: offset(toOffset, '--to-offset'),
  };
}
