// `sealwire keys list`: whose keys there are, until when, and whether their private halves are here.
import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { keyFileName, type DirectoryEntry, type ListedKey } from '@sealwire/identity';
import { policyFor, type PolicyTemplate } from '@sealwire/policy';
import { statusOf } from './key-status.js';
import { examples, inRealm, iso, withRealm, type OperatorOptions } from './operator.js';
import { print, type Streams } from './output.js';

export function addKeysList(keys: Command, streams: Streams): void {
  withRealm(
    keys
      .command('list')
      .summary('list keys, their times and where they are')
      .description('Lists the keys that the directory has, of all names or of one.')
      .argument('[name]', 'an agent or group'),
  )
    .addHelpText('after', examples('sealwire keys list', 'sealwire keys list orchestrator --json'))
    .action((name: string | undefined, options: OperatorOptions) =>
      inRealm(options, ({ policy, directory }) => {
        const entries = [...directory.set.documents.values()]
          .flatMap((document) => document.entries)
          .filter((entry) => name === undefined || entry.name === name);
        const listed = entries.flatMap((entry) => entry.keys.map((key) => described(policy, entry, key)));
        print(streams, options, { keys: listed }, listed.map(lineOf));
        return Promise.resolve();
      }),
    );
}

export interface DescribedKey {
  readonly name: string;
  readonly keyId: string;
  readonly purpose: ListedKey['purpose'];
  readonly status: string;
  readonly notBefore: string;
  readonly notAfter: string;
  readonly destroyAt: string | null;
  readonly distrustFrom: string | null;
  readonly reason: string | null;
  readonly sharedWith: readonly string[];
  /** Agents whose key folder here holds the private half. */
  readonly heldBy: readonly string[];
}

export function described(policy: PolicyTemplate, entry: DirectoryEntry, key: ListedKey): DescribedKey {
  const holders = entry.members ?? [entry.name];
  return {
    name: entry.name,
    keyId: key.keyId.toString('hex'),
    purpose: key.purpose,
    status: statusOf(key, Date.now()),
    notBefore: iso(key.notBeforeMs),
    notAfter: iso(key.notAfterMs),
    destroyAt: key.destroyAtMs === null ? null : iso(key.destroyAtMs),
    distrustFrom: key.distrustFromMs === null ? null : iso(key.distrustFromMs),
    reason: key.reason,
    sharedWith: key.shares.map(({ member }) => member),
    heldBy: holders.filter((agent) => {
      const kind =
        entry.members === null ? (key.purpose === 'sealing' ? 'sealing' : 'signing') : { group: entry.name };
      const { keys } = policyFor(policy, agent);
      return 'folder' in keys && existsSync(keyFileName(keys.folder, agent, kind, key.publicKey));
    }),
  };
}

function lineOf({ name, keyId, purpose, status, notAfter, destroyAt, heldBy }: DescribedKey): string {
  const until = destroyAt === null ? `until ${notAfter}` : `until ${notAfter}, destroyed ${destroyAt}`;
  const here = heldBy.length === 0 ? '' : `, here: ${heldBy.join(', ')}`;
  return `${name.padEnd(20)} ${keyId}  ${purpose.padEnd(15)}  ${status}, ${until}${here}`;
}
