// Verifies one chain, event by event, in memory that does not grow with its length (SPEC §2, §3, §5).
import type { Arrived } from './arrived.js';
import { ChainFindings } from './chain-findings.js';
import type { ChainSummary } from './chain-summary.js';
import type { CheckpointJudge } from './checkpoint-judge.js';
import { EarlyRepeats, type Beginning, type Taken } from './early-repeats.js';
import type { OnFinding, Place } from './finding.js';
import type { Copies } from './copies.js';
import type { HashBudget } from './hash-window.js';
import { Holes } from './holes.js';
import { pathFrom } from './path.js';
import type { ReadEvent } from './read-event.js';
import { provenBy } from './proven-by.js';
import { Repeats } from './repeats.js';
import { Runs } from './runs.js';
import type { Standing } from './seen-chains.js';
import type { Segment } from './segment.js';
import { Settlement } from './settlement.js';
import type { SignedCheckpoint } from './signed-checkpoint.js';
import { treeOfPath, type TreeOfPath } from './tree-of-path.js';

export interface ChainContext {
  readonly judge: CheckpointJudge;
  readonly budget: HashBudget;
  readonly onFinding: OnFinding;
  /** Told of each checkpoint that is good and matches the events before it. */
  readonly onCheckpoint: (checkpoint: SignedCheckpoint, arrived: Arrived) => void;
  /** Whether what stood before the first event of a place may have gone by retention, or was not asked for. */
  readonly mayBeginLate: (place: Place) => boolean;
}

/** Runs that do not fit together, between two checkpoints. */
const maxSegments = 256;
/** Trees made anew between two good checkpoints. */
const maxTrees = 16;
/** One comes after an hour at the latest, by clocks that differ. */
const cutOffMs = 2 * 3_600_000;
/** Hashes that are kept behind a checkpoint, to know repeats by. */
const keptHashes = 10_000;

export class ChainVerifier {
  readonly chain: string;
  readonly #context: ChainContext;
  readonly #findings: ChainFindings;
  readonly #repeats: Repeats;
  readonly #runs: Runs;
  readonly #holes: Holes;
  readonly #settlement: Settlement;
  /** Whose it is, by its first good checkpoint. */
  #owner: string | null = null;
  #trees = 0;
  readonly #early: EarlyRepeats;
  #proven = 0;
  #checkpoints = 0;
  #firstCheckpoint: number | null = null;
  #lastCheckpoint: number | null = null;
  #lastKinds = ['', ''];
  #firstAtMs: number | null = null;
  /** Its first checkpoint whose tree begins before what is here of it. */
  #cutOff: { readonly place: Place; readonly atMs: number } | null = null;
  /** Of the last event that was new. */
  #lastAtMs = 0;

  constructor(chain: string, context: ChainContext) {
    this.chain = chain;
    this.#context = context;
    this.#findings = new ChainFindings(chain, context.onFinding);
    const tell = (copies: Copies): void =>
      this.#findings.copies(copies, copies.first >= (this.#lastCheckpoint ?? 0));
    this.#repeats = new Repeats(tell, context.budget);
    this.#runs = new Runs(context.budget);
    this.#early = new EarlyRepeats(context.budget);
    this.#holes = new Holes((hole) => this.#findings.hole(hole, context.mayBeginLate(hole.place)));
    this.#settlement = new Settlement(this.#runs, this.#holes, this.#findings);
  }

  /** The sequence that would come next. */
  get next(): number {
    return this.#runs.current?.next ?? 0;
  }

  get standing(): Standing {
    return {
      first: this.#first,
      last: this.next - 1,
      proven:
        this.#firstCheckpoint === null
          ? null
          : { first: this.#firstCheckpoint, last: this.#lastCheckpoint ?? this.#firstCheckpoint },
      hashAt: (sequence) => this.#runs.hashAt(sequence),
    };
  }

  /** The lowest sequence that is here, as far as is known. */
  get #first(): number {
    return this.#settlement.lowest ?? this.#runs.open[0]?.start ?? 0;
  }

  /** Whether a good checkpoint covers any of it. */
  get isProven(): boolean {
    return this.#checkpoints > 0;
  }

  /** When its first event happened or was appended. */
  get firstAtMs(): number | null {
    return this.#firstAtMs;
  }

