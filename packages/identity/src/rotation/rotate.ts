// One act of rotation: what is due is made, stored, published; nothing is lost wherever it is interrupted.
import { KeyError, SealwireError, type Clock } from '@sealwire/core';
import type { Primitives } from '@sealwire/crypto';
import type { DirectoryEntry, GroupKeyShare, ListedKey } from '../directory/directory-entry.js';
import type { DocumentSigner } from '../directory/document-signer.js';
import { openGroupKey, shareGroupKey } from '../directory/group-key-share.js';
import type { FollowedDirectory } from '../directory/live-directory.js';
import { nextDirectory, type EntryChange, type SealingKeyClaim } from '../directory/next-directory.js';
import { possessionBytes } from '../directory/possession.js';
import { directoryKeyId } from '../directory/root-document.js';
import type { ManagedKeyStore } from '../managed-key-store.js';
import { changedEntry } from './changed-entry.js';
import type { KeyIntents } from './key-intents.js';
import { MadeKeys, type MadeKey } from './made-keys.js';
import { rotationPlan, type DueKey, type RotationPlan } from './rotation-plan.js';
import type { RotationSettings } from './rotation-settings.js';

export interface RotationParts {
  readonly directory: FollowedDirectory;
  /** Of the agent whose keys, and whose groups' keys, are looked after. */
  readonly keyStore: ManagedKeyStore;
  readonly issuer: DocumentSigner;
  readonly settings: RotationSettings;
  readonly primitives: Primitives;
  readonly clock: Clock;
  readonly intents: KeyIntents;
  /** Looks after these names only, of those that it could; default: all. */
  readonly only?: ReadonlySet<string>;
}

export interface RotatedKey {
  readonly name: string;
  /** Hex. */
  readonly keyId: string;
  readonly purpose: 'message-signing' | 'sealing';
  readonly why: DueKey['why'];
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  readonly destroyAtMs: number | null;
}

export interface Rotated {
  readonly keys: readonly RotatedKey[];
  /** Serials of the documents that were published; none where nothing was due. */
  readonly serials: readonly number[];
  /** Members that no key of a group could be sealed to: they have no valid sealing key. */
  readonly unreachable: RotationPlan['unreachable'];
  readonly nextMs: number;
}

const maxRounds = 4;
/** Keeps what could not be published for the next call. One call at a time. */
export class Rotator {
  readonly #parts: RotationParts;
  readonly #made: MadeKeys;

  constructor(parts: RotationParts) {
    this.#parts = parts;
    this.#made = new MadeKeys(parts);
  }

  /**
   * Reads the directory, makes and publishes what is due, until nothing is. Where several processes do it at once, one
   * publishes and the others find nothing due.
   * A private half is stored and synced before its key is published. Where something fails, the old keys stay in use and
   * what was made is published by the next call, or destroyed.
   * @param force names whose keys are replaced at once
   * @throws KeyError, InabilityError: what failed; call again
   */
  async rotate(force: ReadonlySet<string> = new Set()): Promise<Rotated> {
    const keys: RotatedKey[] = [];
    const serials: number[] = [];
    let forced = force;
    for (let round = 0; ; round++) {
      await this.#parts.directory.refresh();
      await this.#made.sweep();
      const { plan, entries } = this.#plan(forced);
      const { unreachable, nextMs } = plan;
      if (round === maxRounds || !isDue(plan)) return { keys, serials, unreachable, nextMs };
      const published = await this.#publish(plan, entries);
      if (published === 'nothing') return { keys, serials, unreachable, nextMs };
      if (published === 'superseded') continue;
      serials.push(published.serial);
      keys.push(...published.keys);
      forced = new Set();
    }
  }

  /** When something is due next. Reads nothing. */
  get nextMs(): number {
    return this.#plan(new Set()).plan.nextMs;
  }

  get isDue(): boolean {
    return isDue(this.#plan(new Set()).plan);
  }

  #plan(force: ReadonlySet<string>): { plan: RotationPlan; entries: ReadonlyMap<string, DirectoryEntry> } {
    const { directory, keyStore, issuer, settings, clock, only } = this.#parts;
    const { set } = directory;
    const id = directoryKeyId(issuer.publicKey);
    if (!set.delegations.issuers.has(id))
      throw new KeyError(
        'ERR_KEY_DIRECTORY',
        `The issuer key ${id} is no issuer of root document ${set.root.document.serial}: nothing is rotated. Have it delegated, or take the right key.`,
        { reason: 'delegation' },
      );
    const document = set.documents.get(id) ?? null;
    const mine = (name: string): boolean => set.delegations.issuerOf(name)?.id === id;
    const all = document?.entries ?? [];
    // Not other issuers' groups: whoever lists this agent as a member would decide how long its keys live.
    const groups = all.filter(({ name, members }) => members !== null && mine(name));
    const entries = all.filter(
      ({ name, members }) =>
        mine(name) &&
        (only?.has(name) ?? true) &&
        (members === null ? name === keyStore.agent : members.includes(keyStore.agent)),
    );
    const plan = rotationPlan({
      agent: keyStore.agent,
      entries,
      groups,
      sealingKeysOf: (name) => directory.sealingKeys(name),
      document: document?.header ?? null,
      settings,
      nowMs: clock.nowMs(),
      force,
    });
    return { plan, entries: new Map(entries.map((entry) => [entry.name, entry])) };
  }

