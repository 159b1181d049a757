// Several writers over some hours, as let them write: with restarts, repeats, late copies, and what they saw of one another.
import { MadeChain, type MadeAgent, type Seen } from './made-trail.ts';

export interface Written {
  readonly bytes: Buffer;
  readonly chain: string;
  readonly sequence: number;
  readonly partition: number;
  readonly atMs: number;
  /** Whether it stood there already: repeated at once, or brought late by a send whose connection broke. */
  readonly copy: 'none' | 'repeat' | 'late';
}

export interface MadeWorld {
  /** In the order in which they were appended. */
  readonly written: readonly Written[];
  readonly chains: readonly MadeChain[];
  /** Of which chain which sequences a checkpoint names `again`. */
  readonly again: readonly { readonly chain: string; readonly first: number; readonly last: number }[];
}

/** Repeatable: the same seed makes the same decisions. */
export function numbersOf(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const minuteMs = 60_000;

class Writer {
  readonly chain: MadeChain;
  readonly partition: number;
  openedAtMs: number | null = null;
  quietSinceMs: number;
  mayStandAgain = false;
  ended = false;
  late: { readonly first: number; readonly last: number; readonly atMs: number }[] = [];

  constructor(agent: MadeAgent, nowMs: number, partition: number) {
    this.chain = new MadeChain(agent, nowMs);
    this.partition = partition;
    this.quietSinceMs = nowMs;
    this.openedAtMs = nowMs;
  }
}

export function madeWorld(agents: readonly MadeAgent[], seed: number, steps = 120): MadeWorld {
  const pick = numbersOf(seed);
  const written: Written[] = [];
  const again: { chain: string; first: number; last: number }[] = [];
  const writers: Writer[] = [];
  let nowMs = Date.UTC(2026, 0, 1);

  const put = ({ chain, partition }: Writer, sequence: number, copy: Written['copy'] = 'none'): void => {
    const bytes = chain.events[sequence]!;
    written.push({ bytes, chain: chain.chain, sequence, partition, atMs: nowMs, copy });
  };
  const add = (writer: Writer, kind: string): void => {
    writer.chain.timeMs = nowMs;
    writer.chain.add(kind, {
      message_hash: pick(2 ** 31)
        .toString(16)
        .padStart(64, '0'),
    });
    writer.openedAtMs ??= nowMs;
    put(writer, writer.chain.events.length - 1);
  };
  const seenBy = (writer: Writer): Seen[] =>
    writers
      .filter(({ chain }) => chain !== writer.chain && chain.checkpoints.length > 0)
      .filter(({ quietSinceMs }) => nowMs - quietSinceMs < 90 * minuteMs)
      .map(({ chain }) => chain.seen())
      .slice(-16);
  const checkpoint = (writer: Writer): void => {
    const { chain } = writer;
    const first = chain.checkpoints.at(-1) ?? 0;
    chain.timeMs = nowMs;
    if (writer.mayStandAgain) again.push({ chain: chain.chain, first, last: chain.events.length - 1 });
    chain.checkpoint(pick(3) === 0 ? [] : seenBy(writer), chain.agent, writer.mayStandAgain);
    put(writer, chain.events.length - 1);
    writer.openedAtMs = null;
    writer.quietSinceMs = nowMs;
    writer.mayStandAgain = false;
  };
  const repeat = (writer: Writer): void => {
    const newest = writer.chain.events.length - 1;
    for (let times = 1 + pick(2); times > 0; times--)
      for (let at = Math.max(0, newest - pick(5)); at <= newest; at++) put(writer, at, 'repeat');
  };
  const breakOff = (writer: Writer): void => {
    const first = writer.chain.checkpoints.at(-1) ?? 0;
    const last = writer.chain.events.length - 1;
    const from = first + pick(last - first + 1);
    writer.mayStandAgain = true;
    writer.late.push({ first: from, last: from + pick(last - from + 1), atMs: nowMs + pick(15 * minuteMs) });
  };
  const start = (): void => {
    const writer = new Writer(agents[pick(agents.length)]!, nowMs, pick(3));
    writers.push(writer);
    put(writer, 0);
  };
  const due = (): void => {
    for (const writer of writers) {
      for (const { first, last } of writer.late.filter(({ atMs }) => atMs <= nowMs))
        for (let at = first; at <= last; at++) put(writer, at, 'late');
      writer.late = writer.late.filter(({ atMs }) => atMs > nowMs);
      if (writer.ended) continue;
      const isDue = writer.openedAtMs !== null && nowMs - writer.openedAtMs >= minuteMs - 10_000;
      if (isDue || nowMs - writer.quietSinceMs >= 60 * minuteMs) checkpoint(writer);
    }
  };

  for (let step = 0; step < steps; step++) {
    const untilMs = nowMs + (pick(40) === 0 ? pick(2) * 50 * minuteMs : pick(9_000));
    do {
      nowMs = Math.min(untilMs, nowMs + 9_000);
      due();
    } while (nowMs < untilMs);
    const open = writers.filter(({ ended }) => !ended);
    if (open.length === 0 || (pick(25) === 0 && open.length < 5)) {
      start();
      continue;
    }
    const writer = open[pick(open.length)]!;
    const what = pick(20);
    if (what < 14) add(writer, 'message.sent');
    else if (what === 14) checkpoint(writer);
    else if (what === 15) repeat(writer);
    else if (what === 16) breakOff(writer);
    else if (what === 17) add(writer, 'audit.started');
    else if (what === 18 && pick(2) === 0) {
      add(writer, 'audit.stopped');
      checkpoint(writer);
      writer.ended = true;
    }
  }
  return { written, chains: writers.map(({ chain }) => chain), again };
}
