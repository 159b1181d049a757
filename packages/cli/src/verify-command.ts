// `sealwire verify`: the third party’s check of one message or many, without a private key.
import type { Command } from 'commander';
import { InabilityError } from '@sealwire/core';
import { nodePrimitives } from '@sealwire/crypto';
import { recordVerifier, type Verification } from '@sealwire/envelope';
import type { OpenDirectory } from '@sealwire/identity';
import { readRecords } from './kept-record.js';
import type { Outcome } from './outcome.js';
import type { Streams } from './output.js';
import { Progress } from './progress.js';
import { readDirectory } from './read-directory.js';
import { asOfMs, skewMsOf, trustOf, type VerifyOptions } from './verify-options.js';
import { resultOf, type Result } from './verify-result.js';

/** A line holds a message in base64, its key, its session and its headers: room for all of them. */
const lineBytesPerMessageByte = 4;
const lineBytesAtLeast = 262_144;

export function addVerify(program: Command, streams: Streams, outcome: Outcome): void {
  program
    .command('verify')
    .summary('check who sent messages, and that nothing was changed')
    .description(
      'Checks sealed messages as a third party: signature, sender, and whether the sender’s key was good at the time. Needs the directory and its root key, and no private key. It does not tell whether a message opens, was permitted where it was read, or is a replay.',
    )
    .argument('<file>', 'a file with records, or - for standard input')
    .requiredOption('--directory <file>', 'the directory, usually directory.jsonl')
    .option('--root-key <key>', 'a root key that is trusted, 65 bytes in base64url; again for more', collect)
    .option('--threshold <number>', 'how many of them must have signed (default: 1)')
    .option(
      '--policy <file>',
      'the policy that pins the root keys (default: sealwire.yaml beside the directory)',
    )
    .option(
      '--as-of <date>',
      'judge keys at this time (default: when the broker appended a record, otherwise now)',
    )
    .option('--skew <seconds>', 'how far clocks may differ (default: 30)')
    .option('--max-message <bytes>', 'larger ones are refused unread (default: as the policy, or 1 MiB)')
    .option('--hex', 'the input is hex')
    .option('--base64', 'the input is base64')
    .option('--key <text>', 'the record key, which the signature covers')
    .option('--key-base64 <bytes>', 'the same, in base64')
    .option('--session <file>', 'the session that the message refers to')
    .option('--json', 'print one JSON object a line for each record, and a last one with the sums')
    .addHelpText(
      'after',
      `
A file that begins with { holds lines of JSON, one record each, as "sealwire export" writes them; topic, partition, offset and queue are for people:
  {"value": base64 or null, "key": base64 or null, "headers": [{"name": text, "values": [base64]}],
   "session": base64, "appendedAt": milliseconds or date, "topic": text, "partition": number, "offset": text}
It is read as a stream: how long it is does not matter.

Examples:
  sealwire verify records.jsonl --directory directory.jsonl
  sealwire verify message.bin --key order-7 --directory directory.jsonl --root-key BAIX… --as-of 2026-01-15T12:00:00Z
  sealwire export --topic tasks --brokers localhost:9093 --agent auditor | sealwire verify - --directory directory.jsonl --json

Exit codes: 0 all verify, 1 one does not, 2 wrong command line.`,
    )
    .action((file: string, options: VerifyOptions) => verify(file, options, streams, outcome));
}

const collect = (word: string, words: readonly string[] = []): string[] => [...words, word];

async function verify(
  file: string,
  options: VerifyOptions,
  streams: Streams,
  outcome: Outcome,
): Promise<void> {
  const json = options.json === true;
  outcome.lines = true;
  const nowMs = Date.now();
  const { pin, maxMessageBytes } = trustOf(options);
  const [fixedMs, skewMs] = [asOfMs(options), skewMsOf(options)];
  const { realm, ...keys } = pin;
  // What the directory says now of keys then: it keeps their validity and revocations.
  const directory = readDirectory({ file: options.directory, ...keys }, realm, Infinity);
  const check = recordVerifier({ primitives: nodePrimitives, directory, skewMs, maxMessageBytes });
  const counts = { verified: 0, failed: 0 };
  const progress = new Progress(streams, 'records');
  const maxLineBytes = Math.max(lineBytesPerMessageByte * maxMessageBytes, lineBytesAtLeast);
  try {
    for await (const given of readRecords(file, options, maxLineBytes)) {
      const atMs = fixedMs ?? (given.record === null ? null : given.appendedAtMs) ?? nowMs;
      requireNews(directory, options.directory, atMs);
      const result = resultOf(given.name, atMs, given.record === null ? overlong : check(given.record, atMs));
      counts[result.verified ? 'verified' : 'failed']++;
      progress.tick();
      streams.out(`${json ? JSON.stringify(result) : lineOf(result)}\n`);
    }
  } finally {
    progress.end();
  }
  outcome.ok = counts.failed === 0 && counts.verified > 0;
  streams.out(
    json
      ? `${JSON.stringify({ ok: outcome.ok, ...counts })}\n`
      : `${counts.verified} verified, ${counts.failed} not\n`,
  );
}

/** What nobody reads is no reason to stop: whoever writes to a topic could end every audit of it. */
const overlong: Verification = {
  verified: false,
  code: 'ERR_FORMAT_SIZE',
  reason: 'The record is larger than the limit. Give --max-message if such messages are expected.',
};

/** One that had expired before the time to judge at says nothing of it. */
function requireNews(directory: OpenDirectory, file: string, atMs: number): void {
  if (atMs < directory.expiresAtMs) return;
  throw new InabilityError(
    'ERR_UNABLE_DIRECTORY',
    `${file} expired on ${new Date(directory.expiresAtMs).toISOString()}, before the time to judge at. Get a newer one, or give --as-of.`,
  );
}

function lineOf(result: Result): string {
  if (!result.verified) return `${result.name}: NOT VERIFIED, ${result.code}: ${result.reason}`;
  const { name, sender, recipients, channel, type, issuedAt, messageHash, keyRevoked } = result;
  const note = keyRevoked ? ' (its key was revoked later)' : '';
  return `${name}: ${JSON.stringify(sender)} sent ${JSON.stringify(type)} to ${JSON.stringify(recipients)} on ${JSON.stringify(channel)} at ${issuedAt}${note}, message ${messageHash}`;
}
