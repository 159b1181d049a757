// Verifies one chain, event by event, in memory that does not grow with its length (SPEC §2, §3, §5).
import { ChainFindings } from './chain-findings.js';
import type { ChainSummary } from './chain-summary.js';
import type { CheckpointJudge } from './checkpoint-judge.js';
import type { OnFinding, Place } from './finding.js';
import type { HashBudget } from './hash-window.js';
import { pathFrom, type From, type Hole, type Path } from './path.js';
import type { ReadEvent } from './read-event.js';
import { isRather } from './is-rather.js';
import { provenBy } from './proven-by.js';
import { Repeats } from './repeats.js';
import { Segment } from './segment.js';
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

/** How an event came. */
export interface Arrived {
  /** Its leaf hash. */
  readonly hash: string;
  readonly place: Place;
  /** Grows with every event of the trail. */
  readonly arrival: number;
  /** When the broker appended it, otherwise when it says to have happened. */
  readonly atMs: number | null;
}

/** Runs that do not fit together, between two checkpoints. */
const maxSegments = 256;
/** Trees made anew between two good checkpoints. */
const maxTrees = 16;
const maxHoles = 256;
/** Hashes that are kept behind a checkpoint, to know repeats by. */
const keptHashes = 10_000;

export class ChainVerifier {
  readonly chain: string;
  readonly #context: ChainContext;
  readonly #findings: ChainFindings;
  readonly #repeats = new Repeats();
  /** Those since the base; the one that holds the base may begin before it. */
  #segments: Segment[] = [];
  /** The one that was last written to. */
  #current: Segment | null = null;
  /** What the last path went over, but for its top: to know repeats by. */
  #past: readonly Segment[] = [];
  /** What stands before this sequence is settled; the event under it is held. */
  #base: number | null = null;
  /** Of runs whose last checkpoint did not match what stands before it: that one. */
  readonly #failed = new Map<Segment, SignedCheckpoint>();
  /** Whose it is, by its first good checkpoint. */
  #owner: string | null = null;
  #holes: Hole[] = [];
  #trees = 0;
  #lowest: number | null = null;
  #proven = 0;
  #checkpoints = 0;
  #lastCheckpoint: number | null = null;
  #lastKinds = ['', ''];
  #firstAtMs: number | null = null;

  constructor(chain: string, context: ChainContext) {
    this.chain = chain;
    this.#context = context;
    this.#findings = new ChainFindings(chain, context.onFinding);
  }

  /** The sequence that would come next. */
  get next(): number {
    return this.#current?.next ?? 0;
  }

  /** The lowest sequence that is known to be its first here. */
  get lowest(): number {
    return this.#lowest ?? this.#segments[0]?.start ?? 0;
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
    return this.#segments.some((each) => each.next === sequence && each.lastHash === previous);
  }

  /** The hash of an event that is still held; `null` where it is not. */
  hashAt(sequence: number): string | null {
    for (const each of this.#held()) {
      const hash = each.window.at(sequence);
      if (hash !== null) return hash;
    }
    return null;
  }

  /** An event that does not say the same of itself everywhere; it is taken too. */
  tellInconsistent(sequence: number, place: Place): void {
    this.#findings.altered(sequence, place, 'It does not name its chain and sequence alike everywhere.');
  }

  /** @param sequence where it belongs, which a changed event may itself not say rightly */
  take(event: ReadEvent, sequence: number, arrived: Arrived): void {
    let segment = this.#current;
    if (segment === null || !segment.isExtendedBy(event, sequence)) {
      if (this.#held().some((each) => each.holds(sequence, arrived.hash))) {
        this.#findings.copies(this.#repeats.take(sequence, this.next - 1, arrived.place));
        return;
      }
      if (this.#base !== null && sequence < this.#base) {
        this.#takeOld(event, sequence, arrived);
        return;
      }
      segment =
        this.#segments.find((each) => each.isExtendedBy(event, sequence)) ??
        this.#begin(event, sequence, arrived);
      this.#current = segment;
    }
    this.#findings.copies(this.#repeats.end());
    this.#lastKinds = [this.#lastKinds[1]!, event.kind];
    if (event.kind === 'audit.checkpoint') {
      this.#checkpoint(segment, event, sequence, arrived);
      return;
    }
    segment.append(arrived);
    if (event.kind === 'audit.gap') this.#findings.gap(event, sequence, arrived.place);
  }

