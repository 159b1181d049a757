// `sealwire audit prove`: makes the proof of one message.
import type { Command } from 'commander';
import {
  checkpointKey,
  encodeProof,
  ProofSearch,
  type AuditProof,
  type FoundEvent,
  type TrailTerms,
} from '@sealwire/audit';
import { InabilityError, SealwireError, UsageError } from '@sealwire/core';
import { everybodyReads, replaceFile } from '@sealwire/identity';
import { printResult, type Outcome } from '../outcome.js';
import type { OutputOptions, Streams } from '../output.js';
import { Progress } from '../progress.js';
import { skewMsOf } from '../verify-options.js';
import { assembleProof } from './assemble-proof.js';
import { openTrust, type TrustOptions } from './audit-trust.js';
import { messageInFile, messageInTopic, type FoundMessage } from './find-message.js';
import { judgeProof, type ProofTerms } from './judge-proof.js';
import { proofLines, proofReport } from './proof-report.js';
import { trailOf, type TrailOptions, type TrailSource } from './read-trail.js';

interface ProveOptions extends TrustOptions, TrailOptions, OutputOptions {
  readonly skew?: string;
  readonly record?: string | false;
  readonly withRecord?: boolean;
  readonly out?: string;
}

export function addProve(audit: Command, streams: Streams, outcome: Outcome): void {
  audit
    .command('prove')
    .summary('make a proof of one message, for whoever has the directory')
    .description(
      'Makes a small file that shows with the public directory alone that a sender sent a message, when and where, and that the audit trail has it. Reads the trail once, in bounded memory: from the audit topic, or from a file with its events. The message’s own signature is taken from its record, where that still lies in its topic. The file holds no payload but the sealed one, and that only with --with-record.',
    )
    .argument('<message-hash>', '64 hex digits, as in the events and from "sealwire inspect"')
    .argument('[file]', 'a file with the events, one a line, or - for standard input')
    .option('--brokers <host:port,…>', 'read the audit topic, and the record, from here')
    .option('--topic <name>', 'the audit topic (default: as the policy)')
    .option('--policy <file>', 'whose connection, root keys and topics to use (default: sealwire.yaml)')
    .option('--agent <name>', 'who connects (default: SEALWIRE_AGENT, or agent: in the policy)')
    .option('--directory <file>', 'the directory (default: as the policy)')
    .option('--root-key <key>', 'a root key that is trusted, 65 bytes in base64url; again for more', collect)
    .option('--threshold <number>', 'how many of them must have signed (default: 1)')
    .option('--skew <seconds>', 'how far clocks may differ (default: 30)')
    .option('--record <file>', 'take the message from here, as "sealwire export" writes it')
    .option('--no-record', 'do not look for the message: events alone')
    .option(
      '--with-record',
      'put the sealed message in, so that channel and audience are shown by its own signature',
    )
    .option('--out <file>', 'write the proof here (default: standard output)')
    .option('--json', 'with --out: print one JSON object')
    .addHelpText(
      'after',
      `
Examples:
  sealwire audit prove 3f5c… --brokers localhost:9093 --agent auditor --out proof.json
  sealwire audit prove 3f5c… audit.jsonl --directory directory.jsonl --root-key BAIX… --record records.jsonl --out proof.json
  sealwire audit check-proof proof.json --directory directory.jsonl

Exit codes: 0 written, 1 there is nothing that proves it, 2 could not be read, or wrong command line.`,
    )
    .action((messageHash: string, file: string | undefined, options: ProveOptions) =>
      prove(messageHash.toLowerCase(), file, options, streams, outcome),
    );
}

const collect = (word: string, words: readonly string[] = []): string[] => [...words, word];

