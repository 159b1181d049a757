// The place of an event in its chain (SPEC §2).

export interface ChainLink {
  /** 32 hex digits. */
  readonly chain: string;
  /** 0, 1, 2, … without gaps. */
  readonly sequence: number;
  /** Leaf hash of the event before: 64 hex digits; 64 zeros for the first. */
  readonly previous: string;
}
