// `sealwire audit verify`: whether the trail is as its writers left it.
import type { Command } from 'commander';
import {
  AuditVerifier,
  type AuditSummary,
  type ChainSummary,
  type Finding,
  type FindingKind,
} from '@sealwire/audit';
import { InabilityError, UsageError } from '@sealwire/core';
import type { OpenDirectory } from '@sealwire/identity';
import type { Outcome } from '../outcome.js';
import type { OutputOptions, Streams } from '../output.js';
import { Progress } from '../progress.js';
import { auditTrust, checkpointEveryOf, openTrust, pseudonymsOf, type TrustOptions } from './audit-trust.js';
import { advice, findingLine } from './finding-line.js';
import { trailOf, type TrailOptions } from './read-trail.js';
import { openReconciler, reconciliationLines, unmatchedJson, unmatchedLine } from './reconcile-trail.js';

interface Options extends OutputOptions, TrustOptions, TrailOptions {
  readonly since?: string;
  readonly until?: string;
  readonly part?: boolean;
  readonly reconcile: boolean;
  readonly grace?: string;
}

export function addAuditVerify(audit: Command, streams: Streams, outcome: Outcome): void {
  audit
    .command('verify')
    .summary('find what was altered, removed, reordered or put into the trail')
    .description(
      'Checks the audit trail with nothing but the public directory: the hash chain of each writer, and its signed checkpoints. Names each event that was altered, removed, reordered, duplicated or put in, and what no checkpoint covers yet. Beside that, lists messages that were sent and never received, or received and never sent: that need not be an attack, and does not change the exit code. Reads as a stream, in constant memory.',
    )
    .argument('[file]', 'events, one a line, or - for standard input')
    .option('--brokers <host:port,…>', 'read the topic from these Kafka brokers, all of it')
    .option('--topic <name>', 'with --brokers (default: the policy’s audit topic)')
    .option('--policy <file>', 'whose connection, topic and directory to use (default: sealwire.yaml)')
    .option(
      '--agent <name>',
      'with --brokers: who connects (default: SEALWIRE_AGENT, or agent: in the policy)',
    )
    .option('--directory <file>', 'the directory (default: the policy’s)')
    .option('--root-key <key>', 'a root key that is trusted, 65 bytes in base64url; again for more', collect)
    .option('--threshold <number>', 'how many of them must have signed (default: 1)')
    .option('--since <date>', 'of each chain, from its first event of this time on')
    .option('--until <date>', 'of each chain, up to the checkpoint that covers its first event of this time')
    .option('--part', 'these are some writers’ events only: that none of another’s are here is a note')
    .option('--no-reconcile', 'do not compare what was sent with what was received')
    .option('--grace <seconds>', 'how long a message may be under way (default: 300)')
    .option('--json', 'print one JSON object a line for each finding and chain, and a last one with the sums')
    .addHelpText(
      'after',
      `
A file holds the events as they stand on the topic, byte for byte, one a line: what a file sink writes, rsyslog with the
template %rawmsg% (siem/rsyslog.conf of @sealwire/audit), or kcat -C -t sealwire.audit -e. What a SIEM makes of parsed
fields cannot be verified. The exchange of RabbitMQ keeps nothing: have a queue bound to it written to such a file.

Checkpoints name what their writers saw of other chains. A file that one agent writes by itself has its own chains only:
give --part then.

Examples:
  sealwire audit verify --brokers localhost:9093 --agent auditor
  sealwire audit verify audit.jsonl --policy ./pipeline/sealwire.yaml
  zcat audit.jsonl.gz | sealwire audit verify - --directory directory.jsonl --root-key BAIX… --json
  sealwire audit verify audit.jsonl --since 2026-01-15 --until 2026-01-16

Exit codes: 0 the trail is as it was written, 1 something was found, 2 it could not be checked, or wrong command line.`,
    )
    .action((file: string | undefined, options: Options) => verifyTrail(file, options, streams, outcome));
}

const collect = (word: string, words: readonly string[] = []): string[] => [...words, word];

