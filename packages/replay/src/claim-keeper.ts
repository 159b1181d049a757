// The replay guard of transports without offsets: asks the store, renews what is being handled, and says what a refusal means.
import { createHash, randomBytes } from 'node:crypto';
import {
  recordHash,
  type AskedClaim,
  type Claim,
  type ClaimAnswer,
  type ClaimGuard,
  type ClaimStore,
  type Clock,
  type Code,
  type GuardAnswer,
  type HeldClaim,
  type Rejected,
  type Verified,
} from '@sealwire/core';

export interface ClaimKeeperParts {
  /** Called again after it failed. */
  open(): Promise<ClaimStore>;
  /** 16 bytes. */
  readonly realm: Buffer;
  /** Whose memory it is: an agent, or the group whose members compete for its queues. */
  receiverOf(channel: string): string;
  /** How long after its issue a message of this channel could still be accepted by somebody. */
  windowMsOf(channel: string): number;
  readonly leaseMs: number;
  readonly clock: Clock;
}

/** Renewed until it ends: one claim, and two for a message that was re-driven. */
interface Held extends HeldClaim {
  readonly claims: readonly Claim[];
}

/** A copy is waited for in steps of this, so that one whose original is done leaves soon. */
const askAgainMs = 1_000;
/** At most so many in one call of the renewal, so that a store is never held for long. */
const renewedAtOnce = 1_000;

export class ClaimKeeper implements ClaimGuard {
  readonly #parts: ClaimKeeperParts;
  readonly #instance = randomBytes(12).toString('base64url');
  readonly #scopes = new Map<string, string>();
  /** The same for a delivery, however often it is asked for. */
  readonly #claims = new WeakMap<Verified, readonly Claim[]>();
  readonly #held = new Set<Held>();
  #store: Promise<ClaimStore> | null = null;
  #count = 0;
  #timer: NodeJS.Timeout | null = null;
  #renewing = false;

  constructor(parts: ClaimKeeperParts) {
    this.#parts = parts;
  }

  async ready(): Promise<void> {
    await this.#opened();
  }

