// How many events wait to be published, since when, and who waits for them.
interface Waiter {
  readonly frame: number;
  readonly patient: boolean;
  readonly settle: (published: boolean) => void;
}

/** Times are kept for so many frames; of more in between the older time counts. */
const maxTimes = 1_024;

export class Unpublished {
  #events: number;
  #published = 0;
  /** Before it everything is published. */
  #frame: number;
  #times: { readonly frame: number; readonly atMs: number }[] = [];
  #waiters: Waiter[] = [];
  readonly #nowMs: () => number;

  /** @param events that wait already; @param frame before which everything is published; @param end behind the last one */
  constructor(events: number, frame: number, end: number, nowMs: () => number) {
    this.#events = events;
    this.#frame = frame;
    this.#nowMs = nowMs;
    if (events > 0) this.#times.push({ frame: end, atMs: nowMs() });
  }

  get events(): number {
    return this.#events;
  }

  /** Since the start. */
  get published(): number {
    return this.#published;
  }

  /** When the oldest that waits was written; of those from before the start: the start. */
  get oldestAtMs(): number | null {
    return this.#times[0]?.atMs ?? null;
  }

  /** @param end behind the frame that they stand in */
  add(events: number, end: number): void {
    this.#events += events;
    const last = this.#times.at(-1);
    if (last !== undefined && (last.frame === end || this.#times.length >= maxTimes))
      this.#times[this.#times.length - 1] = { frame: end, atMs: last.atMs };
    else this.#times.push({ frame: end, atMs: this.#nowMs() });
  }

  /** So many more were published, and everything before the frame is. Checkpoints are counted, and never waited. */
  done(events: number, waited: number, frame: number): void {
    this.#published += events;
    this.#events = Math.max(0, this.#events - waited);
    this.#frame = frame;
    const gone = this.#times.findIndex((each) => each.frame > frame);
    this.#times.splice(0, gone < 0 ? this.#times.length : gone);
    if (this.#waiters.length === 0) return;
    const ready = this.#waiters.filter((waiter) => waiter.frame <= frame);
    if (ready.length > 0) this.#waiters = this.#waiters.filter((waiter) => waiter.frame > frame);
    for (const { settle } of ready) settle(true);
  }

  /**
   * @param patient whether it waits on where a sink refuses
   * @returns whether everything before the frame is published; `false` when it closes, or a sink refuses, before that
   */
  until(frame: number, patient: boolean): Promise<boolean> {
    if (frame <= this.#frame) return Promise.resolve(true);
    return new Promise((settle) => this.#waiters.push({ frame, patient, settle }));
  }

  /** A sink refused. */
  refused(): void {
    const impatient = this.#waiters.filter(({ patient }) => !patient);
    if (impatient.length === 0) return;
    this.#waiters = this.#waiters.filter(({ patient }) => patient);
    for (const { settle } of impatient) settle(false);
  }

  close(): void {
    for (const { settle } of this.#waiters.splice(0)) settle(false);
  }
}