  async #publish(
    plan: RotationPlan,
    entries: ReadonlyMap<string, DirectoryEntry>,
  ): Promise<{ serial: number; keys: RotatedKey[] } | 'superseded' | 'nothing'> {
    const { directory, issuer, settings, primitives, clock } = this.#parts;
    // Disk full, token away: the old keys stay in use, and what was made is kept for the next attempt.
    const made: MadeKey[] = [];
    for (const due of plan.keys) made.push(await this.#made.make(due));
    const nowMs = clock.nowMs();
    const changes: EntryChange[] = [];
    for (const [name, entry] of entries) {
      const of = <T extends { readonly key: ListedKey }>(all: readonly T[]): T[] =>
        all.filter(({ key }) => key.owner === name);
      const own = made.filter(({ due }) => due.name === name);
      const share = (
        await Promise.all(
          of(plan.shares).map(async ({ key, to }) => ({ key, shares: await this.#shareAgain(key, to) })),
        )
      ).filter(({ shares }) => shares.length > 0);
      const revoke = of(plan.revoked).map((one) => ({ ...one, distrustFromMs: nowMs }));
      const drop = plan.dropped.filter(({ owner }) => owner === name);
      if (own.length + share.length + revoke.length + drop.length === 0) continue;
      changes.push({
        entry: changedEntry(entry, { add: own.map(({ listed }) => listed), share, revoke, drop }),
        claims: await this.#claims(own),
      });
    }
    if (changes.length === 0 && !plan.reissue) return 'nothing';
    const { line, document } = await nextDirectory({
      set: directory.set,
      issuer,
      changes,
      nowMs,
      expiresAtMs: nowMs + settings.documentValidityMs,
      primitives,
    });
    try {
      await publishLine(directory, line);
    } catch (error) {
      if (!isSuperseded(error)) throw error;
      // Somebody was faster: what it published says whether anything is still due.
      await this.#made.forget(made);
      return 'superseded';
    }
    this.#made.published(made);
    await directory.refresh();
    await this.#parts.keyStore.reload();
    return { serial: document.header.serial, keys: made.map(rotatedKey) };
  }

  /** A group's key that is listed already, for who came since: out of this agent's own share. */
  async #shareAgain(key: ListedKey, to: RotationPlan['shares'][number]['to']): Promise<GroupKeyShare[]> {
    const { directory, keyStore, primitives } = this.#parts;
    const scalar = await openGroupKey(directory.realm, key, keyStore, primitives);
    if (scalar === null) return [];
    try {
      return to.map(({ memberKey }) => shareGroupKey(directory.realm, key, memberKey, scalar, primitives));
    } finally {
      scalar.fill(0);
    }
  }

  /** The agent's signature for its new sealing keys: of the key that signs now, or of one that is new itself. */
  async #claims(made: readonly MadeKey[]): Promise<SealingKeyClaim[]> {
    const { directory, keyStore } = this.#parts;
    const signing = made.find(({ due }) => due.purpose === 'message-signing')?.key;
    const claims: SealingKeyClaim[] = [];
    for (const { listed, due } of made) {
      if (due.purpose !== 'sealing' || due.shares !== null) continue;
      const signer = signing ?? keyStore.signer;
      const signature = await signer.sign(possessionBytes(directory.realm, listed));
      claims.push({ keyId: listed.keyId, signature });
    }
    return claims;
  }
}

/** @throws KeyError ERR_KEY_DIRECTORY where the source cannot be written from here */
export async function publishLine(
  { source }: Pick<FollowedDirectory, 'source'>,
  line: Buffer,
): Promise<void> {
  if (source.publish === undefined)
    throw new KeyError(
      'ERR_KEY_DIRECTORY',
      `${source.name} can only be read from here; publish where it is written.`,
      { reason: 'unreadable' },
    );
  await source.publish(line);
}

export function isSuperseded(error: unknown): boolean {
  return error instanceof SealwireError && error.facts['reason'] === 'superseded';
}

function isDue({ keys, shares, revoked, dropped, reissue }: RotationPlan): boolean {
  return reissue || keys.length + shares.length + revoked.length + dropped.length > 0;
}

function rotatedKey({ listed, due }: MadeKey): RotatedKey {
  const { owner: name, purpose, notBeforeMs, notAfterMs, destroyAtMs } = listed;
  const keyId = listed.keyId.toString('hex');
  return { name, keyId, purpose, why: due.why, notBeforeMs, notAfterMs, destroyAtMs };
}
