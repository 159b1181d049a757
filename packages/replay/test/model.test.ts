// Every interleaving, within bounds, of a partition with an attacker, crashes, rebalances with zombies and foreign commits.
import { describe, expect, it } from '@jest/globals';
import { judge, ledger } from './arrivals.js';

/** Bounds. Two messages, and as many copies as the log has room for. */
const maxLog = 4;
const maxCrashes = 2;
const maxRebalances = 2;
const maxWipes = 1;

/** What the group has committed. */
interface Committed {
  readonly offset: number;
  readonly metadata: string | null;
}

/** A process that owns, or believes to own, the partition. Its memory is what it loaded and what it has read since. */
interface Process {
  readonly loaded: Committed;
  readonly position: number;
  /** What a process remembers by itself; the ledger’s variants follow from the rest. */
  readonly own: readonly number[];
}

interface World {
  /** Which message lies at each offset. */
  readonly log: readonly number[];
  readonly committed: Committed;
  readonly owner: Process;
  /** Lost the partition and does not know it. */
  readonly zombie: Process | null;
  /** Read and accepted by the owner, not yet handled: lost in a crash. */
  readonly inHand: number | null;
  /** A store of its own, where the variant has one. */
  readonly store: readonly string[];
  /** By message: the offsets at which it was handled. */
  readonly handled: readonly (readonly number[])[];
  readonly crashes: number;
  readonly rebalances: number;
  readonly wipes: number;
}

/** The same question is asked in many worlds. */
function once<Answer>(ask: (process: Process, log: readonly number[], more: number) => Answer) {
  const answers = new Map<string, Answer>();
  return (process: Process, log: readonly number[], more: number): Answer => {
    const name = JSON.stringify([process, log.slice(0, process.position), more]);
    if (!answers.has(name)) answers.set(name, ask(process, log, more));
    return answers.get(name)!;
  };
}

/** How a guard decides and what it commits. */
interface Guard {
  readonly name: string;
  readonly remembers?: true;
  accepts(process: Process, world: World, message: number): boolean;
  /** What is stored before the handler, and after it. */
  before?(message: number, offset: number): string | null;
  after?(message: number, offset: number): string | null;
  metadata(process: Process, world: World, offset: number): string | null;
}

const arrivals = (log: readonly number[], from: number, to: number) =>
  log.slice(from, to).map((sequence, i) => ({ sequence, offset: from + i }));

/** The real ledger of a process, as of its position. */
function ledgerOf({ loaded, position }: Process, log: readonly number[]) {
  const memory = ledger();
  if (memory.load(loaded.offset, loaded.metadata) !== 'state') {
    // From the log, as the adapter does.
    memory.startAt(0);
    if (loaded.offset > 0) judge(memory, arrivals(log, 0, loaded.offset));
  }
  for (let offset = loaded.offset; offset < position; offset++)
    judge(memory, arrivals(log, offset, offset + 1));
  return memory;
}

const realAccepts = once((process, log, message) => {
  const memory = ledgerOf(process, log);
  return judge(memory, [{ sequence: message, offset: process.position }])[0] === 'accepted';
});
const realMetadata = once((process, log, offset) => ledgerOf(process, log).metadataAt(offset));

const real: Guard = {
  name: 'the ledger',
  accepts: (process, { log }, message) => realAccepts(process, log, message),
  metadata: (process, { log }, offset) => realMetadata(process, log, offset),
};

/** Takes a missing state for one that has nothing in it. */
const forgetfulAccepts = once((process, log, message) => {
  const memory = ledger();
  const { loaded } = process;
  if (memory.load(loaded.offset, loaded.metadata) !== 'state') memory.startAt(loaded.offset);
  for (let offset = loaded.offset; offset < process.position; offset++)
    judge(memory, arrivals(log, offset, offset + 1));
  return judge(memory, [{ sequence: message, offset: process.position }])[0] === 'accepted';
});

const wrong: Readonly<Record<string, Guard & { readonly fails: readonly Violation[] }>> = {
  memory: {
    name: 'what the process remembers',
    remembers: true,
    accepts: ({ own }, _, message) => !own.includes(message),
    metadata: () => null,
    fails: ['accepts a replay'],
  },
  'stored before the handler': {
    name: 'a store, written before the handler',
    accepts: (_, { store }, message) => !store.includes(`${message}`),
    before: (message) => `${message}`,
    metadata: () => null,
    fails: ['loses a message'],
  },
  'stored after the handler': {
    name: 'a store, written after the handler',
    accepts: (_, { store }, message) => !store.includes(`${message}`),
    after: (message) => `${message}`,
    metadata: () => null,
    fails: ['calls a redelivery a replay'],
  },
  'state without offset': {
    name: 'the ledger, whose state another commit erases, and which then begins with nothing',
    accepts: (process, { log }, message) => forgetfulAccepts(process, log, message),
    metadata: (process, { log }, offset) => realMetadata(process, log, offset),
    fails: ['accepts a replay'],
  },
  'state ahead of offset': {
    name: 'the ledger, whose state is not moved back with the position',
    remembers: true,
    accepts: ({ own }, { store }, message) => !store.includes(`${message}`) && !own.includes(message),
    before: (message) => `${message}`,
    metadata: () => null,
    fails: ['loses a message'],
  },
};

