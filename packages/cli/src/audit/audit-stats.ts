// `sealwire audit stats`: who talks to whom, and what was refused.
import type { Command } from 'commander';
import { UsageError } from '@sealwire/core';
import type { Outcome } from '../outcome.js';
import { print, type OutputOptions, type Streams } from '../output.js';
import { Progress } from '../progress.js';
import { timeOf } from './audit-time.js';
import { entryFilter, withEntryFilters, type EntryFilterOptions } from './entry-filter.js';
import { trailOf, type TrailOptions } from './read-trail.js';
import { statsLines } from './stats-lines.js';
import { trailEntry } from './trail-entry.js';
import { withTrail } from './trail-options.js';
import { TrailStats, type MessageCounts, type Period, type TrailSums } from './trail-stats.js';

interface Options extends OutputOptions, TrailOptions, EntryFilterOptions {
  readonly since?: string;
  readonly until?: string;
  readonly by: string;
  readonly top: string;
}

export function addAuditStats(audit: Command, streams: Streams, outcome: Outcome): void {
  const command = audit
    .command('stats')
    .summary('who talks to whom, and what was refused')
    .description(
      'Sums up the events of the audit trail: messages by sender, recipient and channel, refusals by code, and all of it over time. Nothing is verified: that is what "sealwire audit verify" does.',
    );
  withEntryFilters(withTrail(command))
    .option('--since <time>', 'from this time on, or from so long ago, such as 24h')
    .option('--until <time>', 'up to this time, which is left out')
    .option('--by <period>', 'minute, hour or day', 'day')
    .option('--top <number>', 'so many rows of a table; the rest is summed up', '20')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
A message has an event at each end: "sent" is what senders say, "received" and "refused" what receivers say, one for
each agent or group that reads it. What unverified records claim counts as refused, and makes no row of its own.

Examples:
  sealwire audit stats --brokers localhost:9093 --agent auditor --since 24h --by hour
  sealwire audit stats audit.jsonl --sender orchestrator --json`,
    )
    .action((file: string | undefined, options: Options) => stats(file, options, streams, outcome));
}

async function stats(
  file: string | undefined,
  options: Options,
  streams: Streams,
  outcome: Outcome,
): Promise<void> {
  const fits = entryFilter(options);
  const [sinceMs, untilMs] = [timeOf(options.since, '--since'), timeOf(options.until, '--until')];
  const top = topOf(options.top);
  const sums = new TrailStats(periodOf(options.by));
  const source = trailOf(file, options);
  const progress = new Progress(streams, 'events');
  try {
    await source.read({
      sinceMs,
      take({ bytes }) {
        progress.tick();
        const entry = trailEntry(bytes);
        if (entry === null) sums.take(null);
        else if (
          (sinceMs === null || entry.timeMs >= sinceMs) &&
          (untilMs === null || entry.timeMs < untilMs) &&
          fits(entry)
        )
          sums.take(entry);
      },
    });
  } finally {
    progress.end();
  }
  const all = sums.sums();
  outcome.ok = true;
  print(streams, options, jsonOf(all, top), statsLines(all, top));
}

/** The rows behind the first ones are summed up, so that its size is bounded too. */
function jsonOf({ pairs, channels, refusals, ...rest }: TrailSums, top: number): object {
  const some = <Row extends MessageCounts>(rows: readonly Row[]) => ({
    top: rows.slice(0, top),
    others: { rows: Math.max(0, rows.length - top), ...added(rows.slice(top)) },
  });
  return { ...rest, pairs: some(pairs), channels: some(channels), refusals: refusals.slice(0, 1000) };
}

function added(rows: readonly MessageCounts[]): Record<string, number> {
  const sum: Record<string, number> = {};
  for (const row of rows)
    for (const [name, value] of Object.entries(row))
      if (typeof value === 'number') sum[name] = (sum[name] ?? 0) + value;
  return sum;
}

function periodOf(text: string): Period {
  if (text === 'minute' || text === 'hour' || text === 'day') return text;
  throw new UsageError('ERR_USAGE_ARGUMENT', '--by must be minute, hour or day.');
}

function topOf(text: string): number {
  const top = Number(text);
  if (/^\d+$/.test(text) && top >= 1 && top <= 10_000) return top;
  throw new UsageError('ERR_USAGE_ARGUMENT', '--top must be a number from 1 to 10000.');
}
