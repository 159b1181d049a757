// The port behind the replay guard of transports without offsets: who handles a message now, and which ones are done.

/** One delivery’s wish to handle a message. Another delivery of the same message has another owner. */
export interface Claim {
  /** Names realm, receiver, channel and sender; what is done in one scope says nothing about another. */
  readonly scope: string;
  /** Instance, stream and sequence: 28 bytes. */
  readonly nonce: Buffer;
  readonly issuedAtMs: number;
  /** How long after its issue a message must be remembered; the same for all of a scope at a time. */
  readonly windowMs: number;
  readonly owner: string;
}

/**
 * `granted`: the owner has it until the lease ends. `held`: another has it, for so long at most unless renewed.
 * `done`: it was handled to the end. `forgotten`: it is so old that the store cannot know any more.
 */
export type ClaimAnswer =
  | { readonly state: 'granted' | 'done' | 'forgotten' }
  | { readonly state: 'held'; readonly leaseLeftMs: number };

/**
 * Keeps claims. Each call is for a whole batch, and costs one round trip or one write at most; answers are in order.
 * Every method may throw InabilityError ERR_UNABLE_REPLAY or ERR_UNABLE_CLOCK: then nothing is known, ask again.
 */
export interface ClaimStore {
  /** Asks once more for what the owner has already: granted again. */
  claim(claims: readonly Claim[], leaseMs: number, nowMs: number): Promise<readonly ClaimAnswer[]>;
  /** @returns false for each that another has now; one whose lease ended is the owner’s again */
  renew(claims: readonly Claim[], leaseMs: number): Promise<readonly boolean[]>;
  /**
   * Durable before it resolves. @returns true where it is done now, whoever did it; false where another has it: then it
   * is not written, and may be asked for again when that claim ends
   */
  done(claims: readonly Claim[], nowMs: number): Promise<readonly boolean[]>;
  /** Gives up what the owners have; what others have stays. */
  release(claims: readonly Claim[]): Promise<void>;
  close(): Promise<void>;
}
