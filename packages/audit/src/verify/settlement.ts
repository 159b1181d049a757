// What of a chain is decided, and how the rest is: by what a checkpoint signs, or else by what is there (SPEC §5).
import type { Arrived } from './arrived.js';
import type { ChainFindings } from './chain-findings.js';
import type { Place } from './finding.js';
import type { Holes } from './holes.js';
import { isRather } from './is-rather.js';
import { pathFrom, type From, type Path } from './path.js';
import type { ReadEvent } from './read-event.js';
import type { Runs } from './runs.js';
import type { Segment } from './segment.js';
import type { SignedCheckpoint } from './signed-checkpoint.js';
import { isWhole, treeOfPath } from './tree-of-path.js';

export class Settlement {
  readonly #runs: Runs;
  readonly #holes: Holes;
  readonly #findings: ChainFindings;
  /** Of runs whose last checkpoint did not match what stands before it: that one. */
  readonly #failed = new Map<Segment, SignedCheckpoint>();
  #base: number | null = null;
  #lowest: number | null = null;
  #below: string | null = null;

  constructor(runs: Runs, holes: Holes, findings: ChainFindings) {
    this.#runs = runs;
    this.#holes = holes;
    this.#findings = findings;
  }

  /** What stands before this sequence is settled; the event under it is held. */
  get base(): number | null {
    return this.#base;
  }

  /** The lowest sequence that is here. */
  get lowest(): number | null {
    return this.#lowest;
  }

  /** What the event there says of the one before it; `null` where that does not count. */
  get below(): string | null {
    return this.#below;
  }

  /** The run’s last checkpoint that did not match, if one did not. */
  failedOf(run: Segment): SignedCheckpoint | undefined {
    return this.#failed.get(run);
  }

  /** One that fails says nothing before the next: it may be a copy of a good one amid what somebody put there. */
  fail(checkpoint: SignedCheckpoint): void {
    const failed = this.#failed.get(checkpoint.segment);
    if (failed !== undefined) this.settleTo(failed);
    this.#failed.set(checkpoint.segment, checkpoint);
  }

  /** Everything up to a good checkpoint, which is at the end of the current run, is settled. */
  moveTo(sequence: number): void {
    this.#failed.clear();
    this.#base = sequence;
  }

  /** What belongs before what is settled. */
  takeMisplaced(event: ReadEvent, sequence: number, { hash, place }: Arrived): void {
    const filling = this.#holes.fill(sequence, hash, event.previous);
    if (filling === 'filled') this.#findings.late(sequence, place, this.#base!);
    else if (filling === 'nowhere' && this.#runs.hashAt(sequence) === null)
      this.#findings.forgotten(sequence, place);
    else this.#findings.foreign(sequence, place);
  }

  /** Decides what no checkpoint decides: goes by what is there. */
  settle(): void {
    const { open } = this.#runs;
    const [only, ...more] = open;
    if (only === undefined) return;
    let top = only;
    for (const each of more) if (isRather(each, top, open)) top = each;
    const { next: sequence, lastHash: previous, lastPlace: place, lastArrival: arrival } = top;
    this.settleTo({ sequence, previous, place, arrival, segment: top });
  }

  settleTo(from: From | SignedCheckpoint): void {
    const { segment, sequence } = from;
    const path = pathFrom(from, this.#runs.open, this.#base ?? 0);
    this.#findings.path(path);
    for (const [run, failed] of this.#failed) {
      if (run !== segment && failed.sequence > (path.used.get(run) ?? -1)) continue;
      // Where events are missing, that is told. Whatever else keeps the tree from being made, this one signs no such events.
      if (treeOfPath(path, failed.note).matches || !isWhole(path, failed.note)) continue;
      const { first } = failed.note;
      this.#findings.tell(
        'altered',
        [first, failed.sequence - 1],
        failed.place,
        `Some of these events are not those that the checkpoint ${failed.sequence} signed, or it is not the one that its writer made.`,
      );
    }
    this.join(path, segment, sequence, false);
    this.#runs.current = segment;
    this.#base = Math.min(sequence, segment.next - 1);
    this.#failed.clear();
  }

  /** What is on the path becomes the past; what is not, and would have to be, is told and dropped. */
  join(path: Path, top: Segment, sequence: number, settled: boolean): void {
    const range = [this.#base ?? 0, sequence] as const;
    this.#findings.unused(path, top, range, this.#runs.open, settled);
    for (const hole of path.holes) this.#holes.add(hole);
    this.begins(path.bottom, path.below, [...path.used.keys()].at(-1)?.firstPlace ?? top.firstPlace);
    this.#runs.settle(path, top, sequence);
  }

  /** What is before the first event that is here, once that is known. */
  begins(bottom: number, below: string | null, place: Place): void {
    if (this.#lowest !== null) return;
    this.#lowest = bottom;
    this.#below = below;
    if (bottom > 0) this.#holes.add({ first: 0, last: bottom - 1, hash: below, place });
  }
}
