// The memory of one partition for one group: a state, and what was accepted since (SPEC.md ).
import { PolicyError, type LedgerPlace, type LoadedState, type Received } from '@sealwire/core';
import type { NoncedMessage, ReplayLedger } from '@sealwire/core';
import { Journal } from './journal.js';
import { laneId } from './lane-id.js';
import { Milestones } from './milestones.js';
import { defaultLimits, NonceState, type ReplayLimits } from './nonce-state.js';
import { OffsetMetadata, type StateMarks } from './offset-metadata.js';

export interface LedgerOptions {
  readonly place: LedgerPlace;
  /** 32 bytes that the group’s processes share. */
  readonly key: Buffer;
  readonly maxAgeMs: number;
  readonly skewMs: number;
  /** How long after its issue a producer may have appended a message once more. */
  readonly retryWindowMs: number;
  readonly limits?: ReplayLimits;
}

/** Of what nobody commits, so much is kept to go back to. */
const maxJournal = 131_072;
/** Fractions of the window after which stale lanes and gaps are looked for. */
const pruneSteps = 64;

export class PartitionLedger implements ReplayLedger {
  readonly windowMs: number;
  readonly #options: LedgerOptions;
  readonly #limits: ReplayLimits;
  readonly #metadata: OffsetMetadata;
  readonly #journal = new Journal();
  #base = 0;
  #position = 0;
  /** As of `#base`. */
  #baseState: NonceState;
  /** As of `#position`: the base state with the whole journal. */
  #state: NonceState;
  #milestones: Milestones;
  #prunedMs = 0;
  #allowedTo = 0;
  #doubtfulUntilMs = 0;

  constructor(options: LedgerOptions) {
    const { place, key, maxAgeMs, skewMs, limits = defaultLimits } = options;
    this.#options = options;
    this.#limits = limits;
    this.windowMs = maxAgeMs + 2 * skewMs;
    this.#metadata = new OffsetMetadata(key, place, this.windowMs, limits);
    this.#baseState = new NonceState(limits);
    this.#state = this.#baseState.copy();
    this.#milestones = new Milestones(this.windowMs, 0);
  }

  get base(): number {
    return this.#base;
  }

  get position(): number {
    return this.#position;
  }

  get since(): number {
    return this.#since(this.#position, this.#state.clockMs);
  }

  get clockMs(): number {
    return this.#state.clockMs;
  }

  get allowedTo(): number {
    return this.#allowedTo;
  }

  load(offset: number, metadata: string | null): LoadedState {
    const read = this.#metadata.read(offset, metadata);
    const { since, allowedTo, doubtfulUntilMs } = read?.marks ?? noMarks;
    this.#allowedTo = allowedTo;
    this.#doubtfulUntilMs = doubtfulUntilMs;
    this.#begin(offset, read?.state ?? new NonceState(this.#limits), since);
    if (read === null) return 'foreign';
    return read.state === null ? 'rebuild' : 'state';
  }

  startAt(offset: number): void {
    this.#begin(offset, new NonceState(this.#limits), offset);
  }