  /** Nothing more comes. @param isYoung whether it may be too new for its first checkpoint */
  end(isYoung: boolean): ChainSummary {
    const findings = this.#findings;
    findings.copies(this.#repeats.end());
    this.#settle();
    for (const hole of this.#holes) this.#tellHole(hole);
    const [first, last] = [this.#lowest ?? 0, this.next - 1];
    const from = this.#lastCheckpoint === null ? first : this.#lastCheckpoint + 1;
    const place = this.#current?.lastPlace ?? null;
    if (!this.isProven && !isYoung) {
      findings.tell(
        'inserted',
        [first, last],
        place,
        'No checkpoint that the directory vouches for covers any event of this chain.',
      );
    } else if (from <= last) {
      findings.tell(
        'unfinished',
        [from, last],
        place,
        'No checkpoint covers these events yet: nobody but whoever can write to the trail vouches for them, and nothing tells whether more came after them.',
        'note',
      );
    }
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

  #held(): readonly Segment[] {
    return this.#past.length === 0 ? this.#segments : [...this.#segments, ...this.#past];
  }

  #begin(event: ReadEvent, sequence: number, arrived: Arrived): Segment {
    if (this.#segments.length >= maxSegments) this.#settle();
    if (this.#segments.length === 0) this.#findings.writer = event.writer;
    this.#firstAtMs ??= arrived.atMs;
    const segment = new Segment(event, sequence, arrived, this.#current, this.#context.budget);
    this.#segments.push(segment);
    return segment;
  }

  /** What belongs before what is settled. */
  #takeOld(event: ReadEvent, sequence: number, { hash, place }: Arrived): void {
    const at = this.#holes.findIndex((hole) => sequence >= hole.first && sequence <= hole.last);
    const hole = this.#holes[at];
    const range = [sequence, sequence] as const;
    if (hole !== undefined && (sequence < hole.last || hole.hash === null || hole.hash === hash)) {
      const parts = [
        { ...hole, last: sequence - 1, hash: event.previous },
        { ...hole, first: sequence + 1 },
      ];
      this.#holes.splice(at, 1, ...parts.filter(({ first, last }) => first <= last));
      this.#findings.tell(
        'reordered',
        range,
        place,
        `It stands behind ${this.#base!}, which comes after it.`,
      );
    } else if (hole === undefined && this.hashAt(sequence) === null) {
      this.#findings.tell(
        'duplicated',
        range,
        place,
        'It stands far behind its place, and what stood there is no longer remembered.',
      );
    } else {
      this.#findings.tell(
        'inserted',
        range,
        place,
        'It is not the event whose hash the chain has under this sequence.',
      );
    }
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
    if (fits && this.#segments.length === 1) {
      this.#owner = judged.owner;
      this.#findings.writer = note.agent;
      this.#proven += sequence - Math.max(this.#base ?? 0, segment.start);
      this.#begins(segment.start, segment.previous, segment.firstPlace);
      this.#moveBase(checkpoint, arrived);
      segment.window.keep(keptHashes);
      return;
    }
    const path = pathFrom(checkpoint, this.#segments, this.#base ?? 0);
    const tree: TreeOfPath = fits
      ? { matches: true, altered: [] }
      : this.#trees++ < maxTrees
        ? treeOfPath(path, note)
        : { matches: false, complete: false };
    if (tree.matches) {
      this.#owner = judged.owner;
      this.#findings.writer = note.agent;
      this.#proven += provenBy(path, note.first, this.#base ?? 0, tree.altered.length);
      this.#findings.path(path, fits ? undefined : tree.altered);
      this.#findings.strangers(path, segment, tree.altered);
      this.#join(path, segment, sequence, true);
      this.#moveBase(checkpoint, arrived);
      return;
    }
    // One that fails says nothing before the next: it may be a copy of a good one amid what somebody put there.
    const failed = this.#failed.get(segment);
    if (failed !== undefined) this.#settleTo(failed);
    this.#failed.set(segment, checkpoint);
    segment.beginTree();
    segment.append(arrived);
  }

  #moveBase(checkpoint: SignedCheckpoint, arrived: Arrived): void {
    const { segment, sequence } = checkpoint;
    this.#failed.clear();
    segment.beginTree();
    segment.append(arrived);
    this.#current = segment;
    this.#base = sequence;
    this.#lastCheckpoint = sequence;
    this.#checkpoints++;
    this.#trees = 0;
    this.#context.onCheckpoint(checkpoint, arrived);
  }

  /** Decides what no checkpoint decides: goes by what is there. */
  #settle(): void {
    const [only, ...more] = this.#segments;
    if (only === undefined) return;
    let top = only;
    for (const each of more) if (isRather(each, top, this.#segments)) top = each;
    const { next: sequence, lastHash: previous, lastPlace: place, lastArrival: arrival } = top;
    this.#settleTo({ sequence, previous, place, arrival, segment: top });
  }

  #settleTo(from: From | SignedCheckpoint): void {
    const { segment, sequence } = from;
    const path = pathFrom(from, this.#segments, this.#base ?? 0);
    this.#findings.path(path);
    for (const [run, failed] of this.#failed) {
      if (run !== segment && failed.sequence > (path.used.get(run) ?? -1)) continue;
      const tree = treeOfPath(path, failed.note);
      if (tree.matches || !tree.complete) continue;
      const { first } = failed.note;
      this.#findings.tell(
        'altered',
        [first, failed.sequence - 1],
        failed.place,
        `Some of these events are not those that the checkpoint ${failed.sequence} signed, or it is not the one that its writer made.`,
      );
    }
    this.#join(path, segment, sequence, false);
    this.#current = segment;
    this.#base = Math.min(sequence, segment.next - 1);
    this.#failed.clear();
  }

  /** What is on the path becomes the past; what is not, and would have to be, is told and dropped. */
  #join(path: Path, top: Segment, sequence: number, settled: boolean): void {
    const range = [this.#base ?? 0, sequence] as const;
    this.#findings.unused(path, top, range, this.#segments, settled);
    for (const hole of path.holes) this.#addHole(hole);
    this.#begins(path.bottom, path.below, [...path.used.keys()].at(-1)?.firstPlace ?? top.firstPlace);
    for (const each of this.#past) each.window.release();
    const kept = this.#segments.filter((each) => each === top || each.start > sequence);
    this.#past = this.#segments.filter((each) => !kept.includes(each) && path.used.has(each)).slice(-8);
    for (const each of this.#segments)
      if (!kept.includes(each) && !this.#past.includes(each)) each.window.release();
    this.#segments = kept;
  }

  /** What is before the first event that is here, once that is known. */
  #begins(bottom: number, below: string | null, place: Place): void {
    if (this.#lowest !== null) return;
    this.#lowest = bottom;
    if (bottom > 0) this.#addHole({ first: 0, last: bottom - 1, hash: below, place });
  }

  #addHole(hole: Hole): void {
    this.#holes.push(hole);
    if (this.#holes.length > maxHoles) this.#tellHole(this.#holes.shift()!);
  }

  #tellHole(hole: Hole): void {
    this.#findings.hole(hole, this.#context.mayBeginLate(hole.place));
  }
}
