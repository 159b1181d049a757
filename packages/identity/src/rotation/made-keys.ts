// Keys on their way: made and stored, not published yet. What cannot be published is taken up again, or destroyed.
import type { Clock } from '@sealwire/core';
import { listedKey, type GroupKeyShare, type ListedKey } from '../directory/directory-entry.js';
import { groupKeyInfo } from '../directory/group-key-share.js';
import type { FollowedDirectory } from '../directory/live-directory.js';
import { possessionBytes } from '../directory/possession.js';
import type { ManagedKeyStore, NewGroupKey, NewKey } from '../managed-key-store.js';
import { memberKeyFor } from './due-shares.js';
import type { KeyIntents } from './key-intents.js';
import type { DueKey } from './rotation-plan.js';

export interface MadeKeysParts {
  readonly directory: FollowedDirectory;
  readonly keyStore: ManagedKeyStore;
  readonly clock: Clock;
  readonly intents: KeyIntents;
}

/** A key on its way. */
export interface MadeKey {
  readonly due: DueKey;
  readonly key: NewKey;
  readonly listed: ListedKey;
  readonly storedAtMs: number;
}

/** Who finds a foreign intent older than this destroys its key: so nobody publishes one that is half as old. */
const intentLifeMs = 600_000;
/** A clock that runs ahead must not take a key away that is in use. */
const signingGraceMs = 600_000;

/** Those of one agent. */
export class MadeKeys {
  readonly #parts: MadeKeysParts;
  #made: MadeKey[] = [];

  constructor(parts: MadeKeysParts) {
    this.#parts = parts;
  }

  /** One that was made before and could not be published is taken first. */
  async make(due: DueKey): Promise<MadeKey> {
    const { keyStore, clock, intents } = this.#parts;
    const earlier = this.#made.find((one) => isFor(one, due) && isFresh(one, clock.nowMs()));
    if (earlier !== undefined) {
      const again = { ...earlier, listed: retimed(earlier, due), due };
      this.#made = this.#made.map((one) => (one === earlier ? again : one));
      return again;
    }
    for (const stale of this.#made.filter((one) => isFor(one, due))) {
      this.#made = this.#made.filter((one) => one !== stale);
      await this.#destroy(stale);
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

  /** What was made is what everybody knows now. */
  published(made: readonly MadeKey[]): void {
    this.#made = this.#made.filter((one) => !made.includes(one));
    for (const { listed } of made) this.#parts.intents.remove(listed.keyId.toString('hex'));
  }

  /** Destroys what will not be published. */
  async forget(made: readonly MadeKey[]): Promise<void> {
    for (const one of made) await this.#destroy(one);
    this.#made = this.#made.filter((one) => !made.includes(one));
  }

  /**
   * Destroys what a crash left over: stored, never published. What is published after all is kept. And signing keys that
   * are past their end, which nobody needs any more.
   */
  async sweep(): Promise<void> {
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
      else await this.#destroy(one);
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

  async #destroy({ key, listed }: MadeKey): Promise<void> {
    await key.discard();
    await this.#parts.keyStore.destroyKey(listed.keyId.toString('latin1'));
    this.#parts.intents.remove(listed.keyId.toString('hex'));
  }
}

/** Whether a key that was made earlier does for what is due now. */
function isFor(made: MadeKey, due: DueKey): boolean {
  if (made.due.name !== due.name || made.due.purpose !== due.purpose) return false;
  if (due.shares === null) return true;
  const named = (one: DueKey): string =>
    (one.shares ?? []).map(({ memberKey }) => memberKey.keyId.toString('hex')).join();
  return named(made.due) === named(due) && memberKeysFit(made, due);
}

const memberKeysFit = (_made: MadeKey, { shares, destroyAtMs }: DueKey): boolean =>
  (shares ?? []).every(({ memberKey }) => memberKeyFor([memberKey], destroyAtMs ?? 0, 0) !== null);

const isFresh = ({ storedAtMs }: MadeKey, nowMs: number): boolean => nowMs - storedAtMs < intentLifeMs / 2;

/** The same key and shares, valid from when it is due now. */
function retimed({ listed }: MadeKey, { notBeforeMs, notAfterMs, destroyAtMs }: DueKey): ListedKey {
  return { ...listed, notBeforeMs, notAfterMs, destroyAtMs };
}
