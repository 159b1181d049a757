// Whether a checkpoint’s signature is one of its writer’s.
import { noteKeyHash } from '../chain/signed-note.js';
import { parseNote, type ParsedNote } from '../chain/parse-note.js';
import type { ReadEvent } from './read-event.js';

/** A message-signing key as the directory lists it. */
export interface ListedSigner {
  readonly owner: string;
  /** Uncompressed point, 65 bytes. */
  readonly publicKey: Buffer;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  readonly distrustFromMs: number | null;
}

export interface Trust {
  /** @param keyId 32 hex digits @returns `null` where the directory has no such message-signing key */
  keyOf(keyId: string): ListedSigner | null;
  /** ECDSA P-256 with SHA-256; must not throw. @param der the signature */
  verify(publicKey: Buffer, text: Buffer, der: Buffer): boolean;
  /** What stands for an agent’s name where it does not stand itself; left out where the pseudonym key is not known. */
  readonly pseudonym?: (agent: string) => string;
}

export type Judged =
  | { readonly note: ParsedNote; readonly owner: string; readonly why: null }
  | { readonly note: null; readonly why: string };

/** What a checkpoint stands in. */
export interface CheckpointPlace {
  readonly sequence: number;
  /** When the broker appended it where that is known, otherwise when it says to have been made. */
  readonly atMs: number | null;
  /** Who the events before it say to be of. */
  readonly writers: readonly string[];
  /** Whose the chain is, by the good checkpoint before; `null` where there is none. */
  readonly owner: string | null;
}

/** */
const pseudonymForm = /^p-[0-9a-f]{32}$/;
/** How far the clocks of writers, broker and issuers may differ. */
const skewMs = 30_000;
/** Pseudonyms that are remembered with their owner. */
const maxPseudonyms = 100_000;

export class CheckpointJudge {
  readonly #trust: Trust;
  readonly #owners = new Map<string, string>();

  constructor(trust: Trust) {
    this.#trust = trust;
  }

  judge(event: ReadEvent, { sequence, atMs, writers, owner }: CheckpointPlace): Judged {
    const bad = (why: string): Judged => ({ note: null, why });
    const text = event.unmapped['checkpoint'];
    const note = typeof text === 'string' ? parseNote(text) : null;
    if (note === null) return bad('It holds no signed note of the form that checkpoints have.');
    if (note.chain !== event.chain || note.first + note.size !== sequence)
      return bad('Its note is of another chain or another place of it.');
    if (note.agent !== event.writer) return bad('Its note names another writer than its event.');
    const key = this.#trust.keyOf(note.keyId);
    if (key === null)
      return bad(`Its key ${note.keyId} is in the directory as nobody’s message-signing key.`);
    if (!this.#isOwner(key.owner, note.agent)) return bad(`Its key ${note.keyId} is another agent’s.`);
    if (owner !== null && key.owner !== owner)
      return bad(`Its key ${note.keyId} is another agent’s than that of the checkpoint before.`);
    if (!writers.every((each) => this.#isOwner(key.owner, each)))
      return bad('It covers events that name another writer.');
    if (atMs === null) return bad('It does not say when it was made.');
    if (atMs + skewMs < key.notBeforeMs || atMs - skewMs > key.notAfterMs)
      return bad(`Its key ${note.keyId} was not valid at its time, ${new Date(atMs).toISOString()}.`);
    if (key.distrustFromMs !== null && atMs >= key.distrustFromMs)
      return bad(`Its key ${note.keyId} was revoked, and is distrusted at its time.`);
    if (!noteKeyHash(key.publicKey).equals(note.keyHash)) return bad('Its key hash is not that of its key.');
    if (!this.#trust.verify(key.publicKey, Buffer.from(note.text, 'latin1'), note.signature))
      return bad('Its signature is not good.');
    return { note, owner: key.owner, why: null };
  }

  #isOwner(owner: string, writer: string): boolean {
    if (owner === writer) return true;
    if (!pseudonymForm.test(writer)) return false;
    if (this.#trust.pseudonym !== undefined) return this.#trust.pseudonym(owner) === writer;
    // Whose it is cannot be computed here; it stays whose it was first.
    const known = this.#owners.get(writer);
    if (known === undefined && this.#owners.size < maxPseudonyms) this.#owners.set(writer, owner);
    return known === undefined || known === owner;
  }
}
