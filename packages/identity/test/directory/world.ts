// Roots, issuers, agents and sources for the tests of the directory.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SealwireError, type Clock } from '@sealwire/core';
import { keyId, nodePrimitives as primitives, type SigningKey } from '@sealwire/crypto';
import {
  entryJson,
  listedKey,
  type DirectoryEntry,
  type ListedKey,
} from '../../src/directory/directory-entry.js';
import { headerJson, type DirectoryHeader } from '../../src/directory/directory-header.js';
import type { DirectorySource, SourceRead } from '../../src/directory/directory-source.js';
import {
  openDirectory,
  type DirectoryOptions,
  type FollowedDirectory,
} from '../../src/directory/live-directory.js';
import { checkRoot, firstRoot, nextRoot, signRoot, type RootChanges } from '../../src/directory/next-root.js';
import { possessionBytes } from '../../src/directory/possession.js';
import type { VerifiedRoot } from '../../src/directory/root-chain.js';
import { directoryKeyId, type Delegation, type RootDocument } from '../../src/directory/root-document.js';
import { lineOf, signedBytes } from '../../src/directory/signed-line.js';
import { createHash } from 'node:crypto';

export const hour = 3_600_000;
export const day = 24 * hour;
export const now = Date.parse('2026-06-01T12:00:00.000Z');
export const realm = Buffer.from('00112233445566778899aabbccddeeff', 'hex');
export { primitives };

/** A clock that a test sets. */
export class SetClock implements Clock {
  ms = now;
  nowMs(): number {
    return this.ms;
  }
}

export const newFolder = (): string => mkdtempSync(join(tmpdir(), 'sealwire-directory-'));

export interface Pair extends SigningKey {
  readonly scalar: Buffer;
}

export function newPair(): Pair {
  const scalar = primitives.generatePrivateKey();
  const { publicKey, sign } = primitives.signingKey(scalar);
  return { scalar, publicKey, sign };
}

export const root = newPair();
export const issuer = newPair();
export const lab = newPair();
/** Agents’ keys, made once. */
export const pairs = { alice: newPair(), aliceSealing: newPair(), bob: newPair(), team: newPair() };

export const issuerId = directoryKeyId(issuer.publicKey);
export const labId = directoryKeyId(lab.publicKey);

export function delegation(
  pair: Pair,
  prefixes: readonly string[],
  changes: Partial<Delegation> = {},
): Delegation {
  return {
    publicKey: pair.publicKey,
    prefixes,
    purposes: ['message-signing', 'sealing'],
    expiresAtMs: now + 300 * day,
    ...changes,
  };
}

/** Root 1: one root key; one issuer for everything. */
export async function makeRoot(
  changes: Partial<RootDocument> = {},
  signers: readonly Pair[] = [root],
): Promise<VerifiedRoot> {
  let line = firstRoot({
    realm,
    issuedAtMs: now - day,
    expiresAtMs: now + 365 * day,
    threshold: 1,
    rootKeys: [root.publicKey],
    issuers: [delegation(issuer, [''])],
    ...changes,
  });
  for (const signer of signers) line = await signRoot(line, signer);
  return checkRoot(line, null, primitives);
}

export async function follow(
  previous: VerifiedRoot,
  changes: Partial<RootChanges> = {},
  signers: readonly Pair[] = [root],
): Promise<VerifiedRoot> {
  let line = nextRoot(previous, { issuedAtMs: now - day, expiresAtMs: now + 365 * day, ...changes });
  for (const signer of signers) line = await signRoot(line, signer);
  return checkRoot(line, previous, primitives);
}

export function signingKey(owner: string, pair: Pair, changes: Partial<ListedKey> = {}): ListedKey {
  const possession = pair.sign(
    possessionBytes(realm, { owner, purpose: 'message-signing', publicKey: pair.publicKey }),
  );
  return listedKey(owner, {
    purpose: 'message-signing',
    publicKey: pair.publicKey,
    notBeforeMs: now - day,
    notAfterMs: now + 90 * day,
    possession,
    ...changes,
  });
}

export function sealingKey(owner: string, pair: Pair, changes: Partial<ListedKey> = {}): ListedKey {
  return listedKey(owner, {
    purpose: 'sealing',
    publicKey: pair.publicKey,
    notBeforeMs: now - day,
    notAfterMs: now + 90 * day,
    destroyAtMs: now + 120 * day,
    ...changes,
  });
}

/** Alice and Bob, and their group. */
export function people(): DirectoryEntry[] {
  return [
    {
      name: 'alice',
      members: null,
      keys: [signingKey('alice', pairs.alice), sealingKey('alice', pairs.aliceSealing)],
    },
    { name: 'bob', members: null, keys: [signingKey('bob', pairs.bob)] },
    { name: 'team', members: ['alice', 'bob'], keys: [sealingKey('team', pairs.team)] },
  ];
}

