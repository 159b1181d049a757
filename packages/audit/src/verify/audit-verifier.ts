// Verifies a trail of many chains as a stream: no I/O, memory bounded whatever comes (SPEC §5).
import { leafHash } from '../chain/leaf-hash.js';
import type { ChainSummary } from './chain-summary.js';
import type { Arrived } from './arrived.js';
import { AskedTime } from './asked-time.js';
import { ChainVerifier, type ChainContext } from './chain-verifier.js';
import { CheckpointJudge, type Trust } from './checkpoint-judge.js';
import { findingKinds, type Finding, type FindingKind, type OnFinding, type Place } from './finding.js';
import { maxEventBytes, readEvent, type ReadEvent } from './read-event.js';
import { SeenChains, type Standing } from './seen-chains.js';

/** That a partition does not begin at its first record any more, or has lost all that it had. */
export type Retention = 'unknown' | 'shortened' | 'emptied';

export interface AuditVerifierOptions {
  readonly trust: Trust;
  /** Is told of each finding as soon as it is certain; of at most `maxFindings`. */
  readonly onFinding: OnFinding;
  /** Whether the first event of a chain that stands here may have had others before it; left out: it may. */
  readonly mayBeginLate?: (place: Place) => boolean;
  /** What is known of retention; left out: nothing. */
  readonly retention?: () => Retention;
  /** Of each chain, what comes before its first event of this time or later is passed over. */
  readonly sinceMs?: number;
  /** Of each chain, what comes after the checkpoint that covers its first event of this time or later is passed over; a chain that begins with such an event is, too. */
  readonly untilMs?: number;
  /** Whether whole chains may stand elsewhere, as where only one agent’s events are given: that none of one is here is a note then. */
  readonly isPart?: boolean;
  /** When it is asked, left out: whatever the trail says may have been; what says to be of later is no new chain that waits for its first checkpoint. */
  readonly nowMs?: number;
  /** After how long at most writers make a checkpoint; left out: 60 s. */
  readonly checkpointEveryMs?: number;
  /** Chains beyond this many are told, and not looked at. */
  readonly maxChains?: number;
  readonly maxFindings?: number;
}

export interface AuditSummary {
  /** Whether there were events, a checkpoint vouches for some of them, and nothing was found. Notes do not count. */
  readonly ok: boolean;
  readonly events: number;
  readonly proven: number;
  /** Events after the last good checkpoint of their chain. */
  readonly unfinished: number;
  /** Events that their writer wrote again. */
  readonly repeated: number;
  readonly chains: number;
  readonly checkpoints: number;
  readonly findings: Readonly<Record<FindingKind, number>>;
  /** Those of them that mean that something is wrong. */
  readonly wrong: number;
  /** Found, and not told one by one. */
  readonly untold: number;
  /** What checkpoints saw of other chains, and could not be compared. */
  readonly uncompared: number;
  /** When the newest good checkpoint was made; `null` where there is none. */
  readonly newestMs: number | null;
}

const defaultMaxChains = 20_000;
const defaultMaxFindings = 10_000;
/** Hashes that all chains hold together: 32 bytes each. */
const heldHashes = 2_000_000;
const defaultEveryMs = 60_000;
/** Nobody keeps a trail for less: what was seen later has not gone by retention from a partition that is empty now. */
const leastRetentionMs = 24 * 3_600_000;

export class AuditVerifier {
  readonly #options: AuditVerifierOptions;
  readonly #chains = new Map<string, ChainVerifier>();
  readonly #context: ChainContext;
  readonly #seen: SeenChains;
  readonly #counts = Object.fromEntries(findingKinds.map((kind) => [kind, 0])) as Record<FindingKind, number>;
  readonly #asked: AskedTime;
  /** Where each partition begins here, and when. */
  readonly #begins = new Map<number, { readonly place: Place; readonly atMs: number }>();
  #events = 0;
  #arrivals = 0;
  #overLimit = 0;
  #told = 0;
  #wrong = 0;
  #newestMs = 0;

