// One act of rotation: what is due is made, stored, published; nothing is lost wherever it is interrupted.
import { KeyError, SealwireError, type Clock } from '@sealwire/core';
import type { Primitives } from '@sealwire/crypto';
import {
  listedKey,
  type DirectoryEntry,
  type GroupKeyShare,
  type ListedKey,
} from '../directory/directory-entry.js';
import type { DocumentSigner } from '../directory/document-signer.js';
import { openGroupKey, shareGroupKey, groupKeyInfo } from '../directory/group-key-share.js';
import type { FollowedDirectory } from '../directory/live-directory.js';
import { nextDirectory, type EntryChange, type SealingKeyClaim } from '../directory/next-directory.js';
import { possessionBytes } from '../directory/possession.js';
import { directoryKeyId } from '../directory/root-document.js';
import type { ManagedKeyStore, NewGroupKey, NewKey } from '../managed-key-store.js';
import { changedEntry } from './changed-entry.js';
import { memberKeyFor } from './due-shares.js';
import type { KeyIntents } from './key-intents.js';
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

/** A key on its way. */
interface Made {
  readonly due: DueKey;
  readonly key: NewKey;
  readonly listed: ListedKey;
  readonly storedAtMs: number;
}

const maxRounds = 4;
/** Who finds a foreign intent older than this destroys its key: so nobody publishes one that is half as old. */
const intentLifeMs = 600_000;
/** A clock that runs ahead must not take a key away that is in use. */
const signingGraceMs = 600_000;

/** Keeps what could not be published for the next call. One call at a time. */
export class Rotator {
  readonly #parts: RotationParts;
  #made: Made[] = [];

  constructor(parts: RotationParts) {
    this.#parts = parts;
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
      await this.#sweep();
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
    const made: Made[] = [];
    for (const due of plan.keys) made.push(await this.#make(due));
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
      for (const one of made) await this.#forget(one);
      this.#made = this.#made.filter((one) => !made.includes(one));
      return 'superseded';
    }
    this.#made = this.#made.filter((one) => !made.includes(one));
    for (const { listed } of made) this.#parts.intents.remove(listed.keyId.toString('hex'));
    await directory.refresh();
    await this.#parts.keyStore.reload();
    return { serial: document.header.serial, keys: made.map(rotatedKey) };
  }

  /** One that was made before and could not be published is taken first. */
  async #make(due: DueKey): Promise<Made> {
    const { keyStore, clock, intents } = this.#parts;
    const earlier = this.#made.find((one) => isFor(one, due) && isFresh(one, clock.nowMs()));
    if (earlier !== undefined) {
      const again = { ...earlier, listed: retimed(earlier, due), due };
      this.#made = this.#made.map((one) => (one === earlier ? again : one));
      return again;
    }
    for (const stale of this.#made.filter((one) => isFor(one, due))) {
      this.#made = this.#made.filter((one) => one !== stale);
      await this.#forget(stale);
    }
    const key =
      due.shares === null
        ? await keyStore.generateKey(due.purpose)
        : await keyStore.generateGroupKey(due.name);
    const listed = await this.#listing(due, key);
    intents.add(listed.keyId.toString('hex'));
    try {
      await key.store();
    } catch (error) {
      await key.discard();
      intents.remove(listed.keyId.toString('hex'));
      throw error;
    }
    const made = { due, key, listed, storedAtMs: clock.nowMs() };
    this.#made.push(made);
    return made;
  }

  async #listing(due: DueKey, key: NewKey | NewGroupKey): Promise<ListedKey> {
    const { realm } = this.#parts.directory;
    const { name, purpose, notBeforeMs, notAfterMs, destroyAtMs } = due;
    const facts = { purpose, publicKey: key.publicKey, notBeforeMs, notAfterMs, destroyAtMs };
    const listed = listedKey(name, facts);
    if (purpose === 'message-signing')
      return listedKey(name, { ...facts, possession: await key.sign(possessionBytes(realm, listed)) });
    if (due.shares === null || !('shareFor' in key)) return listed;
    const shares = due.shares.map(({ member, memberKey }): GroupKeyShare => ({
      member,
      memberKeyId: memberKey.keyId,
      ...key.shareFor(memberKey.publicKey, groupKeyInfo(realm, listed, memberKey.keyId)),
    }));
    return listedKey(name, { ...facts, shares });
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
  async #claims(made: readonly Made[]): Promise<SealingKeyClaim[]> {
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

  /**
   * Destroys what a crash left over: stored, never published. What is published after all is kept. And signing keys that
   * are past their end, which nobody needs any more.
   */
  async #sweep(): Promise<void> {
    const { directory, keyStore, intents, clock } = this.#parts;
    if (directory.problem !== null) return;
    const nowMs = clock.nowMs();
    const { keys } = keyStore;
    const stored = (id: string) => keys.find(({ keyId }) => keyId.toString('hex') === id);
    for (const one of [...this.#made]) {
      const id = one.listed.keyId.toString('hex');
      const isListed = (stored(id)?.listed ?? null) !== null;
      if (!isListed && isFresh(one, nowMs)) continue;
      this.#made = this.#made.filter((other) => other !== one);
      if (isListed) intents.remove(id);
      else await this.#forget(one);
    }
    for (const id of intents.olderThan(intentLifeMs, nowMs)) {
      const key = stored(id);
      if (key?.listed === null) await keyStore.destroyKey(key.keyId.toString('latin1'));
      intents.remove(id);
    }
    for (const { purpose, listed, keyId } of keys)
      if (purpose === 'message-signing' && listed !== null && nowMs >= listed.notAfterMs + signingGraceMs)
        await keyStore.destroyKey(keyId.toString('latin1'));
  }

  async #forget({ key, listed }: Made): Promise<void> {
    await key.discard();
    await this.#parts.keyStore.destroyKey(listed.keyId.toString('latin1'));
    this.#parts.intents.remove(listed.keyId.toString('hex'));
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

/** Whether a key that was made earlier does for what is due now. */
function isFor(made: Made, due: DueKey): boolean {
  if (made.due.name !== due.name || made.due.purpose !== due.purpose) return false;
  if (due.shares === null) return true;
  const named = (one: DueKey): string =>
    (one.shares ?? []).map(({ memberKey }) => memberKey.keyId.toString('hex')).join();
  return named(made.due) === named(due) && memberKeysFit(made, due);
}

const memberKeysFit = (_made: Made, { shares, destroyAtMs }: DueKey): boolean =>
  (shares ?? []).every(({ memberKey }) => memberKeyFor([memberKey], destroyAtMs ?? 0, 0) !== null);

const isFresh = ({ storedAtMs }: Made, nowMs: number): boolean => nowMs - storedAtMs < intentLifeMs / 2;

/** The same key and shares, valid from when it is due now. */
function retimed({ listed }: Made, { notBeforeMs, notAfterMs, destroyAtMs }: DueKey): ListedKey {
  return { ...listed, notBeforeMs, notAfterMs, destroyAtMs };
}

function rotatedKey({ listed, due }: Made): RotatedKey {
  const { owner: name, purpose, notBeforeMs, notAfterMs, destroyAtMs } = listed;
  const keyId = listed.keyId.toString('hex');
  return { name, keyId, purpose, why: due.why, notBeforeMs, notAfterMs, destroyAtMs };
}
