// What one chain comes to, when all of it has been read.

/** What a chain comes to. */
export interface ChainSummary {
  readonly chain: string;
  readonly writer: string;
  readonly first: number;
  readonly last: number;
  readonly proven: number;
  /** Events after the last good checkpoint. */
  readonly unfinished: number;
  readonly repeated: number;
  readonly checkpoints: number;
  /** Of the last good checkpoint; `null` where there is none. */
  readonly lastCheckpoint: number | null;
  /** Whether the last events are `audit.stopped` and its checkpoint. */
  readonly ended: boolean;
}