type Violation = 'accepts a replay' | 'loses a message' | 'calls a redelivery a replay';

const start: World = {
  log: [],
  committed: { offset: 0, metadata: null },
  owner: { loaded: { offset: 0, metadata: null }, position: 0, own: [] },
  zombie: null,
  inHand: null,
  store: [],
  handled: [[], []],
  crashes: 0,
  rebalances: 0,
  wipes: 0,
};

const begun = (loaded: Committed): Process => ({ loaded, position: loaded.offset, own: [] });

function explore(guard: Guard): { readonly states: number; readonly violations: ReadonlySet<Violation> } {
  const violations = new Set<Violation>();
  const known = new Set<string>();
  const open: World[] = [start];
  const reach = (world: World): void => {
    const name = JSON.stringify(world);
    if (known.has(name)) return;
    known.add(name);
    open.push(world);
  };
  const stored = (world: World, entry: string | null | undefined): readonly string[] =>
    entry == null || world.store.includes(entry) ? world.store : [...world.store, entry].sort();

  /** Judges the record at a process’s position. @returns whether it goes to the handler */
  const accepts = (process: Process, world: World): boolean => {
    const message = world.log[process.position]!;
    const accepted = guard.accepts(process, world, message);
    const places = world.handled[message]!;
    if (accepted && places.some((offset) => offset !== process.position)) violations.add('accepts a replay');
    if (!accepted && places.length === 0) violations.add('loses a message');
    if (!accepted && places.length > 0 && places.every((offset) => offset === process.position))
      violations.add('calls a redelivery a replay');
    return accepted;
  };
  const withHandled = (world: World, message: number, offset: number): World['handled'] =>
    world.handled.map((places, i) =>
      i === message && !places.includes(offset) ? [...places, offset].sort() : places,
    );
  const past = (process: Process, message: number): Process => ({
    ...process,
    position: process.position + 1,
    own:
      guard.remembers !== true || process.own.includes(message)
        ? process.own
        : [...process.own, message].sort(),
  });

  while (open.length > 0) {
    const world = open.pop()!;
    const { log, owner, zombie, committed, inHand } = world;
    if (log.length < maxLog) for (const message of [0, 1]) reach({ ...world, log: [...log, message] });
    if (inHand === null && owner.position < log.length) {
      const message = log[owner.position]!;
      if (!accepts(owner, world)) reach({ ...world, owner: past(owner, message) });
      else
        reach({ ...world, inHand: message, store: stored(world, guard.before?.(message, owner.position)) });
    }
    if (inHand !== null) {
      const handled = withHandled(world, inHand, owner.position);
      const store = stored(world, guard.after?.(inHand, owner.position));
      reach({ ...world, handled, store, owner: past(owner, inHand), inHand: null });
    }
    if (inHand === null && owner.position > committed.offset) {
      const { position: offset } = owner;
      reach({ ...world, committed: { offset, metadata: guard.metadata(owner, world, offset) } });
    }
    if (world.crashes < maxCrashes && zombie === null)
      reach({ ...world, crashes: world.crashes + 1, inHand: null, owner: begun(committed) });
    if (world.rebalances < maxRebalances)
      reach({
        ...world,
        rebalances: world.rebalances + 1,
        zombie: owner,
        inHand: null,
        owner: begun(committed),
      });
    if (zombie !== null) {
      reach({ ...world, zombie: null });
      // It handles what it reads; its commits are fenced by its generation.
      if (zombie.position < log.length) {
        const message = log[zombie.position]!;
        const accepted = accepts(zombie, world);
        const handled = accepted ? withHandled(world, message, zombie.position) : world.handled;
        const entries = accepted ? stored(world, guard.before?.(message, zombie.position)) : world.store;
        const store = accepted
          ? stored({ ...world, store: entries }, guard.after?.(message, zombie.position))
          : entries;
        reach({ ...world, handled, store, zombie: past(zombie, message) });
      }
    }
    if (world.wipes < maxWipes && committed.metadata !== null)
      reach({ ...world, wipes: world.wipes + 1, committed: { ...committed, metadata: null } });
  }
  return { states: known.size, violations };
}

describe('within the bounds of the model', () => {
  it('[R-1] [R-10] [R-14] the ledger accepts no replay, loses nothing, and takes every redelivery for what it is', () => {
    const { states, violations } = explore(real);
    expect([...violations]).toEqual([]);
    expect(states).toBeGreaterThan(5_000);
  });

  it.each(Object.entries(wrong))('a wrong guard is caught: %s', (_, guard) => {
    const { violations } = explore(guard);
    for (const violation of guard.fails) expect([...violations]).toContain(violation);
  });
});
