// Everything accepted below one offset of a partition: the windows of all lanes, and the clock.
import type { LaneId } from './lane-id.js';
import { NonceWindow } from './nonce-window.js';

/** How much of one sender a partition remembers (SPEC.md R-7). */
export interface ReplayLimits {
  readonly lanes: number;
  readonly gaps: number;
}

export const defaultLimits: ReplayLimits = { lanes: 10_000, gaps: 10_000 };

/** A sender’s share: what its limits count. */
export interface SenderShare {
  lanes: number;
  gaps: number;
}

/** Two lanes or gaps beyond a sender’s limit are never made room for by forgetting: the message is refused. */
export class NonceState {
  /** The latest time that a message was judged as of. It never falls. */
  clockMs = 0;
  readonly lanes = new Map<string, { readonly id: LaneId; readonly window: NonceWindow }>();
  readonly #senders = new Map<string, SenderShare>();
  readonly #limits: ReplayLimits;

  constructor(limits: ReplayLimits) {
    this.#limits = limits;
  }

  has(id: LaneId, sequence: number): boolean {
    return this.lanes.get(id.key)?.window.has(sequence) === true;
  }

  /** Whether there is room for this sequence, which has not been accepted. */
  hasRoom(id: LaneId, sequence: number): boolean {
    const share = this.#senders.get(id.sender);
    if (share === undefined) return true;
    const lane = this.lanes.get(id.key);
    const divides = lane === undefined ? sequence > 0 : lane.window.divides(sequence);
    return (
      (lane !== undefined || share.lanes < this.#limits.lanes) && (!divides || share.gaps < this.#limits.gaps)
    );
  }

  /** Notes a sequence that has not been accepted. */
  accept(id: LaneId, sequence: number, issuedMs: number, clockMs: number): void {
    if (clockMs > this.clockMs) this.clockMs = clockMs;
    const lane = this.lanes.get(id.key);
    if (lane !== undefined && sequence === lane.window.next) {
      lane.window.accept(sequence, issuedMs);
      return;
    }
    const window = lane?.window ?? this.add(id, new NonceWindow());
    const before = window.gaps;
    window.accept(sequence, issuedMs);
    this.#senders.get(id.sender)!.gaps += window.gaps - before;
  }

  /** Puts a window in that is not there yet. */
  add(id: LaneId, window: NonceWindow): NonceWindow {
    this.lanes.set(id.key, { id, window });
    let share = this.#senders.get(id.sender);
    if (share === undefined) this.#senders.set(id.sender, (share = { lanes: 0, gaps: 0 }));
    share.lanes++;
    share.gaps += window.gaps;
    return window;
  }

  /** Forgets what freshness refuses by now: `windowMs` is max_age and twice the skew (SPEC.md ). */
  prune(windowMs: number): void {
    const staleMs = this.clockMs - windowMs;
    for (const [key, { id, window }] of this.lanes) {
      const share = this.#senders.get(id.sender)!;
      if (window.issuedMs < staleMs) {
        this.lanes.delete(key);
        share.gaps -= window.gaps;
        if (--share.lanes === 0) this.#senders.delete(id.sender);
      } else if (window.gaps > 0) share.gaps -= window.closeBefore(staleMs);
    }
  }

  copy(): NonceState {
    const copy = new NonceState(this.#limits);
    copy.clockMs = this.clockMs;
    for (const { id, window } of this.lanes.values()) copy.add(id, window.copy());
    return copy;
  }
}
