// Verifies a trail of many chains as a stream: no I/O, memory bounded whatever comes (SPEC §5).
import { leafHash } from '../chain/leaf-hash.js';
import type { ChainSummary } from './chain-summary.js';
import { ChainVerifier, type Arrived, type ChainContext } from './chain-verifier.js';
import { CheckpointJudge, type Trust } from './checkpoint-judge.js';
import { findingKinds, type Finding, type FindingKind, type OnFinding, type Place } from './finding.js';
import { readEvent, type ReadEvent } from './read-event.js';
import { SeenChains } from './seen-chains.js';

export interface AuditVerifierOptions {
  readonly trust: Trust;
  /** Is told of each finding as soon as it is certain; of at most `maxFindings`. */
  readonly onFinding: OnFinding;
  /** Whether the first event of a chain that stands here may have had others before it; left out: it may. */
  readonly mayBeginLate?: (place: Place) => boolean;
  /** Of each chain, what comes before its first event of this time or later is passed over. */
  readonly sinceMs?: number;
  /** Of each chain, its first event of this time or later is passed over, and what comes after it. */
  readonly untilMs?: number;
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
/** Chains whose end is remembered; of others each event is judged by its own time. */
const maxOver = 100_000;
/** A chain that is no older has perhaps no checkpoint yet: one comes after 60 s. */
const youngMs = 120_000;

export class AuditVerifier {
  readonly #options: AuditVerifierOptions;
  readonly #chains = new Map<string, ChainVerifier>();
  readonly #context: ChainContext;
  readonly #seen: SeenChains;
  readonly #counts = Object.fromEntries(findingKinds.map((kind) => [kind, 0])) as Record<FindingKind, number>;
  /** Chains that have come to `untilMs`. */
  readonly #over = new Set<string>();
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
    this.#context = {
      judge: new CheckpointJudge(options.trust),
      budget: { left: heldHashes },
      onFinding,
      mayBeginLate: options.mayBeginLate ?? (() => true),
      onCheckpoint: ({ note, sequence, place }, { hash, atMs }) => {
        if (atMs !== null && atMs > this.#newestMs) this.#newestMs = atMs;
        const by = { writer: note.agent, place, atMs, seen: note.seen };
        seen.take(note.chain, sequence, hash, by, this.#standing);
      },
    };
  }

  /**
   * Events of one chain must come in the order in which they stand.
   * @param bytes of one event, without a line’s end; not kept
   * @param appendedAtMs when the broker appended it, where the broker and not the writer stamped that
   * @returns the event as it was read; `null` for what is no event, says different things of itself, or is passed over
   */
  take(bytes: Buffer, place: Place, appendedAtMs: number | null = null): ReadEvent | null {
    this.#events++;
    const event = readEvent(bytes);
    if (event === null) {
      this.#insert(null, null, place, 'It is no event of an audit trail.');
      return null;
    }
    const { sinceMs = -Infinity, untilMs = Infinity } = this.#options;
    if (this.#over.has(event.chain)) return this.#passOver();
    if ((event.timeMs ?? 0) >= untilMs) {
      if (this.#over.size < maxOver) this.#over.add(event.chain);
      return this.#passOver();
    }
    if ((event.timeMs ?? 0) < sinceMs && !this.#chains.has(event.chain)) return this.#passOver();
    const hash = leafHash(bytes);
    const arrived: Arrived = { hash, place, arrival: ++this.#arrivals, atMs: appendedAtMs ?? event.timeMs };
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
      chain = new ChainVerifier(event.chain, this.#context);
      this.#chains.set(event.chain, chain);
    }
    chain.take(event, event.sequence, arrived);
    return event;
  }

  /** Nothing more comes. @param onChain is told of each chain */
  end(onChain: (summary: ChainSummary) => void = () => undefined): AuditSummary {
    const sums = { proven: 0, unfinished: 0, repeated: 0, checkpoints: 0 };
    for (const chain of this.#chains.values()) {
      const isYoung = (chain.firstAtMs ?? 0) > this.#newestMs - youngMs && this.#newestMs > 0;
      const summary = chain.end(isYoung);
      sums.proven += summary.proven;
      sums.unfinished += summary.unfinished;
      sums.repeated += summary.repeated;
      sums.checkpoints += summary.checkpoints;
      onChain(summary);
    }
    // Of a trail of which everything else is here from its beginning, nothing has gone by retention.
    const isPart = this.#options.sinceMs !== undefined || this.#counts.beginning > 0;
    this.#seen.end(this.#standing, (place) => isPart && this.#context.mayBeginLate(place));
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

  #passOver(): null {
    this.#events--;
    return null;
  }

  readonly #standing = (name: string): { first: number; last: number } | null => {
    const chain = this.#chains.get(name);
    return chain === undefined ? null : { first: chain.lowest, last: chain.next - 1 };
  };

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