export interface Made {
  readonly line: Buffer;
  readonly hash: Buffer;
  readonly serial: number;
}

export interface DocumentParts extends Partial<DirectoryHeader> {
  readonly by?: Pair;
  readonly signer?: Pair;
  readonly entries?: readonly DirectoryEntry[];
  /** Lines in place of the entries’. */
  readonly lines?: readonly string[];
  /** The document that it follows. */
  readonly after?: Made | null;
}

/** A signed directory document, whatever is in it: no check of the makers stands in the way. */
export function made(parts: DocumentParts = {}): Made {
  const {
    by = issuer,
    signer = by,
    entries = people(),
    after = null,
    lines = entries.map(entryJson),
    ...header
  } = parts;
  const serial = header.serial ?? (after?.serial ?? 0) + 1;
  const payload = Buffer.from(
    [
      headerJson({
        realm,
        issuer: directoryKeyId(by.publicKey),
        serial,
        previous: after?.hash ?? null,
        rootSerial: 1,
        seen: new Map(),
        issuedAtMs: now - hour,
        expiresAtMs: now + 30 * day,
        ...header,
      }),
      ...lines,
      '',
    ].join('\n'),
  );
  return signedPayload(payload, signer, serial);
}

export function signedPayload(
  payload: Buffer,
  signer: Pair,
  serial = 1,
  label: 'root' | 'directory' = 'directory',
): Made {
  const hash = createHash('sha256').update(payload).digest();
  const signature = signer.sign(signedBytes(label, hash));
  return { line: lineOf(payload, [{ keyId: directoryKeyId(signer.publicKey), signature }]), hash, serial };
}

/** A source that a test fills. */
export class TestSource implements DirectorySource {
  readonly name = 'source';
  lagMs = 0;
  lines: Buffer[];
  reads = 0;
  failing: Error | null = null;
  readonly clock: Clock;
  #changed: () => void = () => undefined;

  constructor(clock: Clock, ...lines: readonly { readonly line: Buffer }[]) {
    this.clock = clock;
    this.lines = lines.map(({ line }) => line);
  }

  read(): Promise<SourceRead> {
    this.reads++;
    return this.failing === null
      ? Promise.resolve({ lines: this.lines, readAtMs: this.clock.nowMs() })
      : Promise.reject(this.failing);
  }

  watch(changed: () => void): void {
    this.#changed = changed;
  }

  touch(): void {
    this.#changed();
  }

  publish(line: Buffer): Promise<void> {
    this.lines.push(line);
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

export interface Opened {
  readonly directory: FollowedDirectory;
  readonly source: TestSource;
  readonly clock: SetClock;
  readonly stateFolder: string;
  /** Offers these lines and waits until they were judged. */
  offer(...lines: readonly { readonly line: Buffer }[]): Promise<void>;
}

const opened: FollowedDirectory[] = [];

export async function open(
  lines: readonly { readonly line: Buffer }[],
  options: Partial<DirectoryOptions> & { readonly clock?: SetClock } = {},
): Promise<Opened> {
  const clock = options.clock ?? new SetClock();
  const source = (options.source as TestSource | undefined) ?? new TestSource(clock, ...lines);
  const stateFolder = options.stateFolder ?? newFolder();
  const directory = await openDirectory({
    rootKeys: [root.publicKey],
    threshold: 1,
    realm,
    primitives,
    minReadDistanceMs: 0,
    ...options,
    clock,
    source,
    stateFolder,
  });
  opened.push(directory);
  return {
    directory,
    source,
    clock,
    stateFolder,
    async offer(...offered) {
      source.lines = offered.map(({ line }) => line);
      await directory.refresh();
    },
  };
}

/** For afterEach. */
export async function closeAll(): Promise<void> {
  for (const directory of opened.splice(0)) await directory.close();
}

export function fileOf(...lines: readonly { readonly line: Buffer }[]): string {
  const file = join(newFolder(), 'directory.jsonl');
  writeFileSync(file, textOf(...lines));
  return file;
}

export const textOf = (...lines: readonly { readonly line: Buffer }[]): Buffer =>
  Buffer.concat(lines.flatMap(({ line }) => [line, Buffer.from('\n')]));

export const latin1 = (purpose: 'message-signing' | 'sealing', { publicKey }: Pair): string =>
  keyId(purpose, 1, publicKey).toString('latin1');

/** The SealwireError of a call that fails; anything else fails the test. */
export async function failure(call: () => unknown): Promise<SealwireError> {
  try {
    await call();
  } catch (error) {
    if (error instanceof SealwireError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

export const reasonOf = (error: SealwireError | null): unknown => error?.facts['reason'] ?? null;
