// `sealwire export`: records of a topic as lines of JSON, self-contained, for whoever has no access to the broker.
import { createHash } from 'node:crypto';
import type { Command } from 'commander';
import { FormatError, UsageError, type Received, type SessionRules } from '@sealwire/core';
import { decodeSessionRecord, referenceOf, selfContained } from '@sealwire/envelope';
import type { FindSessions, RecordRange } from '@sealwire/kafka';
import { readPolicy } from '@sealwire/policy';
import { guardOf, type BrokerOptions } from './broker-record.js';
import type { Outcome } from './outcome.js';
import type { Streams } from './output.js';
import { Progress } from './progress.js';
import { toLine } from './record-line.js';

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
  const topic = sessionTopicOf(options);
  let [written, unknown] = [0, 0];
  const progress = new Progress(streams, 'records');
  const { readRange } = await import('@sealwire/kafka');
  try {
    await readRange(guard, options.brokers.split(','), {
      range,
      sessions: topic === null ? null : { topic, rules: anySession },
      async take(records, find) {
        const parts = records.map(partOf);
        const sessions = await sessionsOf(parts, find);
        const lines = parts.map((part) => {
          const whole = madeWhole(part, sessions);
          if (whole === null) unknown++;
          written++;
          progress.tick();
          return toLine(whole ?? part.received);
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

/** A record, and the envelope in it that refers to a session. */
interface Part {
  readonly received: Received;
  readonly envelope: Buffer | null;
  readonly reference: string | null;
  /** The session that it refers to, where it was kept beside the record. */
  readonly beside: Buffer | null;
}

function partOf(received: Received): Part {
  const envelope =
    received.value ?? received.headers.find(({ name }) => name === 'sealwire')?.values[0] ?? null;
  try {
    const reference = envelope === null ? null : referenceOf(envelope);
    const beside = reference === null ? null : besideOf(received, reference);
    return { received, envelope, reference: reference?.toString('latin1') ?? null, beside };
  } catch (error) {
    // What is no envelope is exported too: that is for the auditor to see.
    if (error instanceof FormatError) return { received, envelope: null, reference: null, beside: null };
    throw error;
  }
}

/** Those beside quarantined records, and those of the session topic. */
async function sessionsOf(parts: readonly Part[], find: FindSessions): Promise<ReadonlyMap<string, Buffer>> {
  const wanted = new Set<string>();
  for (const { reference, beside } of parts) if (reference !== null && beside === null) wanted.add(reference);
  return wanted.size === 0 ? new Map() : find([...wanted]);
}

/** Anybody may write anything beside a record: only what hashes to the reference counts. */
function besideOf({ headers }: Received, reference: Buffer): Buffer | null {
  const session = headers.find(({ name }) => name === 'sealwire-session')?.values[0] ?? null;
  if (session === null) return null;
  const hash = createHash('sha256').update(session).digest();
  return hash.subarray(0, reference.length).equals(reference) ? session : null;
}

/** @returns `null` where its session is not known */
function madeWhole(
  { received, envelope, reference, beside }: Part,
  sessions: ReadonlyMap<string, Buffer>,
): Received | null {
  if (reference === null) return received;
  const session = beside ?? sessions.get(reference) ?? null;
  if (session === null) return null;
  const whole = selfContained(envelope!, session);
  if (received.value !== null) return { ...received, value: whole };
  const headers = received.headers.map((header) =>
    header.name === 'sealwire' ? { ...header, values: [whole, ...header.values.slice(1)] } : header,
  );
  return { ...received, headers };
}

/** A session is the one that is referred to where its hash says so: who signed it is for `verify` to judge. */
const anySession: SessionRules = {
  topics: [],
  epochMs: 0,
  directoryVersion: 1,
  read(key, value) {
    try {
      const { session, signature } = decodeSessionRecord(key, value);
      return {
        reference: session.hash.toString('latin1', 0, 16),
        session: session.bytes,
        signature,
        senderKeyId: session.senderKeyId.toString('latin1'),
      };
    } catch (error) {
      if (error instanceof FormatError) return null;
      throw error;
    }
  },
  isListed: () => true,
  isSigned: () => true,
};

function sessionTopicOf({ policy = 'sealwire.yaml', topic }: Options): string | null {
  return readPolicy(policy).channels.find(({ topics }) => topics.includes(topic))?.sessionTopic ?? null;
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
