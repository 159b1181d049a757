// What an operator's command works on: policy, directory and issuer key.
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import { UsageError } from '@sealwire/core';
import { nodePrimitives as primitives } from '@sealwire/crypto';
import {
  directoryKeyId,
  fileSource,
  nextDirectory,
  openDirectory,
  publishLine,
  readPassphrase,
  readPrivateKeyFile,
  type DirectoryEntry,
  type DocumentSigner,
  type EntryChange,
  type FollowedDirectory,
} from '@sealwire/identity';
import { durationMs, readPolicy, type PolicyTemplate } from '@sealwire/policy';
import type { OutputOptions } from './output.js';

export interface OperatorOptions extends OutputOptions {
  readonly policy: string;
  readonly directory?: string;
}

export interface IssuerOptions extends OperatorOptions {
  readonly issuerKey?: string;
  readonly issuerPassphrase?: string;
  readonly valid?: string;
}

const dayMs = 86_400_000;

/** The options that every command on a realm has. */
export function withRealm(command: Command): Command {
  return command
    .option('--policy <file>', 'the policy', 'sealwire.yaml')
    .option('--directory <file>', 'the directory (default: the policy’s)')
    .option('--json', 'print one JSON object');
}

/** The options of a command that signs as an issuer. */
export function withIssuer(command: Command): Command {
  return withRealm(command)
    .option('--issuer-key <file>', 'the issuer’s key (default: issuers/issuer-key.pem beside the policy)')
    .option('--issuer-passphrase <file>', 'its passphrase (default: the file "passphrase" beside the key)')
    .option('--valid <time>', 'how long the new document is valid, as in 30d (default: as the one before)');
}

export interface Realm {
  readonly policy: PolicyTemplate;
  readonly directory: FollowedDirectory;
}

/** Opens, does the work, and closes whatever came of it. */
export async function inRealm<T>(
  { policy: file, directory: given }: OperatorOptions,
  work: (realm: Realm) => Promise<T>,
): Promise<T> {
  const policy = readPolicy(file);
  const path = given ?? policy.directory.file;
  if (path.includes('{agent}'))
    throw new UsageError(
      'ERR_USAGE_ARGUMENT',
      'Every agent has a directory file of its own here; say with --directory which one is the original.',
    );
  const { rootKeys, threshold } = policy.directory;
  const directory = await openDirectory({
    source: fileSource({ file: path }),
    rootKeys,
    threshold,
    realm: policy.realm,
    // An operator's machine notices an old copy, too.
    stateFolder: policy.stateFolder.replaceAll('{agent}', '.operator'),
    primitives,
    // What has expired is what an operator is needed for.
    graceMs: Infinity,
    minReadDistanceMs: 0,
  });
  try {
    if (directory.problem !== null) throw directory.problem;
    return await work({ policy, directory });
  } finally {
    await directory.close();
  }
}

/** A root or issuer key from an encrypted file. */
export function documentSigner(keyFile: string, passphraseFile: string): DocumentSigner {
  const { scalar } = readPrivateKeyFile(keyFile, readPassphrase({ file: passphraseFile }));
  return primitives.signingKey(scalar);
}

/** The passphrase beside a key, where none is named. */
export const besideKey = (keyFile: string): string => join(dirname(keyFile), 'passphrase');

export function issuerSigner({ policy, issuerKey, issuerPassphrase }: IssuerOptions): DocumentSigner {
  const file = issuerKey ?? join(dirname(policy), 'issuers', 'issuer-key.pem');
  return documentSigner(file, issuerPassphrase ?? besideKey(file));
}

/** What an issuer's newest document lists; nothing where it has none yet. */
export function entriesOf({ directory }: Realm, issuer: DocumentSigner): readonly DirectoryEntry[] {
  const id = directoryKeyId(issuer.publicKey);
  if (!directory.set.delegations.issuers.has(id))
    throw new UsageError(
      'ERR_USAGE_ARGUMENT',
      `The key ${id} is no issuer of root document ${directory.set.root.document.serial}; give --issuer-key, or have it delegated with "sealwire directory issuer add".`,
    );
  return directory.set.documents.get(id)?.entries ?? [];
}

/** How long the issuer's next document is valid: as it was told, or as the one before. */
export function validityMs({ directory, policy }: Realm, issuer: DocumentSigner, valid?: string): number {
  if (valid !== undefined) return timeSpan('--valid', valid);
  const before = directory.set.documents.get(directoryKeyId(issuer.publicKey))?.header;
  return before === undefined
    ? (policy.rotation?.documentValidityMs ?? 30 * dayMs)
    : before.expiresAtMs - before.issuedAtMs;
}

export interface Issued {
  readonly issuer: string;
  readonly serial: number;
  readonly expiresAt: string;
}

/** Signs and publishes the issuer's next document. */
export async function issue(
  realm: Realm,
  issuer: DocumentSigner,
  changes: readonly EntryChange[],
  valid?: string,
): Promise<Issued> {
  const { directory } = realm;
  const nowMs = Date.now();
  const expiresAtMs = nowMs + validityMs(realm, issuer, valid);
  const { line, document } = await nextDirectory({
    set: directory.set,
    issuer,
    changes,
    nowMs,
    expiresAtMs,
    primitives,
  });
  await publishLine(directory, line);
  await directory.refresh();
  if (directory.problem !== null) throw directory.problem;
  const { serial } = document.header;
  return { issuer: directoryKeyId(issuer.publicKey), serial, expiresAt: iso(expiresAtMs) };
}

export function timeSpan(option: string, text: string): number {
  const ms = durationMs(text);
  if (ms === null || ms <= 0)
    throw new UsageError('ERR_USAGE_ARGUMENT', `${option} must be a duration such as 12h or 90d.`);
  return ms;
}

/** `now`, or a time as ISO 8601 with its zone: a local time would mean something else elsewhere. */
export function pointInTime(option: string, text: string): number {
  if (text === 'now') return Date.now();
  const ms = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2}))?$/.test(text)
    ? Date.parse(text)
    : Number.NaN;
  if (Number.isNaN(ms))
    throw new UsageError(
      'ERR_USAGE_ARGUMENT',
      `${option} must be "now", a day, or a time with its zone such as 2026-06-01T12:00:00Z.`,
    );
  return ms;
}

export const iso = (ms: number): string => new Date(ms).toISOString();

/** For `.option(name, text, collect, [])`. */
export const collect = (value: string, before: readonly string[] = []): string[] => [...before, value];

/** Help text with examples and exit codes. */
export const examples = (...lines: readonly string[]): string =>
  `\nExamples:\n${lines.map((line) => `  ${line}`).join('\n')}\n\nExit codes: 0 done, 1 not done, 2 wrong command line.`;
