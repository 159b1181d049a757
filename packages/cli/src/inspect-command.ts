// `sealwire inspect`: what a sealed message says of itself, without any key.
import type { Command } from 'commander';
import { UsageError } from '@sealwire/core';
import { inspect } from '@sealwire/envelope';
import { fetchRecord, type BrokerOptions } from './broker-record.js';
import { inspectionLines } from './inspection-lines.js';
import { readRecords, type InputOptions } from './kept-record.js';
import type { GivenRecord } from './record-line.js';
import { printResult, type Outcome } from './outcome.js';
import type { OutputOptions, Streams } from './output.js';

/** What is inspected is held in memory. */
const maxLineBytes = 64 * 1024 * 1024;

type Options = OutputOptions & InputOptions & BrokerOptions;

export function addInspect(program: Command, streams: Streams, outcome: Outcome): void {
  program
    .command('inspect')
    .summary('show every field of a sealed message')
    .description(
      'Shows every field of a sealed message with its place and size, and where its bytes stop making sense. Needs no key, and verifies nothing. From a topic it reads without committing; from a queue it takes the first message and puts it back.',
    )
    .argument('[file]', 'a file with the record, or - for standard input')
    .option('--hex', 'the input is hex')
    .option('--base64', 'the input is base64')
    .option('--key <text>', 'the record key, which the message hash covers')
    .option('--key-base64 <bytes>', 'the same, in base64')
    .option('--session <file>', 'the session that the message refers to')
    .option('--topic <name>', 'read from this Kafka topic')
    .option('--partition <number>', 'with --topic')
    .option('--offset <number>', 'with --topic')
    .option('--brokers <host:port,…>', 'with --topic')
    .option('--queue <name>', 'look at the first message of this RabbitMQ queue')
    .option('--url <url>', 'with --queue: amqps://host:port, without credentials')
    .option('--policy <file>', 'whose connection to use (default: sealwire.yaml)')
    .option('--agent <name>', 'who connects (default: SEALWIRE_AGENT, or agent: in the policy)')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
A file that begins with { holds lines of JSON, one record each:
  {"value": base64 or null, "key": base64 or null, "headers": [{"name": text, "values": [base64]}], "session": base64}

Examples:
  sealwire inspect message.bin
  kcat -C -t tasks -o 17 -c 1 … | sealwire inspect - --key order-7
  sealwire inspect --topic tasks --partition 0 --offset 17 --brokers localhost:9093 --agent researcher
  sealwire inspect --queue tasks --url amqps://localhost:5671 --agent researcher --json

Exit codes: 0 well-formed, 1 not well-formed or not there, 2 wrong command line.`,
    )
    .action(async (file: string | undefined, options: Options) => {
      const given = await recordsOf(file, options);
      const inspected = given.map(({ name, record }) => ({ name, ...inspect(record) }));
      const ok = inspected.every(({ wellFormed }) => wellFormed);
      const lines = inspected.flatMap((one) => [...inspectionLines(one.name, one), '']);
      if (options.queue !== undefined)
        lines.push(
          'The message is back in its queue; RabbitMQ marks it as redelivered and counts the delivery.',
        );
      printResult(streams, options, outcome, ok, { records: inspected }, lines);
    });
}

async function recordsOf(file: string | undefined, options: Options): Promise<GivenRecord[]> {
  const fromBroker = options.topic !== undefined || options.queue !== undefined;
  if (fromBroker === (file !== undefined) || (options.topic !== undefined && options.queue !== undefined))
    throw new UsageError('ERR_USAGE_ARGUMENT', 'Give one of: a file, --topic, --queue.');
  if (fromBroker) return [await fetchRecord(options)];
  const given: GivenRecord[] = [];
  for await (const one of readRecords(file!, options, maxLineBytes)) {
    if (one.record === null)
      throw new UsageError('ERR_USAGE_ARGUMENT', `${one.name} is larger than 64 MiB: no sealed message is.`);
    given.push(one);
  }
  return given;
}
