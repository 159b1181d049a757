// What a verifier says of a trail.

/** Where an event stands: a record of a topic, or a line of a file from 1 on. */
export interface Place {
  readonly partition?: number;
  readonly offset?: string;
  readonly line?: number;
}

/**
 * - `altered`: its bytes are not those that the next event or a checkpoint vouches for
 * - `missing`: is not there
 * - `reordered`: stands behind one that comes after it
 * - `duplicated`: stands twice, and not because its writer wrote it again
 * - `inserted`: is no event, is of no chain that the directory vouches for, or does not fit into its chain
 * - `fork`: two events under one sequence, of which no checkpoint tells which is right, or one key signed both
 * - `gap`: the writer itself says that events were lost
 * - `checkpoint`: is not good
 * - `lost_end`: others have seen the chain further than it stands here, or otherwise
 * - `unfinished`: events after the last good checkpoint; or a last line that has no end
 * - `beginning`: what stood before the first event that is here
 * - `limit`: something was not looked at, because a limit of the verifier was reached
 */
export const findingKinds = [
  'altered',
  'missing',
  'reordered',
  'duplicated',
  'inserted',
  'fork',
  'gap',
  'checkpoint',
  'lost_end',
  'unfinished',
  'beginning',
  'limit',
] as const;
export type FindingKind = (typeof findingKinds)[number];

export interface Finding {
  readonly kind: FindingKind;
  /** A note need not mean that anything is wrong: a trail that is being written has an unfinished tail. */
  readonly severity: 'finding' | 'note';
  /** 32 hex digits; `null` where it is of no chain. */
  readonly chain: string | null;
  /** Who says to have written it; only a good checkpoint vouches for that. */
  readonly writer: string | null;
  /** Sequences, both included; `null` where it has none. */
  readonly first: number | null;
  readonly last: number | null;
  /** Of the first event; where it is missing, of the one after it. */
  readonly place: Place | null;
  /** One sentence. */
  readonly why: string;
}

export type OnFinding = (finding: Finding) => void;