async function prove(
  messageHash: string,
  file: string | undefined,
  options: ProveOptions,
  streams: Streams,
  outcome: Outcome,
): Promise<void> {
  if (!/^[0-9a-f]{64}$/.test(messageHash))
    throw new UsageError('ERR_USAGE_ARGUMENT', 'The message hash is 64 hex digits.');
  if (options.json === true && options.out === undefined)
    throw new UsageError('ERR_USAGE_ARGUMENT', 'Give --out with --json: both would go to standard output.');
  outcome.judges = true;
  const source = trailOf(file, options);
  const terms: ProofTerms = { directory: openTrust(options), skewMs: skewMsOf(options) };
  const search = await searched(messageHash, source, terms, streams);
  const events = [...search.found, ...search.uncovered];
  const message =
    search.found.length === 0
      ? { parts: null, why: 'no event was found that a checkpoint covers.' }
      : await messageOf(messageHash, events, options);
  const notes = notesOf(search, message);
  const { parts } = message;
  const proof = assembleProof(
    { messageHash, found: search.found, message: parts, withRecord: options.withRecord === true },
    terms,
  );
  if (proof === null) {
    const reason = `No event of this message is proven by what was read (${search.taken} events).`;
    const refused = { proven: false, code: 'ERR_INTEGRITY_AUDIT', reason, messageHash, notes };
    show(options, streams, outcome, refused, [`NOT PROVEN, ${refused.code}: ${reason}`, ...notes]);
    return;
  }
  const report = proofReport(proof, judgeProof(proof, terms));
  if (report.proven) write(proof, options, streams);
  show(options, streams, outcome, { ...report, notes }, [...proofLines(report), ...notes]);
}

/** Beside a proof on standard output, what people read goes to the other one. */
function show<Result extends { readonly proven: boolean }>(
  options: ProveOptions,
  streams: Streams,
  outcome: Outcome,
  result: Result,
  lines: readonly string[],
): void {
  const to = options.out === undefined ? { ...streams, out: (text: string) => streams.err(text) } : streams;
  printResult(to, options, outcome, result.proven, { file: options.out ?? null, ...result }, lines);
}

function write(proof: AuditProof, { out }: ProveOptions, streams: Streams): void {
  const bytes = encodeProof(proof);
  if (out === undefined) streams.out(bytes.toString('utf8'));
  else replaceFile(out, bytes, everybodyReads);
}

async function searched(
  messageHash: string,
  source: TrailSource,
  terms: TrailTerms,
  streams: Streams,
): Promise<ProofSearch> {
  const search = new ProofSearch({
    messageHash,
    trusts(note, writer, atMs) {
      try {
        checkpointKey(note, writer, atMs, terms);
        return true;
      } catch (error) {
        if (error instanceof InabilityError || !(error instanceof SealwireError)) throw error;
        return false;
      }
    },
  });
  const progress = new Progress(streams, 'events');
  try {
    await source.read({
      sinceMs: null,
      take({ bytes }) {
        search.take(bytes);
        progress.tick();
      },
    });
  } finally {
    progress.end();
  }
  return search;
}

async function messageOf(
  messageHash: string,
  events: readonly Pick<FoundEvent, 'event'>[],
  { record, brokers, policy, agent }: ProveOptions,
): Promise<FoundMessage> {
  if (record === false) return { parts: null, why: 'it was not to be looked for (--no-record).' };
  if (typeof record === 'string') return messageInFile(record, messageHash);
  if (brokers === undefined) return { parts: null, why: 'neither --record nor --brokers says where it is.' };
  const who = { ...(policy === undefined ? {} : { policy }), ...(agent === undefined ? {} : { agent }) };
  return messageInTopic(
    events.map(({ event }) => event),
    messageHash,
    { ...who, brokers },
  );
}

function notesOf({ uncovered }: ProofSearch, message: FoundMessage): string[] {
  const whys = {
    'no-checkpoint':
      'no good checkpoint covers it yet: a running writer makes one within a minute, and when it ends.',
    incomplete:
      'other events that its checkpoint covers are missing here, so the way to it cannot be computed.',
  };
  return [
    ...uncovered
      .slice(0, 5)
      .map(
        ({ event, because }) =>
          `Left out: event ${event.sequence} of chain ${event.chain}, ${event.kind} by ${JSON.stringify(event.writer)}: ${whys[because]}`,
      ),
    ...(message.parts === null ? [`Without the message’s own signature: ${message.why}`] : []),
  ];
}
