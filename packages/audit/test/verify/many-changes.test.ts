// Whatever series of things is done to a trail of several writers: where nothing is found, what is told is what was written.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { AuditVerifier, type ChainSummary, type Finding } from '../../src/index.js';
import { madeWorld, type MadeWorld } from './made-world.ts';
import { madeAgent, trustIn, type MadeChain } from './made-trail.ts';

const agents = ['alice', 'bob', 'carol'].map((name) => madeAgent(name));
const trust = trustIn(agents);

interface Line {
  readonly bytes: Buffer;
  readonly partition: number;
}

type Change = (lines: Line[], world: MadeWorld) => void;

/** Numbers that anything may be chosen by. */
const numbers = () => fc.tuple(fc.nat(), fc.nat(), fc.nat(), fc.nat());
const jsonOf = ({ bytes }: Line) => {
  try {
    return JSON.parse(bytes.toString()) as { time: number; unmapped: Record<string, unknown> };
  } catch {
    return null;
  }
};
const ascii = (value: unknown) => Buffer.from(JSON.stringify(value));
const at = (all: { readonly length: number }, number: number) => number % Math.max(1, all.length);

const changes: Record<string, (n: readonly number[]) => Change> = {
  remove:
    ([a = 0, b = 0]) =>
    (lines) =>
      void lines.splice(at(lines, a), 1 + (b % 4)),
  copy:
    ([a = 0, b = 0]) =>
    (lines) =>
      void lines.splice(at(lines, b), 0, ...lines.slice(at(lines, a), at(lines, a) + 1)),
  move:
    ([a = 0, b = 0, c = 0]) =>
    (lines) =>
      void lines.splice(at(lines, b), 0, ...lines.splice(at(lines, a), 1 + (c % 3))),
  flip:
    ([a = 0, b = 0, c = 0]) =>
    (lines) => {
      const line = lines[at(lines, a)];
      if (line === undefined) return;
      const bytes = Buffer.from(line.bytes);
      bytes[at(bytes, b)]! ^= 1 + (c % 127);
      lines[at(lines, a)] = { ...line, bytes };
    },
  say:
    ([a = 0, b = 0, c = 0]) =>
    (lines) => {
      const line = lines[at(lines, a)];
      const event = line === undefined ? null : jsonOf(line);
      if (line === undefined || event === null) return;
      const [name, value] = [
        ['time', 8.64e15],
        ['time', 0],
        ['sequence', (event.unmapped['sequence'] as number) + (c % 3) * 1_000_001 + 1],
        ['writer', agents[c % 3]!.name],
        ['kind', ['audit.checkpoint', 'audit.started', 'message.sent'][c % 3]],
        ['previous', 'ab'.repeat(32)],
      ][b % 6]!;
      if (name === 'time') event.time = value as number;
      else event.unmapped[name as string] = value;
      lines[at(lines, a)] = { ...line, bytes: ascii(event) };
    },
  forge:
    ([a = 0, b = 0, c = 0, d = 0]) =>
    (lines, { chains }) => {
      const chain = chains[at(chains, a)]!;
      const sequence = [b % (chain.events.length + 3), 2 ** 40, chain.events.length][c % 3]!;
      const event = {
        time: [chain.timeMs, 8.64e15, 0][d % 3],
        metadata: { uid: `${chain.chain}:${sequence}`, sequence },
        unmapped: {
          ...{ chain: chain.chain, sequence, kind: 'message.sent' },
          writer: d % 5 === 0 ? 'eve' : chain.agent.name,
          previous: (chain.leaves[sequence - 1] ?? Buffer.alloc(32)).toString('hex'),
        },
      };
      lines.splice(at(lines, d), 0, { bytes: ascii(event), partition: d % 3 });
    },
  removeChain:
    ([a = 0, b = 0]) =>
    (lines, { chains }) => {
      const chain = chains[at(chains, a)]!;
      const from = b % 2 === 0 ? 0 : b % chain.events.length;
      const gone = new Set(chain.events.slice(from));
      lines.splice(0, lines.length, ...lines.filter(({ bytes }) => !gone.has(bytes)));
    },
  /** All hashes anew from some event on, with the notes that there were. */
  rewrite:
    ([a = 0, b = 0, c = 0]) =>
    (lines, { chains }) => {
      const chain = chains[at(chains, a)]!;
      const from = b % chain.events.length;
      const anew = chain.forkedAt(from);
      const made = new Map<Buffer, Buffer>();
      for (const old of chain.events.slice(from)) {
        const { unmapped } = jsonOf({ bytes: old, partition: 0 })!;
        const { kind, checkpoint } = unmapped as { kind: string; checkpoint?: string };
        const keeps = checkpoint !== undefined && c % 2 === 0;
        made.set(
          old,
          keeps ? anew.add(kind, { checkpoint }) : anew.add('message.sent', { message_hash: 'f' }),
        );
      }
      for (const [place, line] of lines.entries())
        lines[place] = { ...line, bytes: made.get(line.bytes) ?? line.bytes };
    },
  /** A note of one checkpoint in the event of another. */
  swapNote:
    ([a = 0, b = 0]) =>
    (lines) => {
      const places = [...lines.keys()].filter((place) => lines[place]!.bytes.includes('"audit.checkpoint"'));
      const [one, other] = [places[at(places, a)], places[at(places, b)]];
      if (one === undefined || other === undefined) return;
      const [to, from] = [jsonOf(lines[one]!), jsonOf(lines[other]!)];
      if (to === null || from === null) return;
      to.unmapped['checkpoint'] = from.unmapped['checkpoint'];
      lines[one] = { ...lines[one]!, bytes: ascii(to) };
    },
};