  /** Whether the next event of the chain could be this one. */
  follows(sequence: number, previous: string): boolean {
    return this.#runs.follows(sequence, previous);
  }

  /** The hash of an event that is still held; `null` where it is not. */
  hashAt(sequence: number): string | null {
    return this.#runs.hashAt(sequence);
  }

  /** An event that does not say the same of itself everywhere; it is taken too. */
  tellInconsistent(sequence: number, place: Place): void {
    this.#findings.altered(sequence, place, 'It does not name its chain and sequence alike everywhere.');
  }

  /** @param sequence where it belongs, which a changed event may itself not say rightly */
  take(event: ReadEvent, sequence: number, arrived: Arrived): void {
    const one = { event, sequence, arrived };
    if (this.#early.isEmpty && sequence >= this.#first) this.#takeOne(one);
    else if (!this.#takeEarly(one)) {
      for (const each of this.#early.clear()) this.#takeOne(each);
      // It may be the first of others.
      if (!this.#takeEarly(one)) this.#takeOne(one);
    }
  }

  /**
   * Nothing more comes.
   * @param isYoung whether it may be too new for its first checkpoint
   * @param beginsMs when what is here of a place begins
   */
  end(isYoung: boolean, beginsMs: (place: Place) => number): ChainSummary {
    const findings = this.#findings;
    for (const each of this.#early.clear()) this.#takeOne(each);
    this.#repeats.close();
    this.#settlement.settle();
    for (const each of this.#runs.open)
      if (each !== this.#runs.current) findings.farAhead([each.start, each.next - 1], each.firstPlace);
    this.#holes.end();
    const [first, last] = [this.#settlement.lowest ?? 0, this.next - 1];
    const from = this.#lastCheckpoint === null ? first : this.#lastCheckpoint + 1;
    const place = this.#runs.current?.lastPlace ?? null;
    if (!this.isProven && !isYoung) {
      if (this.#isCutOff(beginsMs)) findings.cutOff([first, last], place);
      else findings.unproven([first, last], place);
    } else if (from <= last) findings.unfinished([from, last], place);
    return {
      chain: this.chain,
      writer: findings.writer,
      first,
      last,
      proven: this.#proven,
      unfinished: last - from + 1,
      repeated: this.#repeats.own,
      checkpoints: this.#checkpoints,
      lastCheckpoint: this.#lastCheckpoint,
      ended: this.#lastCheckpoint === last && this.#lastKinds[0] === 'audit.stopped',
    };
  }

  #begin(event: ReadEvent, sequence: number, arrived: Arrived): Segment {
    if (this.#runs.open.length >= maxSegments) this.#settlement.settle();
    if (this.#runs.open.length === 0) this.#findings.writer = event.writer;
    this.#firstAtMs ??= arrived.atMs;
    return this.#runs.begin(event, sequence, arrived);
  }

  /** Whether its first checkpoint, soon behind where everything begins, reaches back to before that. */
  #isCutOff(beginsMs: (place: Place) => number): boolean {
    const { place, atMs } = this.#cutOff ?? { place: {}, atMs: Infinity };
    return this.#context.mayBeginLate(place) && atMs - beginsMs(place) <= cutOffMs;
  }

  #append(segment: Segment, event: ReadEvent, sequence: number, arrived: Arrived): void {
    this.#repeats.end();
    this.#lastAtMs = arrived.atMs ?? 0;
    this.#lastKinds = [this.#lastKinds[1]!, event.kind];
    if (event.kind === 'audit.checkpoint') {
      this.#checkpoint(segment, event, sequence, arrived);
      return;
    }
    segment.append(arrived);
    if (event.kind === 'audit.gap') this.#findings.gap(event, sequence, arrived.place);
  }

  /** What neither goes on with the run before it nor stands there already. */
  #takeOther(event: ReadEvent, sequence: number, arrived: Arrived): void {
    if (this.#settlement.base !== null && sequence < this.#settlement.base) {
      this.#settlement.takeMisplaced(event, sequence, arrived);
      return;
    }
    const segment = this.#runs.extendedBy(event, sequence) ?? this.#begin(event, sequence, arrived);
    this.#runs.current = segment;
    this.#append(segment, event, sequence, arrived);
  }

  #takeOne({ event, sequence, arrived }: Taken): void {
    const { current } = this.#runs;
    if (current?.isExtendedBy(event, sequence) === true) this.#append(current, event, sequence, arrived);
    else if (this.#runs.holds(sequence, arrived.hash) || this.#repeats.knows(sequence, arrived.hash)) {
      // What it says itself is when it came first.
      const atMs = Math.max(arrived.atMs ?? 0, this.#lastAtMs);
      this.#repeats.take(sequence, this.next - 1, arrived.place, atMs);
    } else this.#takeOther(event, sequence, arrived);
  }

  #takeEarly(one: Taken): boolean {
    const beginning = this.#beginning();
    if (beginning === null || !this.#context.mayBeginLate(one.arrived.place)) return false;
    const isBefore = one.sequence < beginning.sequence;
    if (!isBefore && (this.#early.isEmpty || !this.#runs.holds(one.sequence, one.arrived.hash))) return false;
    if (!this.#early.add(one, beginning)) return false;
    if (one.sequence === this.next - 1) this.#repeats.takeAll(this.#early.clear().length);
    return true;
  }

  #beginning(): Beginning | null {
    if (this.#settlement.lowest !== null)
      return { sequence: this.#settlement.lowest, previous: this.#settlement.below };
    const [only, ...more] = this.#runs.open;
    return only === undefined || more.length > 0 ? null : { sequence: only.start, previous: only.previous };
  }

  #checkpoint(segment: Segment, event: ReadEvent, sequence: number, arrived: Arrived): void {
    const judged = this.#context.judge.judge(event, {
      sequence,
      atMs: arrived.atMs,
      writers: segment.writers,
      owner: this.#owner,
    });
    const { note } = judged;
    if (note === null) {
      this.#findings.tell('checkpoint', [sequence, sequence], arrived.place, judged.why);
      segment.append(arrived);
      return;
    }
    const checkpoint: SignedCheckpoint = { ...arrived, sequence, note, previous: event.previous, segment };
    segment.signedAt = sequence;
    const fits = segment.hasTree(note);
    if (fits && this.#runs.open.length === 1) {
      this.#owner = judged.owner;
      this.#findings.writer = note.agent;
      this.#proven += sequence - Math.max(this.#settlement.base ?? 0, segment.start);
      this.#settlement.begins(segment.start, segment.previous, segment.firstPlace);
      this.#moveBase(checkpoint, arrived);
      segment.window.keep(keptHashes);
      return;
    }
    const path = pathFrom(checkpoint, this.#runs.open, this.#settlement.base ?? 0);
    const tree: TreeOfPath = fits
      ? { matches: true, altered: [] }
      : this.#trees++ < maxTrees
        ? treeOfPath(path, note)
        : { matches: false };
    if (tree.matches) {
      this.#owner = judged.owner;
      this.#findings.writer = note.agent;
      this.#proven += provenBy(path, note.first, this.#settlement.base ?? 0, tree.altered.length);
      this.#findings.path(path, fits ? undefined : tree.altered);
      this.#findings.strangers(path, segment, tree.altered);
      this.#settlement.join(path, segment, sequence, true);
      this.#moveBase(checkpoint, arrived);
      return;
    }
    if (path.bottom > note.first && path.holes.length === 0 && path.mismatches.length === 0)
      this.#cutOff ??= { place: arrived.place, atMs: arrived.atMs ?? Infinity };
    this.#settlement.fail(checkpoint);
    segment.beginTree();
    segment.append(arrived);
  }

  #moveBase(checkpoint: SignedCheckpoint, arrived: Arrived): void {
    const { segment, sequence } = checkpoint;
    this.#firstCheckpoint ??= sequence;
    this.#lastCheckpoint = sequence;
    const hashAt = (at: number): string | null => this.#runs.hashAt(at);
    // One whose tree could not be made was its writer’s all the same: this one is over it.
    const before = this.#settlement.failedOf(segment);
    if (before !== undefined) this.#repeats.name(before.note, before.atMs, hashAt);
    this.#repeats.judge(checkpoint.note, arrived.atMs, hashAt);
    this.#settlement.moveTo(sequence);
    segment.beginTree();
    segment.append(arrived);
    this.#runs.current = segment;
    this.#checkpoints++;
    this.#trees = 0;
    this.#context.onCheckpoint(checkpoint, arrived);
  }
}
