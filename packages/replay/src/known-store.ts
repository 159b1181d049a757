// Whether a store is the one that was used before: an emptied or exchanged one would take every copy for new.
import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import {
  InabilityError,
  UsageError,
  type Claim,
  type ClaimAnswer,
  type ClaimStore,
  type Clock,
} from '@sealwire/core';
import type { OpenedStore } from './opened-store.js';

/** What is kept beside the state of an agent. */
interface Note {
  readonly id: string;
  /** When it was noticed that this memory is gone. */
  readonly lostAtMs?: number;
  /** An operator goes on without it. */
  readonly accepted?: true;
}

export interface KnownStoreParts {
  open(): Promise<OpenedStore>;
  /** Of the note. */
  readonly file: string;
  /** The longest time for which any message must be remembered: after it, what was lost no longer matters. */
  readonly windowMs: number;
  readonly clock: Clock;
  /** Told when another memory is used from now on: because an operator said so, or because the time has passed. */
  adopted(how: 'accepted' | 'waited', lostAtMs: number): void;
}

/** The way into a store: pauses where its memory is not the one that is known, and opens it anew when it has said so itself. */
export class KnownStore implements ClaimStore {
  readonly #parts: KnownStoreParts;
  #opening: Promise<OpenedStore> | null = null;

  constructor(parts: KnownStoreParts) {
    this.#parts = parts;
  }

  /** @throws as the store’s opening; InabilityError ERR_UNABLE_REPLAY where its memory is lost */
  async ready(): Promise<void> {
    await this.#store();
  }

  claim(claims: readonly Claim[], leaseMs: number, nowMs: number): Promise<readonly ClaimAnswer[]> {
    return this.#ask((store) => store.claim(claims, leaseMs, nowMs));
  }

  renew(claims: readonly Claim[], leaseMs: number): Promise<readonly boolean[]> {
    return this.#ask((store) => store.renew(claims, leaseMs));
  }

  done(claims: readonly Claim[], nowMs: number): Promise<readonly boolean[]> {
    return this.#ask((store) => store.done(claims, nowMs));
  }

  release(claims: readonly Claim[]): Promise<void> {
    return this.#ask((store) => store.release(claims));
  }

  async close(): Promise<void> {
    const opening = this.#opening;
    this.#opening = null;
    await opening?.then(
      (store) => store.close(),
      () => undefined,
    );
  }

  async #ask<T>(work: (store: OpenedStore) => Promise<T>): Promise<T> {
    const store = await this.#store();
    try {
      return await work(store);
    } catch (error) {
      if (!(error instanceof InabilityError) || error.facts['forgot'] !== true) throw error;
      const { file, clock } = this.#parts;
      const note = readNote(file);
      // Another process of this agent may have found it out before, and go on with another memory already.
      if (note !== null && note.lostAtMs === undefined && note.id === store.id)
        writeNote(file, { id: note.id, lostAtMs: clock.nowMs() });
      await this.close();
      throw error;
    }
  }

  #store(): Promise<OpenedStore> {
    if (this.#opening !== null) return this.#opening;
    const opening = this.#open();
    this.#opening = opening;
    opening.catch(() => {
      if (this.#opening === opening) this.#opening = null;
    });
    return opening;
  }

  async #open(): Promise<OpenedStore> {
    const store = await this.#parts.open();
    try {
      this.#recognise(store.id);
      return store;
    } catch (error) {
      await store.close();
      throw error;
    }
  }

  #recognise(id: string): void {
    const { file, windowMs, clock } = this.#parts;
    const note = readNote(file);
    if (note === null) {
      writeNote(file, { id });
      return;
    }
    if (note.id === id && note.lostAtMs === undefined) return;
    const nowMs = clock.nowMs();
    const lostAtMs = note.lostAtMs ?? nowMs;
    const waited = nowMs >= lostAtMs + windowMs;
    if (note.accepted === true || waited) {
      writeNote(file, { id });
      this.#parts.adopted(note.accepted === true ? 'accepted' : 'waited', lostAtMs);
      return;
    }
    if (note.lostAtMs === undefined) writeNote(file, { id: note.id, lostAtMs });
    throw new InabilityError(
      'ERR_UNABLE_REPLAY',
      `The replay store is not the one that was used before, or has lost what it had confirmed: what was accepted is not known. Nothing is accepted until ${new Date(lostAtMs + windowMs).toISOString()}, when all that could be a copy is too old; to go on before, restore the store, or accept the loss: sealwire replay accept-loss`,
      { lostAtMs },
    );
  }
}

/**
 * For an operator: from now on whatever memory the store has is used. Messages that were handled before can be accepted
 * once more, as long as they are fresh.
 * @returns false where nothing is known to be lost
 * @throws UsageError ERR_USAGE_REPLAY where nothing was ever remembered here
 */
export function acceptLoss(file: string): boolean {
  const note = readNote(file);
  if (note === null)
    throw new UsageError(
      'ERR_USAGE_REPLAY',
      `There is no ${file}: this agent has not consumed from RabbitMQ with this state folder.`,
      { file },
    );
  writeNote(file, { ...note, accepted: true });
  return note.lostAtMs !== undefined;
}

function readNote(file: string): Note | null {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw unusable(file);
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw unusable(file);
  }
  const { id } = (parsed ?? {}) as { readonly id?: unknown };
  if (typeof id !== 'string') throw unusable(file);
  return parsed as Note;
}

/** Several processes of an agent may do so at once, and each may be killed in the middle. */
function writeNote(file: string, note: Note): void {
  const beside = `${file}.${randomUUID()}.new`;
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(beside, `${JSON.stringify(note)}\n`, { mode: 0o600, flush: true });
    renameSync(beside, file);
  } catch (error) {
    rmSync(beside, { force: true });
    throw new InabilityError(
      'ERR_UNABLE_REPLAY',
      `${file} cannot be written (${(error as NodeJS.ErrnoException).code ?? 'unknown reason'}).`,
      { file },
    );
  }
}

function unusable(file: string): InabilityError {
  return new InabilityError(
    'ERR_UNABLE_REPLAY',
    `${file} cannot be read as what it should be: the name of the replay store. Restore it; where that cannot be done, remove it, which accepts the loss of what was remembered.`,
    { file },
  );
}