const change = () =>
  fc.tuple(fc.constantFrom(...Object.keys(changes)), numbers()).map(([name, n]) => ({ name, n }));

interface Said {
  readonly wrong: readonly Finding[];
  readonly notes: readonly Finding[];
  readonly chains: ReadonlyMap<string, ChainSummary>;
}

function judge(lines: readonly Line[], options: { readonly untilMs?: number } = {}): Said {
  const all: Finding[] = [];
  const nowMs = Date.UTC(2027, 0, 1);
  const verifier = new AuditVerifier({ trust, nowMs, onFinding: (one) => all.push(one), ...options });
  lines.forEach(({ bytes, partition }, place) => verifier.take(bytes, { partition, offset: `${place}` }));
  const chains = new Map<string, ChainSummary>();
  verifier.end((one) => chains.set(one.chain, one));
  const of = (severity: Finding['severity']) => all.filter((one) => one.severity === severity);
  return { wrong: of('finding'), notes: of('note'), chains };
}

const covers = (notes: readonly Finding[], chain: string, sequence: number, kind: string): boolean =>
  notes.some(
    (one) => one.chain === chain && one.kind === kind && one.first! <= sequence && one.last! >= sequence,
  );

/** What stands in a trail in which nothing was found, against what was written. */
function requireTruth(lines: readonly Line[], world: MadeWorld, said: Said, untilMs = Infinity): void {
  const written = new Map(world.chains.map((chain) => [chain.chain, chain]));
  for (const [name, { first, lastCheckpoint }] of said.chains) {
    const chain = written.get(name);
    const mine = lines.flatMap((line) => {
      const event = jsonOf(line);
      return event?.unmapped['chain'] === name ? [{ ...line, event }] : [];
    });
    const proven = lastCheckpoint ?? -1;
    const there: number[] = [];
    let begun = false;
    let isLate = false;
    for (const { bytes, event } of mine) {
      const sequence = event.unmapped['sequence'] as number;
      const old = chain?.events[sequence];
      const timeMs = old === undefined ? event.time : jsonOf({ bytes: old, partition: 0 })!.time;
      // A chain that begins later is passed over, up to its first event that says otherwise.
      begun ||= event.time < untilMs;
      if (!begun || (timeMs >= untilMs && sequence > proven)) continue;
      const isGenuine = chain?.events[sequence]?.equals(bytes) === true;
      // The last checkpoint’s own bytes are covered by the next one; its note is signed.
      if (sequence < proven) expect({ sequence, isGenuine }).toEqual({ sequence, isGenuine: true });
      else if (!isGenuine && sequence !== proven)
        expect(covers(said.notes, name, sequence, 'unfinished')).toBe(true);
      if (sequence <= proven) there.push(sequence);
      isLate ||= event.time >= untilMs;
      // What comes behind it was not asked for.
      if (isLate && sequence === proven) break;
    }
    // Repeats may go back to before the first that is here; that they go up to the newest is asked below.
    const firsts = [...new Set(there.filter((sequence) => sequence >= first))];
    if (proven >= 0) expect(firsts).toEqual(Array.from({ length: proven - first + 1 }, (_, i) => first + i));
    if (first > 0) expect(covers(said.notes, name, first - 1, 'beginning')).toBe(true);
    if (untilMs === Infinity) requireOwnCopies(there, name, world);
  }
  requireSeen(lines, world, said, untilMs);
}