  constructor(options: AuditVerifierOptions) {
    this.#options = options;
    const onFinding = (finding: Finding): void => this.#tell(finding);
    const seen = new SeenChains(onFinding);
    this.#seen = seen;
    this.#asked = new AskedTime(options.sinceMs, options.untilMs);
    this.#context = {
      judge: new CheckpointJudge(options.trust),
      budget: { left: heldHashes },
      onFinding,
      mayBeginLate: options.mayBeginLate ?? (() => true),
      onCheckpoint: ({ note, sequence, place }, { hash, atMs }) => {
        if (atMs !== null && atMs > this.#newestMs) this.#newestMs = atMs;
        const by = { writer: note.agent, place, atMs, seen: note.seen };
        seen.take(note.chain, sequence, hash, by);
        this.#asked.proven(note.chain, sequence);
        this.#hereFrom(place, atMs);
      },
    };
  }

  /**
   * Events of one chain must come in the order in which they stand.
   * @param bytes of one event, without a line’s end; not kept
   * @param appendedAtMs when the broker appended it, where the broker and not the writer stamped that
   * @returns the event as it was read; `null` for what is no event, says different things of itself, or is not of the time that was asked for
   */
  take(bytes: Buffer, place: Place, appendedAtMs: number | null = null): ReadEvent | null {
    this.#events++;
    const event = readEvent(bytes);
    if (event === null) {
      this.#insert(null, null, place, 'It is no event of an audit trail.');
      return null;
    }
    if (this.#asked.passesOver(event, bytes, this.#chains.has(event.chain))) {
      this.#events--;
      return null;
    }
    const hash = leafHash(bytes);
    const atMs = appendedAtMs ?? event.timeMs;
    const arrived: Arrived = { hash, place, arrival: ++this.#arrivals, atMs };
    if (!this.#begins.has(place.partition ?? -1)) this.#hereFrom(place, atMs);
    if (event.uid !== `${event.chain}:${event.sequence}` || event.metadataSequence !== event.sequence) {
      this.#takeInconsistent(event, arrived);
      return null;
    }
    let chain = this.#chains.get(event.chain);
    if (chain === undefined) {
      if (this.#chains.size >= (this.#options.maxChains ?? defaultMaxChains)) {
        this.#overLimit++;
        return null;
      }
      const mayBeginLate = this.#asked.follows(event) ? () => true : this.#context.mayBeginLate;
      chain = new ChainVerifier(event.chain, { ...this.#context, mayBeginLate });
      this.#chains.set(event.chain, chain);
    }
    chain.take(event, event.sequence, arrived);
    return this.#asked.isBehind(event.chain) ? null : event;
  }

  /**
   * The last line of a file, where it has no end: as `take`, but what is no whole event is an unfinished tail, for the file
   * may be written to at this moment, or a crash may have torn the line. Nobody was told that such an event is safe.
   */
  takeLast(bytes: Buffer, place: Place): ReadEvent | null {
    if (bytes.length > maxEventBytes || readEvent(bytes) !== null) return this.take(bytes, place);
    this.#tell({
      ...{ kind: 'unfinished', severity: 'note', chain: null, writer: null, first: null, last: null },
      place,
      why: 'The last line has no end: it is being written, or a crash tore it.',
    });
    return null;
  }

  /** Nothing more comes. @param onChain is told of each chain */
  end(onChain: (summary: ChainSummary) => void = () => undefined): AuditSummary {
    const sums = { proven: 0, unfinished: 0, repeated: 0, checkpoints: 0 };
    const { nowMs = Infinity, checkpointEveryMs = defaultEveryMs } = this.#options;
    // One that is no older has perhaps no checkpoint yet.
    const youngFromMs = (this.#newestMs === 0 ? nowMs : this.#newestMs) - 2 * checkpointEveryMs;
    const beginsMs = ({ partition = -1 }: Place): number => this.#begins.get(partition)?.atMs ?? -Infinity;
    for (const chain of this.#chains.values()) {
      const isYoung = Math.min(chain.firstAtMs ?? 0, nowMs) > youngFromMs;
      const summary = chain.end(isYoung, beginsMs);
      sums.proven += summary.proven;
      sums.unfinished += summary.unfinished;
      sums.repeated += summary.repeated;
      sums.checkpoints += summary.checkpoints;
      onChain(summary);
    }
    this.#seen.end({
      standing: this.#standing,
      passedFrom: (chain) => this.#asked.passedFrom(chain),
      isAhead: (chain, seenAtMs) => this.#asked.isAhead(chain, seenAtMs),
      wholeFromMs: this.#wholeFromMs(),
      isPart: this.#options.isPart ?? false,
    });
    if (this.#overLimit > 0)
      this.#tell({
        kind: 'limit',
        severity: 'finding',
        chain: null,
        writer: null,
        first: null,
        last: null,
        place: null,
        why: `${this.#overLimit} events are of more chains than are looked at, ${this.#chains.size}. Verify fewer partitions or a shorter time at once.`,
      });
    return {
      ok: this.#wrong === 0 && sums.checkpoints > 0,
      events: this.#events,
      ...sums,
      chains: this.#chains.size,
      findings: { ...this.#counts },
      wrong: this.#wrong,
      untold: Math.max(0, this.#told - (this.#options.maxFindings ?? defaultMaxFindings)),
      uncompared: this.#seen.uncompared,
      newestMs: this.#newestMs === 0 ? null : this.#newestMs,
    };
  }

  readonly #standing = (name: string): Standing | null => this.#chains.get(name)?.standing ?? null;

  /** Whoever put a file together anew chose its first event; but what a checkpoint vouches for was there at its time. */
  #hereFrom(place: Place, atMs: number | null): void {
    const { partition = -1 } = place;
    const known = this.#begins.get(partition);
    if (atMs !== null && atMs < (known?.atMs ?? Infinity)) this.#begins.set(partition, { place, atMs });
  }

  /** Partitions lose their oldest events by retention each in its own time. */
  #wholeFromMs(): number | null {
    const { sinceMs = -Infinity, retention } = this.#options;
    const known = retention?.() ?? 'unknown';
    // Of a trail of which everything else is here from its beginning, nothing has gone by retention.
    if (known === 'unknown' && sinceMs === -Infinity && this.#counts.beginning === 0) return null;
    const late = [...this.#begins.values()].filter(({ place }) => this.#context.mayBeginLate(place));
    const emptiedMs = known === 'emptied' ? this.#newestMs - leastRetentionMs : -Infinity;
    return late.reduce((latest, { atMs }) => Math.max(latest, atMs), Math.max(sinceMs, emptiedMs));
  }

  /** Somebody changed where it says it belongs; it is taken as what it was, where that shows. */
  #takeInconsistent(event: ReadEvent, arrived: Arrived): void {
    const [uidChain = '', uidSequence = ''] = event.uid.split(':');
    const homes: [string, unknown][] = [
      [event.chain, event.sequence],
      [uidChain, Number(uidSequence)],
      [event.chain, event.metadataSequence],
      [uidChain, event.metadataSequence],
    ];
    for (const [name, sequence] of homes) {
      const chain = this.#chains.get(name);
      if (chain === undefined || typeof sequence !== 'number') continue;
      if (!chain.follows(sequence, event.previous) && chain.next !== sequence) continue;
      chain.tellInconsistent(sequence, arrived.place);
      chain.take({ ...event, chain: name }, sequence, arrived);
      return;
    }
    this.#insert(
      event.chain,
      event.sequence,
      arrived.place,
      'It does not name its chain and sequence alike everywhere.',
    );
  }

  #insert(chain: string | null, sequence: number | null, place: Place, why: string): void {
    this.#tell({
      kind: 'inserted',
      severity: 'finding',
      chain,
      writer: null,
      first: sequence,
      last: sequence,
      place,
      why,
    });
  }

  #tell(finding: Finding): void {
    this.#counts[finding.kind]++;
    this.#told++;
    if (finding.severity === 'finding') this.#wrong++;
    if (this.#told <= (this.#options.maxFindings ?? defaultMaxFindings)) this.#options.onFinding(finding);
  }
}
