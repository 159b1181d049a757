// `sealwire directory verify` and `diff`: what holds of a directory file, and what a change changes.
import type { Command } from 'commander';
import { nodePrimitives as primitives } from '@sealwire/crypto';
import {
  directoryChanges,
  linesOf,
  verifyLines,
  type DirectoryChange,
  type VerifiedLines,
} from '@sealwire/identity';
import { readPolicy } from '@sealwire/policy';
import { readNamedFile } from './named-file.js';
import type { Outcome } from './outcome.js';
import { examples, iso, pointInTime } from './operator.js';
import { print, type OutputOptions, type Streams } from './output.js';

interface Options extends OutputOptions {
  readonly policy: string;
  readonly at?: string;
}

export function addDirectoryVerify(directory: Command, streams: Streams, outcome: Outcome): void {
  directory
    .command('verify')
    .summary('tell everything that is wrong with a directory')
    .description(
      'Verifies a directory file line by line, as of now or a date. What is refused is named with its reason; the rest is as it would be in force.',
    )
    .argument('[file]', 'the directory (default: the policy’s)')
    .option('--policy <file>', 'the policy that pins the root keys', 'sealwire.yaml')
    .option('--at <time>', 'as of when', 'now')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      examples(
        'sealwire directory verify',
        'sealwire directory verify copy.jsonl --at 2026-06-01T12:00:00Z --json',
      ),
    )
    .action((given: string | undefined, options: Options) => {
      const atMs = pointInTime('--at', options.at!);
      const file = given ?? readPolicy(options.policy).directory.file;
      const { directory: found, problems } = verified(file, options.policy, atMs, Infinity);
      const issuers = [...found.set.documents].map(([issuer, { header }]) => ({
        issuer,
        serial: header.serial,
        expiresAt: iso(header.expiresAtMs),
        expired: atMs >= header.expiresAtMs,
      }));
      const { expiresAtMs } = found;
      const isGood = problems.length === 0 && atMs < expiresAtMs;
      outcome.ok = isGood;
      const refused = problems.map(({ code, message, facts }) => ({ code, message, facts }));
      print(
        streams,
        options,
        {
          ok: isGood,
          file,
          at: iso(atMs),
          rootSerial: found.set.root.document.serial,
          issuers,
          refused,
          expiresAt: iso(expiresAtMs),
        },
        [
          `Root document ${found.set.root.document.serial}, expires ${iso(found.set.root.document.expiresAtMs)}`,
          ...issuers.map(
            ({ issuer, serial, expiresAt, expired }) =>
              `Issuer ${issuer}: document ${serial}, ${expired ? 'EXPIRED' : 'expires'} ${expiresAt}`,
          ),
          ...problems.map(({ code, message }) => `Refused: ${code}: ${message}`),
          isGood ? 'Everything verifies.' : 'Not everything is in order.',
        ],
      );
    });
  directory
    .command('diff')
    .summary('tell what changed between two directories')
    .description(
      'Verifies two directory files and tells what differs: names, members, keys, revocations, issuers.',
    )
    .argument('<from>', 'a directory file')
    .argument('<to>', 'a directory file')
    .option('--policy <file>', 'the policy that pins the root keys', 'sealwire.yaml')
    .option('--json', 'print one JSON object')
    .addHelpText('after', examples('sealwire directory diff yesterday.jsonl directory.jsonl'))
    .action((from: string, to: string, options: Options) => {
      const [before, after] = [from, to].map((file) => verified(file, options.policy, Date.now(), Infinity));
      const changes = directoryChanges(before!.directory.set, after!.directory.set).map(flat);
      print(streams, options, { changes }, changes.length === 0 ? ['Nothing changed.'] : changes.map(lineOf));
    });
}

function verified(file: string, policyFile: string, atMs: number, graceMs: number): VerifiedLines {
  const policy = readPolicy(policyFile);
  const bytes = readNamedFile(file, 'name a directory file');
  const { rootKeys, threshold } = policy.directory;
  const clock = { nowMs: () => atMs };
  return verifyLines(linesOf(bytes), {
    name: file,
    rootKeys,
    threshold,
    realm: policy.realm,
    primitives,
    clock,
    graceMs,
  });
}

type FlatChange = Readonly<Record<string, string | number | boolean | null | readonly string[]>>;

function flat(change: DirectoryChange): FlatChange {
  if (!('key' in change)) return { ...change };
  const { key, ...rest } = change;
  return {
    ...rest,
    keyId: key.keyId.toString('hex'),
    purpose: key.purpose,
    notBefore: iso(key.notBeforeMs),
    notAfter: iso(key.notAfterMs),
    distrustFrom: key.distrustFromMs === null ? null : iso(key.distrustFromMs),
  };
}

function lineOf({ kind, ...facts }: FlatChange): string {
  const words = Object.entries(facts)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name} ${Array.isArray(value) ? value.join(', ') : String(value)}`);
  return `${String(kind).padEnd(14)} ${words.join('  ')}`;
}