  async claim(asked: readonly AskedClaim[]): Promise<readonly GuardAnswer[]> {
    if (asked.length === 0) return [];
    const store = await this.#opened();
    const claims = asked.map(({ verified }) => this.#claimsOf(verified));
    const answers = await store.claim(claims.flat(), this.#parts.leaseMs, this.#parts.clock.nowMs());
    let at = 0;
    const halves: Claim[] = [];
    const judged = asked.map((one, i): GuardAnswer => {
      const own = claims[i]!;
      const mine = answers.slice(at, (at += own.length));
      const answer = worst(mine);
      if (answer.state !== 'granted') halves.push(...own.filter((_, j) => mine[j]!.state === 'granted'));
      switch (answer.state) {
        case 'granted':
          return { state: 'granted', held: this.#hold(own) };
        case 'held':
          return { state: 'held', askAgainInMs: Math.max(1, Math.min(askAgainMs, answer.leaseLeftMs)) };
        case 'forgotten':
          return refused(one, 'ERR_POLICY_AGE', 'The message is older than what the replay store remembers.');
        case 'done':
          return one.redelivered
            ? refused(
                one,
                'ERR_POLICY_DUPLICATE',
                'The message was handled before, and the broker delivered it again.',
              )
            : refused(one, 'ERR_POLICY_REPLAY', 'The message was handled before; this is a copy of it.');
      }
    });
    // Of two that wait for each other’s half, neither would ever have both.
    if (halves.length > 0) await store.release(halves);
    return judged;
  }

  async done(held: readonly HeldClaim[]): Promise<readonly boolean[]> {
    if (held.length === 0) return [];
    const store = await this.#opened();
    const all = held as readonly Held[];
    const done = await store.done(
      all.flatMap(({ claims }) => claims),
      this.#parts.clock.nowMs(),
    );
    let at = 0;
    return all.map((one) => {
      const whole = done.slice(at, (at += one.claims.length)).every(Boolean);
      if (whole) this.#let(one);
      return whole;
    });
  }

  async release(held: readonly HeldClaim[]): Promise<void> {
    if (held.length === 0 || this.#store === null) return;
    const all = held as readonly Held[];
    for (const one of all) this.#let(one);
    try {
      await (await this.#store).release(all.flatMap(({ claims }) => claims));
    } catch {
      // The leases end by themselves.
    }
  }

  /** Ends renewing, and closes the store. Leases of a store that others share end by themselves. */
  async close(): Promise<void> {
    this.#held.clear();
    this.#stopRenewing();
    const store = this.#store;
    this.#store = null;
    await store?.then(
      (opened) => opened.close(),
      () => undefined,
    );
  }

  #opened(): Promise<ClaimStore> {
    if (this.#store !== null) return this.#store;
    const opening = this.#parts.open();
    this.#store = opening;
    opening.catch(() => {
      if (this.#store === opening) this.#store = null;
    });
    return opening;
  }

  /**
   * For a message that was re-driven its carrier’s claim too, and the carrier’s time for both: the message itself may
   * be older than anything that is remembered, which is why there had to be evidence.
   */
  #claimsOf(verified: Verified): readonly Claim[] {
    let claims = this.#claims.get(verified);
    if (claims === undefined) {
      const { facts, redriven } = verified;
      const { channel } = facts;
      const shared = {
        issuedAtMs: (redriven?.carrier ?? facts).issuedAtMs,
        windowMs: this.#parts.windowMsOf(channel),
        owner: `${this.#instance}:${++this.#count}`,
      };
      const own = { ...shared, scope: this.#scopeOf(channel, facts.sender), nonce: facts.nonce };
      // In nobody’s name: the carrier of a second operator has the same nonce.
      claims =
        redriven === undefined
          ? [own]
          : [{ ...shared, scope: this.#scopeOf(channel, ''), nonce: redriven.carrier.nonce }, own];
      this.#claims.set(verified, claims);
    }
    return claims;
  }

  /**
   * 16 bytes of a hash, so that names of any length cost the same. The sender is in it: another that seals under its nonces
   * gets none of its messages refused.
   */
  #scopeOf(channel: string, sender: string): string {
    const names = `${channel} ${sender}`;
    let scope = this.#scopes.get(names);
    if (scope === undefined) {
      const hash = createHash('sha256');
      for (const part of ['sealwire/v1/claim-scope', this.#parts.receiverOf(channel), channel, sender]) {
        const length = Buffer.alloc(4);
        length.writeUInt32BE(Buffer.byteLength(part));
        hash.update(length).update(part);
      }
      scope = hash.update(this.#parts.realm).digest().subarray(0, 16).toString('base64url');
      this.#scopes.set(names, scope);
    }
    return scope;
  }

  #hold(claims: readonly Claim[]): Held {
    const held: Held = { claims };
    this.#held.add(held);
    if (this.#timer === null) {
      this.#timer = setInterval(() => void this.#renew(), this.#parts.leaseMs / 3);
      this.#timer.unref();
    }
    return held;
  }

  #let(held: Held): void {
    this.#held.delete(held);
    if (this.#held.size === 0) this.#stopRenewing();
  }

  #stopRenewing(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }

  /** What the store does not have any more is not renewed again; `done` tells who asks. */
  async #renew(): Promise<void> {
    if (this.#renewing || this.#store === null) return;
    this.#renewing = true;
    try {
      const store = await this.#store;
      const all = [...this.#held];
      for (let i = 0; i < all.length; i += renewedAtOnce) {
        const some = all.slice(i, i + renewedAtOnce);
        const renewed = await store.renew(
          some.flatMap(({ claims }) => claims),
          this.#parts.leaseMs,
        );
        let at = 0;
        for (const held of some)
          if (!renewed.slice(at, (at += held.claims.length)).every(Boolean)) this.#let(held);
      }
    } catch {
      // Once more at the next turn: a lease outlives two that fail.
    } finally {
      this.#renewing = false;
    }
  }
}

/** Of several claims for one message. Done outranks all: then nothing is waited for. */
function worst(answers: readonly ClaimAnswer[]): ClaimAnswer {
  const rank = { done: 0, forgotten: 1, held: 2, granted: 3 } as const;
  return answers.reduce((low, one) => (rank[one.state] < rank[low.state] ? one : low));
}

function refused({ verified }: AskedClaim, code: Code, reason: string): GuardAnswer {
  const { received, facts } = verified;
  const rejected: Rejected = {
    verified: false,
    received,
    code,
    reason,
    recordHash: recordHash(received),
    claims: { sender: facts.sender, recipients: facts.recipients, type: facts.type },
    session: null,
  };
  return { state: 'refused', rejected };
}
