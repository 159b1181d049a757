// `sealwire audit tail`: shows events as they come.
import type { Command } from 'commander';
import { UsageError } from '@sealwire/core';
import type { Outcome } from '../outcome.js';
import type { OutputOptions, Streams } from '../output.js';
import { timeOf } from './audit-time.js';
import { entryFilter, withEntryFilters, type EntryFilterOptions } from './entry-filter.js';
import { entryLine } from './entry-line.js';
import { interruption } from './interruption.js';
import { trailOf, type TrailOptions } from './read-trail.js';
import { trailEntry } from './trail-entry.js';
import { withTrail } from './trail-options.js';

interface Options extends OutputOptions, TrailOptions, EntryFilterOptions {
  readonly lines: string;
  readonly since?: string;
  readonly follow: boolean;
}

const maxLines = 10_000;

export function addAuditTail(audit: Command, streams: Streams, outcome: Outcome): void {
  const command = audit
    .command('tail')
    .summary('show events as they come')
    .description(
      'Shows the events of the audit trail, one a line, and goes on until Ctrl-C. Nothing is verified: that is what "sealwire audit verify" does. Names with a question mark are what an unverified record claims.',
    );
  withEntryFilters(withTrail(command))
    .option('--lines <number>', 'begin with so many last ones (of each partition)', '10')
    .option(
      '--since <time>',
      'begin with this time, such as 2026-01-15T12:00:00Z, or so long ago, such as 2h',
    )
    .option('--no-follow', 'end where the trail ends now')
    .option('--json', 'print the events that fit as they stand there, one a line')
    .addHelpText(
      'after',
      `
A file is followed by its name, through its rotation.

Examples:
  sealwire audit tail --brokers localhost:9093 --agent auditor
  sealwire audit tail /var/log/sealwire/audit.jsonl --alerts
  sealwire audit tail --brokers localhost:9093 --agent auditor --since 2h --kind message --sender orchestrator
  kcat -C -t sealwire.audit … | sealwire audit tail - --json --code ERR_POLICY_ | jq .unmapped`,
    )
    .action((file: string | undefined, options: Options) => tail(file, options, streams, outcome));
}

async function tail(
  file: string | undefined,
  options: Options,
  streams: Streams,
  outcome: Outcome,
): Promise<void> {
  outcome.lines = true;
  const fits = entryFilter(options);
  const sinceMs = timeOf(options.since, '--since');
  const last = linesOf(options.lines);
  const source = trailOf(file, options);
  const { signal, release } = interruption();
  let others = 0;
  try {
    await source.read({
      sinceMs,
      ...(sinceMs === null ? { last } : {}),
      ...(options.follow ? { follow: signal } : {}),
      take({ bytes }) {
        if (signal.aborted) return;
        const entry = trailEntry(bytes);
        if (entry === null) others++;
        else if ((sinceMs === null || entry.timeMs >= sinceMs) && fits(entry)) {
          const line =
            options.json === true ? bytes.toString('latin1') : entryLine(entry, streams.colour === true);
          streams.out(`${line}\n`);
        }
      },
    });
  } finally {
    release();
  }
  if (others > 0) streams.err(`Records that are no events, and are not shown: ${others}\n`);
}

function linesOf(text: string): number {
  const lines = Number(text);
  if (/^\d+$/.test(text) && lines <= maxLines) return lines;
  throw new UsageError('ERR_USAGE_ARGUMENT', `--lines must be a number up to ${maxLines}.`);
}
