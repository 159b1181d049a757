// Looks for the events of one message in a stream of events, and for the checkpoints that cover them.
import { merkleTree } from '@sealwire/crypto';
import { leafHash, sha256 } from '../chain/leaf-hash.js';
import { parseNote, type ParsedNote } from '../chain/parse-note.js';
import type { ProofCheckpoint } from './audit-proof.js';
import { ChainWindow } from './chain-window.js';
import { readMessageEvent, type MessageEvent } from './message-event.js';
import { readEvent, type ReadEvent } from '../verify/read-event.js';

/** An event with what proves it. */
export interface FoundEvent {
  readonly text: string;
  readonly event: MessageEvent;
  readonly path: Buffer;
  readonly checkpoint: ProofCheckpoint;
}

/** An event that nothing proves so far. */
export interface UncoveredEvent {
  readonly text: string;
  readonly event: MessageEvent;
  /** No checkpoint came after it, or one did whose other events are not all here (retention). */
  readonly because: 'no-checkpoint' | 'incomplete';
}

export interface SearchTerms {
  /** 64 hex digits. */
  readonly messageHash: string;
  /** Whether a note is signed by a key that was good for this writer at this time. */
  readonly trusts: (note: ParsedNote, writer: string, atMs: number) => boolean;
}

interface Candidate extends UncoveredEvent {
  readonly leaf: string;
  readonly window: string;
}

/** Of all windows together: 256 MiB. */
const maxEntries = 4 * 1024 * 1024;
const maxWindows = 65_536;
/** Anybody who may write to the topic may write events about the message. */
const maxCandidates = 2_048;
const maxFound = 256;

/**
 * Takes events as they stand on the topic, each chain in its order; what lies between them, or is no event, is passed
 * over. Memory is bounded whatever comes: a window of hashes for each chain, which a good checkpoint empties.
 */
export class ProofSearch {
  readonly #terms: SearchTerms;
  readonly #windows = new Map<string, ChainWindow>();
  readonly #found = new Map<string, FoundEvent>();
  #candidates: Candidate[] = [];
  #entries = 0;
  #taken = 0;

  constructor(terms: SearchTerms) {
    this.#terms = terms;
  }

  /** Events that a good checkpoint covers, in the order of their checkpoints. */
  get found(): readonly FoundEvent[] {
    return [...this.#found.values()];
  }

  /** Events that look like ones of the message, and that nothing proves. */
  get uncovered(): readonly UncoveredEvent[] {
    return this.#candidates;
  }

  /** How many events of chains there were. */
  get taken(): number {
    return this.#taken;
  }

  take(bytes: Buffer): void {
    const read = readEvent(bytes);
    if (read === null) return;
    this.#taken++;
    // By the writer too: nobody else’s checkpoint must empty it.
    const name = `${read.chain}/${read.writer}`;
    const leaf = leafHash(bytes);
    if (read.kind === 'audit.checkpoint') this.#checkpoint(name, read);
    else if (read.unmapped['message_hash'] === this.#terms.messageHash) this.#candidate(name, leaf, bytes);
    const window = this.#windowOf(name);
    const before = window.entries;
    window.add(leaf, read.previous);
    window.touched = this.#taken;
    this.#entries += window.entries - before;
    if (this.#entries > maxEntries) this.#forget();
  }

  #candidate(window: string, leaf: string, bytes: Buffer): void {
    const text = bytes.toString('latin1');
    const event = readMessageEvent(text);
    if (event === null || this.#found.has(leaf) || this.#candidates.some((one) => one.leaf === leaf)) return;
    if (this.#candidates.length >= maxCandidates) this.#candidates.shift();
    this.#candidates.push({ text, event, leaf, window, because: 'no-checkpoint' });
  }

  #checkpoint(name: string, { chain, sequence, previous, writer, timeMs, unmapped }: ReadEvent): void {
    const window = this.#windows.get(name);
    const { checkpoint } = unmapped;
    if (window === undefined || typeof checkpoint !== 'string' || timeMs === null) return;
    const note = parseNote(checkpoint);
    if (note?.chain !== chain || note.first + note.size !== sequence) return;
    // A copy of an older one must not empty it either.
    if (sequence <= window.checkpointed || !this.#terms.trusts(note, writer, timeMs)) return;
    window.checkpointed = sequence;
    const mine = this.#candidates.filter((one) => one.window === name);
    if (mine.length > 0) this.#cover(mine, window, note, previous, { atMs: timeMs, note: checkpoint });
    this.#entries -= window.entries;
    window.clear();
  }

  #cover(
    mine: readonly Candidate[],
    window: ChainWindow,
    { size, root }: ParsedNote,
    last: string,
    checkpoint: ProofCheckpoint,
  ): void {
    const leaves = window.leaves(last, size);
    const tree = leaves === null ? null : merkleTree(leaves, sha256);
    const whole = tree?.root === root;
    this.#candidates = this.#candidates.filter((one) => !mine.includes(one));
    for (const { leaf, text, event, window: name } of mine) {
      const index = whole ? leaves!.indexOf(leaf) : -1;
      if (index >= 0 && this.#found.size < maxFound)
        this.#found.set(leaf, { text, event, path: tree!.path(index), checkpoint });
      // What the chain does not have was put there by somebody else.
      else if (!whole) this.#candidates.push({ leaf, text, event, window: name, because: 'incomplete' });
    }
  }

  #windowOf(name: string): ChainWindow {
    let window = this.#windows.get(name);
    if (window === undefined) {
      window = new ChainWindow();
      if (this.#windows.size >= maxWindows) this.#forget();
      this.#windows.set(name, window);
    }
    return window;
  }

  /** Lets the tenth of the windows go that were not added to for longest. */
  #forget(): void {
    const oldest = [...this.#windows].sort(([, a], [, b]) => a.touched - b.touched);
    for (const [name, { entries }] of oldest.slice(0, Math.ceil(oldest.length / 10))) {
      this.#windows.delete(name);
      this.#entries -= entries;
    }
  }
}
