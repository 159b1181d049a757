// `sealwire quarantine redrive`: has rejected messages delivered after all, once what they were rejected for is cured.
import type { Command } from 'commander';
import { UsageError } from '@sealwire/core';
import { openSealwire } from 'sealwire';
import { kafkaId, requireDigest } from './find-entry.js';
import { examples } from './operator.js';
import type { Outcome } from './outcome.js';
import type { Streams } from './output.js';
import {
  placeOf,
  withFilters,
  withQuarantine,
  type FilterOptions,
  type QuarantineOptions,
  type QuarantinePlace,
} from './quarantine-options.js';
import { filterOf, type Filter } from './quarantine-filter.js';
import { readQuarantine, type QuarantineEntry } from './read-quarantine.js';
import { isNote, readNote, type RedriveNote } from './redrive-note.js';
import { redriveRecords, type RedriveResult } from './redrive-records.js';
import { withTarget, type RedriveTarget } from './redrive-target.js';
import { readNotes } from './read-notes.js';

interface Options extends QuarantineOptions, FilterOptions {
  readonly all?: boolean;
  readonly dryRun?: boolean;
  readonly again?: boolean;
  readonly vouch?: boolean;
}

/** Of what is held in memory at once. */
const maxBytes = 256 * 1024 * 1024;

export function addQuarantineRedrive(quarantine: Command, streams: Streams, outcome: Outcome): void {
  withFilters(withQuarantine(quarantine.command('redrive')))
    .summary('have rejected messages delivered after all')
    .description(
      'Sends quarantined messages to their receivers once more, as they were received, in a message that this agent signs: quarantine.redrive_by of the policy must name it. Receivers judge them as of the time at which they were rejected, by the policy and the directory as they are now, and take each once. What was re-driven stays in quarantine until it is purged.',
    )
    .argument('[ids...]', 'as "list" prints them')
    .option('--all', 'all that the filters leave')
    .option('--dry-run', 'say what would be re-driven and what not, and send nothing')
    .option('--again', 'also what was re-driven before, or may have been')
    .option('--vouch', 'you know that no copy of them was accepted after they were rejected')
    .addHelpText(
      'after',
      examples(
        'sealwire quarantine redrive 0@17 0@18 --kafka localhost:9093 --agent operator',
        'sealwire quarantine redrive --all --code ERR_KEY_UNKNOWN --since 2h --kafka localhost:9093 --agent operator --dry-run',
        'sealwire quarantine redrive 4f2a9c0b17d3e865 --rabbitmq amqps://localhost:5671 --agent operator',
      ),
    )
    .action((ids: string[], options: Options) => redrive(ids, options, streams, outcome));
}

async function redrive(ids: string[], options: Options, streams: Streams, outcome: Outcome): Promise<void> {
  outcome.lines = true;
  const place = placeOf(options);
  const wanted = selectionOf(ids, options, place);
  const sealwire = await openSealwire(
    options.policy,
    options.agent === undefined ? {} : { agent: options.agent },
  );
  const counts = { redriven: 0, not: 0 };
  const tell = (result: RedriveResult): void => {
    counts[result.redriven ? 'redriven' : 'not']++;
    streams.out(`${options.json === true ? JSON.stringify(result) : lineOf(result)}\n`);
  };
  try {
    const redriver = sealwire.redriver();
    await withTarget(options, place, async (target) => {
      const found = await find(options, place, target, wanted, (one) => readNote(redriver, one));
      for (const id of ids.filter((id) => !found.entries.some((entry) => entry.id === id)))
        tell({
          id,
          redriven: false,
          reason: `There is no ${id} in ${place.name}.`,
          sender: null,
          messageHash: null,
        });
      const { dryRun = false, again = false, vouch = false } = options;
      const run = { options, place, sealwire, redriver, target, ...found, dryRun, again, vouch };
      await redriveRecords(run, found.entries, tell);
      // Its last events go the way that ends with the target.
      await sealwire.close();
    });
  } finally {
    await sealwire.close();
  }
  outcome.ok = counts.not === 0;
  streams.out(
    options.json === true
      ? `${JSON.stringify({ ok: outcome.ok, ...counts })}\n`
      : `${counts.redriven} re-driven, ${counts.not} not\n`,
  );
}

/** @throws UsageError ERR_USAGE_ARGUMENT */
export function selectionOf(
  ids: readonly string[],
  options: FilterOptions & { readonly all?: boolean },
  { transport }: QuarantinePlace,
): Filter {
  const filter = filterOf(options);
  if (ids.length > 0 === (options.all === true))
    throw new UsageError('ERR_USAGE_ARGUMENT', 'Say which: give ids, or --all with filters.');
  for (const id of ids) {
    if (transport === 'kafka') kafkaId(id);
    else requireDigest(id);
  }
  const set = new Set(ids);
  return (entry) => (ids.length === 0 || set.has(entry.id)) && filter(entry);
}

interface Found {
  readonly entries: readonly QuarantineEntry[];
  readonly notes: readonly RedriveNote[];
  readonly idsByPlace: ReadonlyMap<string, readonly string[]>;
}

async function find(
  options: QuarantineOptions,
  place: QuarantinePlace,
  target: RedriveTarget,
  wanted: Filter,
  read: (one: QuarantineEntry['kept']) => RedriveNote | null,
): Promise<Found> {
  const entries: QuarantineEntry[] = [];
  const notes: RedriveNote[] = [];
  const idsByPlace = new Map<string, string[]>();
  let bytes = 0;
  await readQuarantine(options, place, (entry) => {
    const { id, kept, record } = entry;
    if (record === null && isNote(kept)) {
      const note = read(kept);
      if (note !== null) notes.push(note);
      return true;
    }
    if (record?.original.source.transport === 'kafka') {
      const { topic, partition, offset } = record.original.source;
      const name = `${topic}/${partition}@${offset}`;
      idsByPlace.set(name, [...(idsByPlace.get(name) ?? []), id]);
    }
    if (!wanted(entry)) return true;
    bytes += (kept.value?.length ?? 0) + 4096;
    if (bytes > maxBytes)
      throw new UsageError(
        'ERR_USAGE_QUARANTINE',
        'These are too many at once: choose fewer with --since or --code.',
      );
    entries.push(entry);
    return true;
  });
  if (target.notesIn !== null) notes.push(...(await readNotes(options, place, target.notesIn, read)));
  return { entries, notes, idsByPlace };
}

function lineOf({ id, redriven, reason, sender }: RedriveResult): string {
  return redriven
    ? `${id}  re-driven, a message of ${JSON.stringify(sender)}`
    : `${id}  NOT re-driven. ${reason!}`;
}
