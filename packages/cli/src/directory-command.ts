// `sealwire directory show`: verifies a directory and lists it.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import { UsageError } from '@sealwire/core';
import type { Pin } from '@sealwire/identity';
import { readPolicy } from '@sealwire/policy';
import { listDirectory, listingLines } from './directory-listing.js';
import { addDirectoryNames } from './directory-names.js';
import { addDirectoryRoot } from './directory-root.js';
import { addDirectorySign } from './directory-sign.js';
import { addDirectoryVerify } from './directory-verify.js';
import type { Outcome } from './outcome.js';
import { readDirectory } from './read-directory.js';
import { print, type OutputOptions, type Streams } from './output.js';

interface Options extends OutputOptions {
  readonly policy?: string;
  readonly rootKey?: string;
}

export function addDirectory(program: Command, streams: Streams, outcome: Outcome): void {
  const directory = program
    .command('directory')
    .summary('work with the directory of agents and keys')
    .description('Works with the directory of agents and keys.');
  directory
    .command('show')
    .summary('verify a directory and list it')
    .description(
      'Verifies a directory against its root key and lists agents, groups and keys. What does not verify is not shown; what has expired is, and is marked.',
    )
    .argument('<file>', 'the directory, usually directory.jsonl')
    .option(
      '--policy <file>',
      'the policy that pins the root key (default: sealwire.yaml beside the directory)',
    )
    .option('--root-key <key>', 'the root key itself, 65 bytes in base64url')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
Examples:
  sealwire directory show directory.jsonl
  sealwire directory show directory.jsonl --policy /etc/sealwire/sealwire.yaml --json

Exit codes: 0 shown, 1 does not verify, 2 wrong command line.`,
    )
    .action((file: string, options: Options) => {
      const { realm, ...pin } = pinned(file, options);
      const opened = readDirectory({ file, ...pin }, realm, Infinity);
      const listing = listDirectory(opened, Date.now());
      print(streams, options, listing, listingLines(listing));
    });
  addDirectoryVerify(directory, streams, outcome);
  addDirectoryRoot(directory, streams);
  addDirectorySign(directory, streams);
  addDirectoryNames(directory, streams);
}

function pinned(file: string, { policy, rootKey }: Options): Pin & { readonly realm: Buffer | null } {
  if (policy !== undefined && rootKey !== undefined)
    throw new UsageError('ERR_USAGE_ARGUMENT', 'Give either --policy or --root-key.');
  if (rootKey !== undefined) {
    const bytes = Buffer.from(rootKey, 'base64url');
    if (bytes.length !== 65 || bytes.toString('base64url') !== rootKey)
      throw new UsageError(
        'ERR_USAGE_ARGUMENT',
        '--root-key must be 65 bytes in base64url, as in directory.root_key.',
      );
    return { rootKeys: [bytes], threshold: 1, realm: null };
  }
  const beside = join(dirname(file), 'sealwire.yaml');
  if (policy === undefined && !existsSync(beside))
    throw new UsageError(
      'ERR_USAGE_ARGUMENT',
      `There is no ${beside} that says which root key to trust; give --policy or --root-key.`,
    );
  const { realm, directory } = readPolicy(policy ?? beside);
  return { rootKeys: directory.rootKeys, threshold: directory.threshold, realm };
}
