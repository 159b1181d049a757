// A run of events of one chain of which each names the hash of the one before.
import { CompactRange } from '../chain/compact-range.js';
import type { ParsedNote } from '../chain/parse-note.js';
import type { Place } from './finding.js';
import { HashWindow, type HashBudget } from './hash-window.js';
import type { ReadEvent } from './read-event.js';

/** Names between two checkpoints. */
const maxWriters = 8;

export class Segment {
  readonly start: number;
  /** What its first event says of the one before, as 32 latin1 characters. */
  readonly previous: string;
  /** Who its newest event says to be of. */
  writer: string;
  /** Who its events since the last settled checkpoint say to be of. */
  writers: string[];
  readonly firstPlace: Place;
  /** Counts events of the verifier: what came before what. */
  readonly firstArrival: number;
  /** What was being written when this began, and how far it was. */
  readonly beside: { readonly segment: Segment; readonly next: number } | null;
  readonly window: HashWindow;
  lastPlace: Place;
  lastArrival: number;
  lastHash = '';
  next: number;
  /** Sequence of its last checkpoint with a good signature; -1 where there is none. */
  signedAt = -1;
  #range = new CompactRange();
  #rangeFirst: number;

  constructor(
    event: ReadEvent,
    sequence: number,
    { place, arrival }: { readonly place: Place; readonly arrival: number },
    beside: Segment | null,
    budget: HashBudget,
  ) {
    this.start = sequence;
    this.next = sequence;
    this.previous = event.previous;
    this.writer = event.writer;
    this.writers = [event.writer];
    this.firstPlace = place;
    this.lastPlace = place;
    this.firstArrival = arrival;
    this.lastArrival = arrival;
    this.beside = beside === null ? null : { segment: beside, next: beside.next };
    this.window = new HashWindow(sequence, budget);
    this.#rangeFirst = sequence;
  }

  append({
    hash,
    place,
    arrival,
  }: {
    readonly hash: string;
    readonly place: Place;
    readonly arrival: number;
  }): void {
    this.window.append(hash);
    this.#range.append(hash);
    this.lastHash = hash;
    this.lastPlace = place;
    this.lastArrival = arrival;
    this.next++;
  }

  /** Whether this event is the next one. An agent’s name may change to a pseudonym, or back, when it starts anew. */
  isExtendedBy(event: ReadEvent, sequence: number): boolean {
    if (this.next !== sequence || this.lastHash !== event.previous) return false;
    if (this.writer === event.writer) return true;
    if (event.kind !== 'audit.started' || this.writers.length >= maxWriters) return false;
    this.writer = event.writer;
    this.writers.push(event.writer);
    return true;
  }

  /** Whether the events from `first` on are all here and have this root. To be asked before the checkpoint is appended. */
  hasTree({ first, size, root }: ParsedNote): boolean {
    return this.#rangeFirst === first && this.#range.size === size && this.#range.root() === root;
  }

  /** From the event that is appended next on the tree of the next checkpoint is made. */
  beginTree(): void {
    this.#range = new CompactRange();
    this.#rangeFirst = this.next;
    this.writers = [this.writer];
  }

  holds(sequence: number, hash: string): boolean {
    return this.window.at(sequence) === hash;
  }

  has(sequence: number): boolean {
    return sequence >= this.start && sequence < this.next;
  }
}
