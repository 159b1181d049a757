// A process that looks after its own keys: on a timer, when the directory changes, until it is closed.
import { SealwireError, InabilityError, type Clock } from '@sealwire/core';
import { Rotator, type Rotated, type RotationParts } from './rotate.js';
import { periodOf } from './rotation-settings.js';

export interface RotationOptions extends RotationParts {
  /** What was done, and what failed. Called in no transaction: it must not throw. */
  readonly report?: (outcome: Rotated | SealwireError) => void;
  /** 0 ≤ … < 1; for the jitter that keeps processes apart. */
  readonly random?: () => number;
}

/** A rotation that is under way. */
export interface Rotation {
  /** Why the last attempt failed; the old keys are in use, and it is tried again. `null` where all is well. */
  readonly problem: SealwireError | null;
  /** Does now what is due; attempts that come together share one. Never rejects: `problem` says. */
  run(): Promise<void>;
  /** Resolves when nothing is under way any more. */
  close(): Promise<void>;
}

const longestWaitMs = 3_600_000;
const firstBackOffMs = 1_000;
const longestBackOffMs = 300_000;
const longestJitterMs = 60_000;

/**
 * Rotates from now on. Guaranteed: a key is published only once its private half is on disk; of several processes that
 * find the same thing due one publishes; a failure leaves the old keys in use.
 * Not guaranteed: that keys are replaced in time where the issuer key's delegation, the disk or the directory fails for
 * longer than an interval; then senders stop when the last key ends, and say so.
 */
export function startRotation(options: RotationOptions): Rotation {
  return new RunningRotation(options);
}

class RunningRotation implements Rotation {
  readonly #rotator: Rotator;
  readonly #clock: Clock;
  readonly #options: RotationOptions;
  readonly #random: () => number;
  readonly #stopListening: () => void;
  #problem: SealwireError | null = null;
  #running: Promise<void> | null = null;
  #timer: NodeJS.Timeout | undefined;
  #backOffMs = 0;
  #closed = false;

  constructor(options: RotationOptions) {
    this.#options = options;
    this.#rotator = new Rotator(options);
    this.#clock = options.clock;
    this.#random = options.random ?? Math.random;
    // Others see the change too: who is first publishes, so they do not all begin at once.
    this.#stopListening = options.directory.onChange(() => {
      if (this.#running === null && this.#backOffMs === 0) this.#plan();
    });
    this.#plan();
  }

  get problem(): SealwireError | null {
    return this.#problem;
  }

  run(): Promise<void> {
    if (this.#closed) return this.#running ?? Promise.resolve();
    clearTimeout(this.#timer);
    this.#running ??= this.#attempt();
    return this.#running;
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#stopListening();
    await this.#running;
  }

  async #attempt(): Promise<void> {
    // Listeners of what this publishes come back here: not before it is done.
    await Promise.resolve();
    try {
      const rotated = await this.#rotator.rotate();
      this.#problem = null;
      // What is due and could not be done, for want of a member's share say, is not tried without a pause.
      this.#backOffMs = rotated.serials.length === 0 && this.#rotator.isDue ? firstBackOffMs : 0;
      if (rotated.serials.length > 0 || rotated.unreachable.length > 0) this.#options.report?.(rotated);
    } catch (error) {
      this.#problem = known(error);
      this.#backOffMs = Math.min(Math.max(firstBackOffMs, this.#backOffMs * 2), this.#longestBackOffMs());
      this.#options.report?.(this.#problem);
    }
    this.#running = null;
    this.#plan();
  }

  #plan(): void {
    clearTimeout(this.#timer);
    if (this.#closed) return;
    this.#timer = setTimeout(() => void this.run(), this.#waitMs()).unref();
  }

  #waitMs(): number {
    const { leadMs } = periodOf('sealing', this.#options.settings);
    const jitterMs = this.#random() * Math.min(leadMs / 4, longestJitterMs);
    if (this.#backOffMs > 0) return this.#backOffMs * (0.5 + this.#random() / 2);
    try {
      if (this.#rotator.isDue) return Math.min(jitterMs, 200);
      const leftMs = Math.max(0, this.#rotator.nextMs - this.#clock.nowMs());
      return Math.min(leftMs + jitterMs, longestWaitMs);
    } catch {
      // Told by the attempt.
      return firstBackOffMs;
    }
  }

  /** Tried several times before the interval is over, however short that is. */
  #longestBackOffMs(): number {
    return Math.max(firstBackOffMs, Math.min(longestBackOffMs, this.#options.settings.intervalMs / 8));
  }
}

function known(error: unknown): SealwireError {
  return error instanceof SealwireError
    ? error
    : new InabilityError('ERR_UNABLE_KEY_STORE', 'Rotation failed in a way that it should not.', {}, error);
}
