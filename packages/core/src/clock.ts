// Where the time comes from, so that tests can hold it still.

/** A wall clock in milliseconds since 1970, UTC. */
export interface Clock {
  nowMs(): number;
}

export const systemClock: Clock = { nowMs: () => Date.now() };
