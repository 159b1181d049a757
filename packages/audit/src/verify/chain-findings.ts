// Puts what was found in one chain into words.
import type { Finding, FindingKind, OnFinding, Place } from './finding.js';
import type { Hole, Mismatch, Path } from './path.js';
import type { ReadEvent } from './read-event.js';
import type { Copies } from './copies.js';
import type { Segment } from './segment.js';

/** Altered events that are remembered, so that none is told twice. */
const maxTold = 1_000;

export class ChainFindings {
  readonly #chain: string;
  readonly #onFinding: OnFinding;
  readonly #altered = new Set<number>();
  writer = '';

  constructor(chain: string, onFinding: OnFinding) {
    this.#chain = chain;
    this.#onFinding = onFinding;
  }

  tell(
    kind: FindingKind,
    [first, last]: readonly [number, number],
    place: Place | null,
    why: string,
    severity: Finding['severity'] = 'finding',
  ): void {
    this.#onFinding({ kind, severity, chain: this.#chain, writer: this.writer, first, last, place, why });
  }

  altered(sequence: number, place: Place, why: string): void {
    if (this.#altered.has(sequence)) return;
    if (this.#altered.size >= maxTold) this.#altered.clear();
    this.#altered.add(sequence);
    this.tell('altered', [sequence, sequence], place, why);
  }

  /** What belongs before what is settled, and was missing there. */
  late(sequence: number, place: Place, behind: number): void {
    this.tell('reordered', [sequence, sequence], place, `It stands behind ${behind}, which comes after it.`);
  }

  /** What belongs so far back that nobody knows any more what stood there. */
  forgotten(sequence: number, place: Place): void {
    this.tell(
      'duplicated',
      [sequence, sequence],
      place,
      'It stands far behind its place, and what stood there is no longer remembered.',
    );
  }

  /** What belongs where another stood. */
  foreign(sequence: number, place: Place): void {
    this.tell(
      'inserted',
      [sequence, sequence],
      place,
      'It is not the event whose hash the chain has under this sequence.',
    );
  }

  /** A whole chain. */
  unproven(range: readonly [number, number], place: Place | null): void {
    this.tell(
      'inserted',
      range,
      place,
      'No checkpoint that the directory vouches for covers any event of this chain.',
    );
  }

  /** What no end of the chain leads to. */
  farAhead(range: readonly [number, number], place: Place): void {
    this.tell('inserted', range, place, 'It stands far ahead of all other events of its chain.');
  }

  /** A chain of which hardly anything is here, because what is here begins amid what its only checkpoint covers. */
  cutOff(range: readonly [number, number], place: Place | null): void {
    this.tell(
      'unfinished',
      range,
      place,
      'The checkpoint over these events is over others before them too, which are not here: nobody but whoever can write to the trail vouches for them.',
      'note',
    );
  }

  /** The end of a chain. */
  unfinished(range: readonly [number, number], place: Place | null): void {
    this.tell(
      'unfinished',
      range,
      place,
      'No checkpoint covers these events yet: nobody but whoever can write to the trail vouches for them, and nothing tells whether more came after them.',
      'note',
    );
  }

  /** @param altered those of its mismatches that are altered events; left out where no tree tells */
  path(path: Path, altered: readonly Mismatch[] = path.mismatches.filter(({ unsure }) => !unsure)): void {
    for (const { sequence, place } of altered)
      this.altered(sequence, place, 'Its bytes are not those that the event after it names.');
    for (const { first, last, place, behind } of path.late)
      this.tell('reordered', [first, last], place, `It stands behind ${behind}, which comes after it.`);
  }

  /** Events on a proven path that name another writer than who signed: the one that is looked at from is judged elsewhere. */
  strangers(path: Path, top: Segment, altered: readonly Mismatch[]): void {
    for (const [segment, upTo] of path.used) {
      if (segment === top || segment.writer === this.writer) continue;
      if (altered.some(({ sequence }) => sequence === upTo)) continue;
      this.tell(
        'inserted',
        [segment.start, upTo],
        segment.firstPlace,
        'It names another writer than who signed the chain.',
      );
    }
  }

  /**
   * What the path left aside in a range of sequences.
   * @param settled whether a checkpoint vouches for the path
   */
  unused(
    path: Path,
    top: Segment,
    [from, upTo]: readonly [number, number],
    segments: readonly Segment[],
    settled: boolean,
  ): void {
    for (const each of segments) {
      const used = path.used.get(each);
      const first = Math.max(used === undefined ? each.start : used + 1, from);
      const last = each.next - 1;
      if (each === top || first > last || first > upTo) continue;
      const place = used === undefined ? each.firstPlace : each.lastPlace;
      if (areCopies(each, [first, last], path))
        this.copies({ first, last, count: last - first + 1, place, atMs: null }, false);
      else if (each.signedAt >= first)
        this.tell(
          'fork',
          [first, last],
          place,
          'The writer’s key signed two histories of its chain: this is one, and the other stands beside it.',
        );
      else if (settled)
        this.tell(
          'inserted',
          [first, last],
          place,
          'It does not fit into its chain, for whose other events a checkpoint vouches.',
        );
      else
        this.tell(
          'fork',
          [first, last],
          place,
          'Two events stand under one sequence, and no checkpoint tells which is right.',
        );
    }
  }

  hole({ first, last, place }: Hole, mayBeginLate: boolean): void {
    if (first === 0 && mayBeginLate)
      this.tell(
        'beginning',
        [first, last],
        place,
        'The chain’s first events are not here: retention removed them, or they were not asked for.',
        'note',
      );
    else
      this.tell('missing', [first, last], place, first === last ? 'It is not here.' : 'They are not here.');
  }

  /** @param isOpen whether they are of the unfinished tail, whose checkpoint may still say that its writer wrote them again */
  copies({ first, last, count, place }: Copies, isOpen: boolean): void {
    const what = count === 1 ? 'A copy of it stands here' : `${count} copies of them stand here`;
    const why = isOpen ? `${what}: the next checkpoint tells whether its writer sent it twice.` : `${what}.`;
    this.tell('duplicated', [first, last], place, why, isOpen ? 'note' : 'finding');
  }

  gap({ unmapped }: ReadEvent, sequence: number, place: Place): void {
    const { events, reason, old_chain: old } = unmapped;
    const count =
      typeof events === 'number' && Number.isSafeInteger(events)
        ? `${events} events were`
        : 'An unknown number of events was';
    const cause = typeof reason === 'string' && /^[a-z_]{1,40}$/.test(reason) ? ` (${reason})` : '';
    const former =
      typeof old === 'string' && /^[0-9a-f]{32}$/.test(old) ? `, whose chain before was ${old}` : '';
    this.tell(
      'gap',
      [sequence, sequence],
      place,
      `${count} lost before this one, its writer says${cause}${former}.`,
    );
  }
}

/** Whether the path goes over the same events elsewhere. */
function areCopies(run: Segment, [first, last]: readonly [number, number], { used }: Path): boolean {
  const hash = run.window.at(last);
  // Each names the one before: where the last is the same, so are those in front of it.
  return (
    hash !== null &&
    [...used].some(([each, upTo]) => each.start <= first && upTo >= last && each.holds(last, hash))
  );
}