  begin(first: Received): void {
    const offset = offsetOf(first);
    if (offset < this.#position) this.#goBack(offset);
    if (this.#position < this.#allowedTo) return;
    if (this.#state.clockMs > this.#prunedMs + this.windowMs / pruneSteps) {
      this.#prunedMs = this.#state.clockMs;
      this.#state.prune(this.windowMs);
    }
  }

  liftsAge({ source, appendedAtMs }: Received): boolean {
    return appendedAtMs === null && source.transport === 'kafka' && Number(source.offset) < this.#allowedTo;
  }

  admit(message: NoncedMessage): boolean {
    const { received, session, header } = message;
    const { sequence, issuedAtMs } = header;
    const id = laneId(session, header.stream);
    const state = this.#state;
    if (state.has(id, sequence)) throw this.#seen(message);
    if (!state.hasRoom(id, sequence)) {
      if (this.#position >= this.#allowedTo) state.prune(this.windowMs);
      if (!state.hasRoom(id, sequence)) throw tooMany();
    }
    this.#accept(message);
    const judgedMs = received.appendedAtMs ?? received.receivedAtMs;
    return (
      this.#doubtfulUntilMs > 0 && judgedMs <= this.#doubtfulUntilMs && issuedAtMs <= this.#doubtfulUntilMs
    );
  }

  note(message: NoncedMessage): void {
    const id = laneId(message.session, message.header.stream);
    if (!this.#state.has(id, message.header.sequence)) this.#accept(message);
  }

  withdraw(rejected: readonly Received[]): void {
    if (rejected.length === 0) return;
    const before = this.#journal.length;
    this.#journal.remove(new Set(rejected.map(offsetOf)));
    if (this.#journal.length < before) this.#replay();
  }

  passed(offset: number): void {
    if (offset <= this.#position) return;
    this.#position = offset;
    this.#milestones.passed(offset, this.#state.clockMs);
    if (this.#journal.length > maxJournal) this.#fold(this.#journal.offsetAt(maxJournal / 2));
  }

  doubt(clockMs: number): void {
    this.#doubtfulUntilMs = clockMs + this.windowMs;
  }

  metadataAt(offset: number): string {
    // Of what lies elsewhere it is not known what was accepted up to there.
    if (offset < this.#base || offset > this.#position) {
      const since = offset < this.#base ? 0 : this.since;
      return this.#metadata.rebuild(offset, this.#marks(offset, since));
    }
    const state = this.#stateAt(offset);
    const marks = this.#marks(offset, this.#since(offset, state.clockMs));
    return this.#metadata.state(offset, state, marks) ?? this.#metadata.rebuild(offset, marks);
  }

  committed(offset: number): void {
    if (offset > this.#base && offset <= this.#position) this.#fold(offset);
  }

  #begin(offset: number, state: NonceState, since: number): void {
    this.#base = this.#position = offset;
    this.#baseState = state;
    this.#state = state.copy();
    this.#journal.cut(0);
    this.#milestones = new Milestones(this.windowMs, since);
    this.#prunedMs = 0;
  }

  #accept({ received, session, header }: NoncedMessage): void {
    const clockMs = Math.max(this.#state.clockMs, received.appendedAtMs ?? received.receivedAtMs);
    const id = laneId(session, header.stream);
    this.#state.accept(id, header.sequence, header.issuedAtMs, clockMs);
    this.#journal.add(offsetOf(received), id, header.sequence, header.issuedAtMs, clockMs);
  }

  #goBack(offset: number): void {
    if (offset < this.#base) throw new Error('a ledger was asked for what lies below its base');
    this.#position = offset;
    this.#milestones.back(offset);
    const count = this.#journal.countBelow(offset);
    if (count === this.#journal.length) return;
    this.#journal.cut(count);
    this.#replay();
  }

  #replay(): void {
    this.#state = this.#baseState.copy();
    this.#journal.apply(this.#state, this.#journal.length);
    this.#prunedMs = 0;
  }

  #stateAt(offset: number): NonceState {
    const count = this.#journal.countBelow(offset);
    let state = this.#state;
    if (count < this.#journal.length) {
      state = this.#baseState.copy();
      this.#journal.apply(state, count);
    }
    if (offset >= this.#allowedTo) state.prune(this.windowMs);
    return state;
  }

  #fold(offset: number): void {
    const count = this.#journal.countBelow(offset);
    this.#journal.apply(this.#baseState, count);
    this.#journal.dropFirst(count);
    this.#base = offset;
    if (offset < this.#allowedTo) return;
    this.#baseState.prune(this.windowMs);
    this.#milestones.settled(offset, this.#baseState.clockMs);
  }

  /** While age is lifted, everything that was ever accepted counts. */
  #since(offset: number, clockMs: number): number {
    return this.#milestones.since(offset, offset < this.#allowedTo ? 0 : clockMs);
  }

  #marks(offset: number, since: number): StateMarks {
    return {
      since,
      allowedTo: offset < this.#allowedTo ? this.#allowedTo : 0,
      doubtfulUntilMs: this.#state.clockMs > this.#doubtfulUntilMs ? 0 : this.#doubtfulUntilMs,
    };
  }

  #seen({ received, header }: NoncedMessage): PolicyError {
    const appendedMs = received.appendedAtMs ?? received.receivedAtMs;
    return appendedMs - header.issuedAtMs <= this.#options.retryWindowMs
      ? new PolicyError(
          'ERR_POLICY_DUPLICATE',
          'The message was accepted from another place of this partition already; a retry of its sender explains the copy.',
        )
      : new PolicyError(
          'ERR_POLICY_REPLAY',
          'The message was accepted from another place of this partition already, and no retry of its sender explains the copy: somebody wrote it again.',
        );
  }
}

const noMarks: StateMarks = { since: 0, allowedTo: 0, doubtfulUntilMs: 0 };

function tooMany(): PolicyError {
  return new PolicyError(
    'ERR_POLICY_REPLAY_LIMIT',
    'The sender has more instances, or more gaps in its sequences, than a partition remembers. It is probably started anew all the time.',
  );
}

function offsetOf({ source }: Received): number {
  return source.transport === 'kafka' ? Number(source.offset) : 0;
}
