// `sealwire quarantine list`: what lies in quarantine, and why.
import type { Command } from 'commander';
import { UsageError } from '@sealwire/core';
import { examples } from './operator.js';
import type { Outcome } from './outcome.js';
import type { Streams } from './output.js';
import { Progress } from './progress.js';
import { entryLine, shownEntry } from './quarantine-entry.js';
import {
  placeOf,
  withFilters,
  withQuarantine,
  type FilterOptions,
  type QuarantineOptions,
} from './quarantine-options.js';
import { filterOf } from './quarantine-filter.js';
import { readQuarantine } from './read-quarantine.js';

interface Options extends QuarantineOptions, FilterOptions {
  readonly limit: string;
}

export function addQuarantineList(quarantine: Command, streams: Streams, outcome: Outcome): void {
  withFilters(withQuarantine(quarantine.command('list')))
    .summary('list quarantined records')
    .description(
      'Lists what lies in quarantine, one record a line: its id in these commands, when, why, where it was read, by whom it was rejected, and who claims to have sent it, which nobody has verified. Nothing is opened, committed or taken away. A RabbitMQ queue is read by taking its messages and putting them back: agents go on writing to it meanwhile, but whoever else reads it, or lists it at the same time, sees only what is not held.',
    )
    .option('--limit <number>', 'at most so many', '10000')
    .addHelpText(
      'after',
      examples(
        'sealwire quarantine list --kafka localhost:9093 --agent operator',
        'sealwire quarantine list --kafka localhost:9093 --agent operator --code ERR_KEY_ --since 2h --topic tasks',
        'sealwire quarantine list --rabbitmq amqps://localhost:5671 --agent operator --json',
      ),
    )
    .action((options: Options) => list(options, streams, outcome));
}

async function list(options: Options, streams: Streams, outcome: Outcome): Promise<void> {
  const json = options.json === true;
  const place = placeOf(options);
  const wanted = filterOf(options);
  const limit = limitOf(options.limit);
  outcome.lines = true;
  let [listed, others, more] = [0, 0, false];
  const progress = new Progress(streams, 'records');
  try {
    await readQuarantine(options, place, (entry) => {
      progress.tick();
      if (!wanted(entry)) others++;
      else if (listed === limit) more = true;
      else {
        listed++;
        streams.out(`${json ? JSON.stringify(shownEntry(entry)) : entryLine(entry)}\n`);
      }
      return !more;
    });
  } finally {
    progress.end();
  }
  const cut = more ? ', and there are more: give a higher --limit' : '';
  streams.out(
    json
      ? `${JSON.stringify({ ok: true, quarantine: place.name, listed, others, more })}\n`
      : `${listed} in ${place.name}${others > 0 ? `, ${others} others` : ''}${cut}\n`,
  );
}

function limitOf(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new UsageError('ERR_USAGE_ARGUMENT', '--limit is a whole number.');
}
