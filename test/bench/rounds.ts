// Interleaved rounds: every variant once a round, so that all of them see the same weather on a shared machine.

/** Something to time. */
export interface Variant {
  readonly name: string;
  /** One round’s work. @returns how many messages it did, or how long it took where it times itself */
  run(): Promise<Timed | number> | Timed | number;
}

/** What a round came to, where the variant has set-up of its own that must not count. */
export interface Timed {
  readonly messages: number;
  readonly wallMs: number;
  readonly mainThreadMs: number;
}

export interface RoundsOptions {
  readonly rounds: number;
  /** Rounds before that are not counted. */
  readonly warmUps: number;
  /** Told after each round. */
  readonly progress: (round: number, of: number) => void;
}

/** The rounds of one variant, in µs a message. */
interface Series {
  readonly wallUs: number[];
  readonly mainThreadUs: number[];
}

/** A median and the quartiles around it. */
export interface Spread {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

/**
 * Runs all variants in turn, starting each round with another one.
 * @param turns a list among them stays together and in its order: what one publishes the next consumes
 */
export async function measure(
  turns: readonly (Variant | readonly Variant[])[],
  options: RoundsOptions,
): Promise<Measured> {
  const series = new Map<string, Series>(
    turns.flat().map(({ name }) => [name, { wallUs: [], mainThreadUs: [] }]),
  );
  const total = options.warmUps + options.rounds;
  for (let round = 0; round < total; round++) {
    const start = round % turns.length;
    for (const variant of [...turns.slice(start), ...turns.slice(0, start)].flat()) {
      collectYoung();
      const { messages, wallMs, mainThreadMs } = await timed(() => variant.run());
      if (round < options.warmUps) continue;
      series.get(variant.name)!.wallUs.push((wallMs * 1000) / messages);
      series.get(variant.name)!.mainThreadUs.push((mainThreadMs * 1000) / messages);
    }
    options.progress(round + 1, total);
  }
  return new Measured(series);
}

/**
 * What one variant has left behind must not be charged to the next. Young objects only: a full collection also shrinks
 * the heap, and growing it again would then be charged to all.
 */
export function collectYoung(): void {
  globalThis.gc?.({ type: 'minor' });
}

/** Times work. CPU time of the main thread comes in steps of some ms here and there: use it for long rounds only. */
export async function timed(work: () => ReturnType<Variant['run']>): Promise<Timed> {
  const cpu = process.threadCpuUsage();
  const start = performance.now();
  const done = await work();
  if (typeof done !== 'number') return done;
  const wallMs = performance.now() - start;
  const { user, system } = process.threadCpuUsage(cpu);
  return { messages: done, wallMs, mainThreadMs: (user + system) / 1000 };
}

/** What the rounds came to. */
export class Measured {
  readonly #series: ReadonlyMap<string, Series>;

  constructor(series: ReadonlyMap<string, Series>) {
    this.#series = series;
  }

  /** µs a message. */
  us(name: string): Spread {
    return spreadOf(this.#of(name).wallUs);
  }

  /** ms a message. */
  ms(name: string): Spread {
    return spreadOf(this.#of(name).wallUs.map((us) => us / 1000));
  }

  /** How many ms a message takes longer than `than`: the median of each round’s own difference. */
  msMore(name: string, than: string): Spread {
    const ours = this.#of(name).wallUs;
    return spreadOf(this.#of(than).wallUs.map((us, round) => (ours[round]! - us) / 1000));
  }

  /** µs of the main thread a message. */
  mainThreadUs(name: string): Spread {
    return spreadOf(this.#of(name).mainThreadUs);
  }

  /** Messages a second. */
  perSecond(name: string): Spread {
    return spreadOf(this.#of(name).wallUs.map((us) => 1e6 / us));
  }

  /** How many times as fast `name` is as `than`: the median of each round’s own ratio. */
  timesAsFast(name: string, than: string): Spread {
    const ours = this.#of(name).wallUs;
    return spreadOf(this.#of(than).wallUs.map((us, round) => us / ours[round]!));
  }

  #of(name: string): Series {
    const series = this.#series.get(name);
    if (series === undefined) throw new Error(`nothing was measured under the name ${name}`);
    return series;
  }
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (part: number): number => {
    const place = part * (sorted.length - 1);
    const below = sorted[Math.floor(place)]!;
    return below + (sorted[Math.ceil(place)]! - below) * (place % 1);
  };
  return { median: at(0.5), low: at(0.25), high: at(0.75) };
}
