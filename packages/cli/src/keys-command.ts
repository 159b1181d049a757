// `sealwire keys …`.
import type { Command } from 'commander';
import { addKeysExportPublic } from './keys-export-public.js';
import { addKeysList } from './keys-list.js';
import { addKeysNew } from './keys-new.js';
import { addKeysRevoke } from './keys-revoke.js';
import { addKeysRotate } from './keys-rotate.js';
import type { Streams } from './output.js';

export function addKeys(program: Command, streams: Streams): void {
  const keys = program
    .command('keys')
    .summary('list, make, rotate and revoke keys')
    .description('Lists, makes, rotates and revokes the keys of agents and groups.');
  addKeysList(keys, streams);
  addKeysNew(keys, streams);
  addKeysRotate(keys, streams);
  addKeysRevoke(keys, streams);
  addKeysExportPublic(keys, streams);
}