/** A-8, by its own words: of what was repeated, each run goes up to the newest, or a checkpoint names it. */
function requireOwnCopies(there: readonly number[], name: string, { again }: MadeWorld): void {
  let newest = -1;
  let group: number[] = [];
  const end = (): void => {
    const named = (one: number): boolean =>
      again.some(({ chain, first, last }) => chain === name && first <= one && last >= one);
    const isRepeat = group.at(-1) === newest && group.every((one, i) => i === 0 || one <= group[i - 1]! + 1);
    // Behind the newest that was repeated others may come, late.
    const upTo = group.lastIndexOf(newest) + 1;
    expect(isRepeat || group.slice(upTo).every(named) || group.every(named)).toBe(true);
    group = [];
  };
  for (const sequence of there) {
    if (sequence > newest) {
      if (group.length > 0) end();
      newest = sequence;
    } else group.push(sequence);
  }
  if (group.length > 0) end();
}

/** what a proven checkpoint names is there, as it was. */
function requireSeen(lines: readonly Line[], { chains }: MadeWorld, said: Said, untilMs: number): void {
  const standing = new Set(lines.map(({ bytes }) => bytes.toString('latin1')));
  const byName = new Map(chains.map((chain): [string, MadeChain] => [chain.chain, chain]));
  for (const [name, { first, lastCheckpoint }] of said.chains) {
    const namer = byName.get(name);
    for (const sequence of namer?.checkpoints ?? []) {
      if (sequence < first || sequence > (lastCheckpoint ?? -1)) continue;
      const event = jsonOf({ bytes: namer!.events[sequence]!, partition: 0 })!;
      const text = event.unmapped['checkpoint'] as string;
      for (const [, seen = '', number = ''] of text.matchAll(/^seen (\w+) (\d+)/gm)) {
        const bytes = byName.get(seen)!.events[Number(number)]!;
        const isThere = standing.has(bytes.toString('latin1'));
        // Clocks may differ by half an hour: what was seen so shortly before may say to be of later.
        const isLater = event.time + 30 * 60_000 >= untilMs;
        const isTold =
          covers(said.notes, seen, Number(number), 'lost_end') ||
          covers(said.notes, seen, Number(number), 'beginning');
        expect(isThere || isLater || isTold).toBe(true);
      }
    }
  }
}

const lines = ({ written }: MadeWorld): Line[] =>
  written.map(({ bytes, partition }) => ({ bytes, partition }));

describe('a trail to which any series of things was done', () => {
  it('is told to be wrong, or says nothing that its writers did not', () => {
    fc.assert(
      fc.property(fc.nat(200), fc.array(change(), { minLength: 1, maxLength: 4 }), (seed, series) => {
        const world = madeWorld(agents, seed, 80);
        const changed = lines(world);
        for (const { name, n } of series) changes[name]!(n)(changed, world);
        const said = judge(changed);
        if (said.wrong.length === 0) requireTruth(changed, world, said);
      }),
      { numRuns: 200 },
    );
  });

  it('is told to be wrong, or says nothing that its writers did not, up to a time that is asked for', () => {
    fc.assert(
      fc.property(
        fc.nat(200),
        fc.nat(),
        fc.array(change(), { minLength: 1, maxLength: 3 }),
        (seed, until, series) => {
          const world = madeWorld(agents, seed, 80);
          const untilMs = world.written[until % world.written.length]!.atMs;
          const changed = lines(world);
          for (const { name, n } of series) changes[name]!(n)(changed, world);
          const said = judge(changed, { untilMs });
          if (said.wrong.length === 0) requireTruth(changed, world, said, untilMs);
        },
      ),
      { numRuns: 100 },
    );
  });
});
