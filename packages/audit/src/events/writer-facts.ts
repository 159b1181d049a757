// Who writes a trail: what is the same in all of its events.

export interface WriterFacts {
  /** The agent whose process writes. */
  readonly agent: string;
  readonly pid: number;
  /** Name of the machine, as the process knows it. */
  readonly host: string;
  /** Of the library. */
  readonly version: string;
}
