// `sealwire verify`: the third party’s check of one message or many, without a private key.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import { InabilityError, UsageError, type MessageFacts } from '@sealwire/core';
import { nodePrimitives } from '@sealwire/crypto';
import { recordVerifier, type Verification } from '@sealwire/envelope';
import type { OpenDirectory, Pin } from '@sealwire/identity';
import { readPolicy } from '@sealwire/policy';
import { readRecords, type GivenRecord, type InputOptions } from './kept-record.js';
import { printResult, type Outcome } from './outcome.js';
import type { OutputOptions, Streams } from './output.js';
import { readDirectory } from './read-directory.js';

interface Options extends OutputOptions, InputOptions {
  readonly directory: string;
  readonly policy?: string;
  readonly rootKey?: readonly string[];
  readonly threshold?: string;
  readonly asOf?: string;
  readonly skew?: string;
}

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
    .option('--hex', 'the input is hex')
    .option('--base64', 'the input is base64')
    .option('--key <text>', 'the record key, which the signature covers')
    .option('--key-base64 <bytes>', 'the same, in base64')
    .option('--session <file>', 'the session that the message refers to')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
A file that begins with { holds lines of JSON, one record each; topic, partition, offset and queue are for people:
  {"value": base64 or null, "key": base64 or null, "headers": [{"name": text, "values": [base64]}],
   "session": base64, "appendedAt": milliseconds or date, "topic": text, "partition": number, "offset": text}

Examples:
  sealwire verify records.jsonl --directory directory.jsonl
  sealwire verify message.bin --key order-7 --directory directory.jsonl --root-key BAIX… --as-of 2026-01-15T12:00:00Z
  cat records.jsonl | sealwire verify - --directory directory.jsonl --json

Exit codes: 0 all verify, 1 one does not, 2 wrong command line.`,
    )
    .action((file: string, options: Options) => {
      const nowMs = Date.now();
      const [pin, asOfMs, skewMs] = [pinOf(options), timeOf(options.asOf), skewOf(options)];
      const given = readRecords(file, options);
      const judgedAt = given.map(({ appendedAtMs }) => asOfMs ?? appendedAtMs ?? nowMs);
      const directory = trustedDirectory(options.directory, pin, Math.max(...judgedAt));
      const verify = recordVerifier({ primitives: nodePrimitives, directory, skewMs });
      const results = given.map((one, i) => resultOf(one, judgedAt[i]!, verify(one.record, judgedAt[i]!)));
      const failed = results.filter(({ verified }) => !verified).length;
      const verified = results.length - failed;
      const lines = [...results.map(lineOf), `${verified} verified, ${failed} not`];
      printResult(
        streams,
        options,
        outcome,
        failed === 0 && verified > 0,
        { verified, failed, results },
        lines,
      );
    });
}

/** What is printed of one record. */
type Result = { readonly name: string; readonly judgedAt: string } & (
  | ({ readonly verified: true; readonly keyRevoked: boolean } & ReturnType<typeof shown>)
  | { readonly verified: false; readonly code: string; readonly reason: string }
);

function resultOf({ name }: GivenRecord, judgedAtMs: number, verification: Verification): Result {
  const head = { name, judgedAt: new Date(judgedAtMs).toISOString() };
  if (!verification.verified) return { ...head, ...verification };
  const { facts, keyRevoked } = verification;
  return { ...head, verified: true, keyRevoked, ...shown(facts) };
}

function shown(facts: MessageFacts) {
  return {
    sender: facts.sender,
    senderKeyId: facts.senderKeyId.toString('hex'),
    recipients: facts.recipients,
    channel: facts.channel,
    type: facts.type,
    contentType: facts.contentType,
    issuedAt: new Date(facts.issuedAtMs).toISOString(),
    messageHash: facts.messageHash.toString('hex'),
    nonce: facts.nonce.toString('hex'),
  };
}

function lineOf(result: Result): string {
  if (!result.verified) return `${result.name}: NOT VERIFIED, ${result.code}: ${result.reason}`;
  const { name, sender, recipients, channel, type, issuedAt, messageHash, keyRevoked } = result;
  const note = keyRevoked ? ' (its key was revoked later)' : '';
  return `${name}: ${JSON.stringify(sender)} sent ${JSON.stringify(type)} to ${JSON.stringify(recipients)} on ${JSON.stringify(channel)} at ${issuedAt}${note}, message ${messageHash}`;
}

/**
 * What the directory says now of keys then: it keeps their validity and revocations. Only one that had expired before
 * the time to judge at says nothing of it.
 */
function trustedDirectory(file: string, { realm, ...pin }: RealmPin, latestMs: number): OpenDirectory {
  const directory = readDirectory({ file, ...pin }, realm, Infinity);
  if (latestMs < directory.expiresAtMs) return directory;
  throw new InabilityError(
    'ERR_UNABLE_DIRECTORY',
    `${file} expired on ${new Date(directory.expiresAtMs).toISOString()}, before the time to judge at. Get a newer one, or give --as-of.`,
  );
}

/** Whom to trust, and for which realm; `null`: the one that the root says. */
type RealmPin = Pin & { readonly realm: Buffer | null };

function pinOf({ directory, policy, rootKey, threshold }: Options): RealmPin {
  if (rootKey === undefined) {
    const beside = join(dirname(directory), 'sealwire.yaml');
    if (policy === undefined && !existsSync(beside))
      throw new UsageError(
        'ERR_USAGE_ARGUMENT',
        `There is no ${beside} that says which root key to trust; give --policy or --root-key.`,
      );
    const read = readPolicy(policy ?? beside);
    return { rootKeys: read.directory.rootKeys, threshold: read.directory.threshold, realm: read.realm };
  }
  if (policy !== undefined) throw new UsageError('ERR_USAGE_ARGUMENT', 'Give either --policy or --root-key.');
  const needed = Number(threshold ?? 1);
  if (!Number.isInteger(needed) || needed < 1 || needed > rootKey.length)
    throw new UsageError('ERR_USAGE_ARGUMENT', '--threshold is a number from 1 to the number of root keys.');
  return { rootKeys: rootKey.map(publicKeyOf), threshold: needed, realm: null };
}

function publicKeyOf(text: string): Buffer {
  const bytes = Buffer.from(text, 'base64url');
  if (bytes.length === 65 && bytes.toString('base64url') === text) return bytes;
  throw new UsageError(
    'ERR_USAGE_ARGUMENT',
    '--root-key must be 65 bytes in base64url, as in directory.root_key.',
  );
}

const collect = (word: string, words: readonly string[] = []): string[] => [...words, word];

function timeOf(date: string | undefined): number | null {
  if (date === undefined) return null;
  const ms = Date.parse(date);
  if (Number.isFinite(ms)) return ms;
  throw new UsageError(
    'ERR_USAGE_ARGUMENT',
    '--as-of must be an ISO 8601 date, such as 2026-01-15T12:00:00Z.',
  );
}

function skewOf({ skew = '30' }: Options): number {
  if (/^\d{1,6}$/.test(skew)) return Number(skew) * 1000;
  throw new UsageError('ERR_USAGE_ARGUMENT', '--skew is a whole number of seconds.');
}
