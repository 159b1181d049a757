// `sealwire directory root …` and `sealwire directory issuer …`: unsigned root documents, to be carried to the root's holders.
import { randomBytes } from 'node:crypto';
import type { Command } from 'commander';
import { UsageError } from '@sealwire/core';
import {
  directoryKeyId,
  firstRoot,
  nextRoot,
  type Delegation,
  type ListedPurpose,
  type RootChanges,
} from '@sealwire/identity';
import { collect, examples, inRealm, timeSpan, withRealm, type OperatorOptions } from './operator.js';
import { print, type OutputOptions, type Streams } from './output.js';
import { publicPoint } from './public-point.js';
import { describedRoot, rootLines, writeRootLine } from './root-file.js';

interface NewOptions extends OutputOptions {
  readonly rootKey: string[];
  readonly threshold: string;
  readonly realm?: string;
  readonly valid: string;
  readonly out: string;
}

interface NextOptions extends OperatorOptions {
  readonly rootKey?: string[];
  readonly threshold?: string;
  readonly prefix?: string[];
  readonly purpose?: string[];
  readonly expires?: string;
  readonly valid?: string;
  readonly out: string;
}

const outOption = ['--out <file>', 'write the unsigned document to this new file', 'root.json'] as const;

export function addDirectoryRoot(directory: Command, streams: Streams): void {
  const root = directory
    .command('root')
    .summary('make root documents, to be signed offline')
    .description(
      'Makes unsigned root documents. Carry them to the holders of the root keys, who run "sealwire directory sign"; then publish them.',
    );
  const tell = (options: OutputOptions & { readonly out: string }, line: Buffer): void => {
    writeRootLine(options.out, line);
    const shown = describedRoot(line);
    print(streams, options, { out: options.out, root: shown }, [
      ...rootLines(shown),
      `Written to ${options.out}, unsigned. Next, at each holder: sealwire directory sign ${options.out} --key <root key file>`,
      `When enough have signed: sealwire directory publish ${options.out}`,
    ]);
  };
  root
    .command('new')
    .summary('the first root document of a new realm')
    .description('Makes the first root document of a new realm. Policies pin its keys.')
    .requiredOption('--root-key <key>', 'a public root key; again for more', collect)
    .option('--threshold <k>', 'how many of them must sign', '1')
    .option('--realm <id>', '32 hex digits (default: random)')
    .option('--valid <time>', 'how long it is valid', '365d')
    .option(...outOption)
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      examples('sealwire directory root new --root-key BA… --root-key BB… --root-key BC… --threshold 2'),
    )
    .action((options: NewOptions) => {
      const { realm = randomBytes(16).toString('hex') } = options;
      if (!/^[0-9a-f]{32}$/.test(realm))
        throw new UsageError('ERR_USAGE_ARGUMENT', '--realm must be 32 lower-case hex digits.');
      const nowMs = Date.now();
      tell(
        options,
        firstRoot({
          realm: Buffer.from(realm, 'hex'),
          issuedAtMs: nowMs,
          expiresAtMs: nowMs + timeSpan('--valid', options.valid),
          threshold: thresholdOf(options.threshold),
          rootKeys: options.rootKey.map((key) => publicPoint('--root-key', key)),
          issuers: [],
        }),
      );
    });

  /** What the newest root says, changed. */
  const next = (
    options: NextOptions,
    changed: (before: readonly Delegation[], nowMs: number) => Partial<RootChanges>,
  ) =>
    inRealm(options, ({ directory: { set } }) => {
      const nowMs = Date.now();
      const { document } = set.root;
      const lifeMs =
        options.valid === undefined
          ? document.expiresAtMs - document.issuedAtMs
          : timeSpan('--valid', options.valid);
      const changes = changed(document.issuers, nowMs);
      tell(options, nextRoot(set.root, { issuedAtMs: nowMs, expiresAtMs: nowMs + lifeMs, ...changes }));
      return Promise.resolve();
    });
  const validOption = ['--valid <time>', 'how long it is valid (default: as the one before)'] as const;

  withRealm(
    root
      .command('renew')
      .summary('the next root document: later, or with other root keys')
      .description(
        'Makes the next root document. Old and new root keys must sign it, each as many as their threshold says. Delegations stay as they are.',
      )
      .option('--root-key <key>', 'a public root key; give all that there are to be', collect)
      .option('--threshold <k>', 'how many of them must sign')
      .option(...validOption)
      .option(...outOption),
  )
    .addHelpText(
      'after',
      examples(
        'sealwire directory root renew',
        'sealwire directory root renew --root-key BA… --root-key BB… --root-key BC… --threshold 2',
      ),
    )
    .action((options: NextOptions) =>
      next(options, () => ({
        ...(options.rootKey === undefined
          ? {}
          : { rootKeys: options.rootKey.map((key) => publicPoint('--root-key', key)) }),
        ...(options.threshold === undefined ? {} : { threshold: thresholdOf(options.threshold) }),
      })),
    );

  const issuer = directory
    .command('issuer')
    .summary('delegate to issuers, or take that back')
    .description(
      'Makes the root document that adds or removes an issuer. A removed issuer’s documents count for nothing as soon as it is published.',
    );
  withRealm(
    issuer
      .command('add')
      .summary('let a key speak for names')
      .description(
        'Makes the next root document with one more issuer, or with other terms for one that there is.',
      )
      .argument('<key>', 'its public key')
      .requiredOption(
        '--prefix <prefix>',
        'names that it speaks for: this one and all below it; "" is all; again for more',
        collect,
      )
      .option('--purpose <purpose>', 'message-signing or sealing; again for both (default: both)', collect)
      .option('--expires <time>', 'for how long', '365d')
      .option(...validOption)
      .option(...outOption),
  )
    .addHelpText(
      'after',
      examples('sealwire directory issuer add BA… --prefix team --prefix orchestrator --expires 90d'),
    )
    .action((key: string, options: NextOptions) =>
      next(options, (before, nowMs) => {
        const publicKey = publicPoint('the key', key);
        const delegation: Delegation = {
          publicKey,
          prefixes: options.prefix!,
          purposes: (options.purpose ?? ['message-signing', 'sealing']).map(purposeOf),
          expiresAtMs: nowMs + timeSpan('--expires', options.expires!),
        };
        return { issuers: [...before.filter((one) => !one.publicKey.equals(publicKey)), delegation] };
      }),
    );
  withRealm(
    issuer
      .command('remove')
      .summary('take it back, as from a stolen key')
      .description('Makes the next root document without an issuer.')
      .argument('<issuer>', 'its key id (32 hex digits), as "sealwire directory show" prints it')
      .option(...validOption)
      .option(...outOption),
  )
    .addHelpText('after', examples('sealwire directory issuer remove 00112233445566778899aabbccddeeff'))
    .action((id: string, options: NextOptions) =>
      next(options, (before) => {
        const issuers = before.filter(({ publicKey }) => directoryKeyId(publicKey) !== id.toLowerCase());
        if (issuers.length === before.length)
          throw new UsageError('ERR_USAGE_ARGUMENT', `${id} is no issuer; see "sealwire directory show".`);
        return { issuers };
      }),
    );
}

function thresholdOf(text: string): number {
  const threshold = /^[1-9][0-9]?$/.test(text) ? Number(text) : 0;
  if (threshold < 1 || threshold > 16)
    throw new UsageError('ERR_USAGE_ARGUMENT', '--threshold must be a number from 1 to 16.');
  return threshold;
}

function purposeOf(text: string): ListedPurpose {
  if (text === 'message-signing' || text === 'sealing') return text;
  throw new UsageError('ERR_USAGE_ARGUMENT', '--purpose must be message-signing or sealing.');
}