async function verifyTrail(
  file: string | undefined,
  options: Options,
  streams: Streams,
  outcome: Outcome,
): Promise<void> {
  outcome.lines = true;
  outcome.judges = true;
  const [sinceMs, untilMs] = [timeOf(options.since, '--since'), timeOf(options.until, '--until')];
  const source = trailOf(file, options);
  const directory = openTrust(options);
  const pseudonyms = pseudonymsOf(options);
  const everyMs = checkpointEveryOf(options);
  const json = options.json === true;
  const reconciler = options.reconcile
    ? openReconciler(directory, pseudonyms, options.grace, (one) =>
        streams.out(`${json ? unmatchedJson(one) : unmatchedLine(one)}\n`),
      )
    : null;
  const found = new Set<FindingKind>();
  const verifier = new AuditVerifier({
    trust: auditTrust(directory, pseudonyms),
    mayBeginLate: (place) => source.mayBeginLate(place),
    retention: () => source.retention(),
    isPart: options.part === true,
    nowMs: Date.now(),
    ...(everyMs === null ? {} : { checkpointEveryMs: everyMs }),
    ...(sinceMs === null ? {} : { sinceMs }),
    ...(untilMs === null ? {} : { untilMs }),
    onFinding(finding) {
      found.add(finding.kind);
      streams.out(`${json ? findingJson(finding) : findingLine(source.name, finding)}\n`);
    },
  });
  const progress = new Progress(streams, 'events');
  try {
    await source.read({
      sinceMs,
      take({ bytes, place, appendedAtMs, mayBeTorn = false }) {
        const event = mayBeTorn ? verifier.takeLast(bytes, place) : verifier.take(bytes, place, appendedAtMs);
        if (event !== null) reconciler?.take(event);
        progress.tick();
      },
    });
  } catch (error) {
    reconciler?.close();
    throw error;
  } finally {
    progress.end();
  }
  const chains: ChainSummary[] = [];
  const summary = verifier.end((chain) => {
    if (json) streams.out(`${JSON.stringify({ summary: 'chain', ...chain })}\n`);
    else if (chains.length < shownChains) chains.push(chain);
  });
  const reconciliation = reconciler?.end() ?? null;
  requireNews(directory, summary);
  outcome.ok = summary.ok;
  const lines = [
    ...(reconciliation === null ? [] : reconciliationLines(reconciliation)),
    ...sumLines(summary, chains, found),
  ];
  streams.out(json ? `${JSON.stringify({ ...summary, reconciliation })}\n` : `${lines.join('\n')}\n`);
}

const shownChains = 20;

function findingJson(finding: Finding): string {
  return JSON.stringify({ finding: finding.kind, ...finding, kind: undefined, todo: advice[finding.kind] });
}

/** One that had expired before the newest checkpoint says nothing of whether its key was revoked by then. */
function requireNews(directory: OpenDirectory, { newestMs }: AuditSummary): void {
  if (newestMs === null || newestMs < directory.expiresAtMs) return;
  throw new InabilityError(
    'ERR_UNABLE_DIRECTORY',
    `The directory expired on ${new Date(directory.expiresAtMs).toISOString()}, before the trail’s newest checkpoint. Get a newer one, or give --until.`,
  );
}

function sumLines(
  summary: AuditSummary,
  chains: readonly ChainSummary[],
  found: ReadonlySet<FindingKind>,
): string[] {
  const { events, proven, unfinished, repeated, checkpoints, wrong, untold } = summary;
  return [
    ...[...found].map((kind) => `What to do about ${kind.replace('_', ' ')}: ${advice[kind]}`),
    ...chains.map(
      (one) =>
        `chain ${one.chain} of ${one.writer}: events ${one.first} to ${one.last}, ${one.checkpoints} good checkpoints${one.ended ? ', ended in order' : ''}`,
    ),
    ...(summary.chains > chains.length ? [`and ${summary.chains - chains.length} more chains`] : []),
    `${events} events in ${summary.chains} chains: ${proven} proven by ${checkpoints} checkpoints, ${unfinished} not covered yet, ${repeated} written again`,
    ...(untold > 0 ? [`${untold} findings are not shown`] : []),
    summary.ok
      ? 'The trail is as it was written.'
      : wrong > 0
        ? `${wrong} findings: the trail is NOT as it was written.`
        : 'Nothing here is proven: there are no events, or no checkpoint that the directory vouches for.',
  ];
}

function timeOf(text: string | undefined, name: string): number | null {
  if (text === undefined) return null;
  const ms = Date.parse(text);
  if (Number.isFinite(ms)) return ms;
  throw new UsageError(
    'ERR_USAGE_ARGUMENT',
    `${name} must be an ISO 8601 date, such as 2026-01-15T12:00:00Z.`,
  );
}
