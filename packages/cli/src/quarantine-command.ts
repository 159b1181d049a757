// `sealwire quarantine …`.
import type { Command } from 'commander';
import type { Outcome } from './outcome.js';
import type { Streams } from './output.js';
import { addQuarantineList } from './quarantine-list.js';
import { addQuarantinePurge } from './quarantine-purge.js';
import { addQuarantineRedrive } from './quarantine-redrive.js';
import { addQuarantineShow } from './quarantine-show.js';

export function addQuarantine(program: Command, streams: Streams, outcome: Outcome): void {
  const quarantine = program
    .command('quarantine')
    .summary('list, show, re-drive and purge rejected messages')
    .description('Works on rejected messages in quarantine: lists, shows, re-drives and purges them.');
  addQuarantineList(quarantine, streams, outcome);
  addQuarantineShow(quarantine, streams, outcome);
  addQuarantineRedrive(quarantine, streams, outcome);
  addQuarantinePurge(quarantine, streams, outcome);
}
