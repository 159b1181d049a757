// What is found of one message in a trail that others write to, and that retention eats.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { checkEvents } from '../../src/index.js';
import {
  agent,
  messageHash,
  proofOf,
  receivedChain,
  said,
  searchIn,
  sentChain,
  startMs,
  termsOf,
} from './proof-world.js';
import { TestChain } from './test-chain.js';

const [alice, bob, mallory] = [agent('alice'), agent('bob'), agent('mallory')];
const terms = termsOf(alice, bob, mallory);
const sent = sentChain(alice).lines;
const received = receivedChain(bob).lines;
const kinds = (lines: readonly Buffer[]) => searchIn(lines, terms).found.map(({ event }) => event.kind);

describe('the search for the events of a message', () => {
  it('finds both ends, whose proofs hold, wherever in its tree an event stands', () => {
    const at = fc.record({ before: fc.integer({ min: 1, max: 40 }), after: fc.integer({ min: 0, max: 40 }) });
    fc.assert(
      fc.property(at, ({ before, after }) => {
        const { found } = searchIn([...received, ...sentChain(alice, before, after).lines], terms);
        expect(checkEvents(proofOf(found), terms).map(({ event, key }) => [event.kind, key.owner])).toEqual([
          ['message.received', 'bob'],
          ['message.sent', 'alice'],
        ]);
      }),
      { numRuns: 60 },
    );
  });

  it('takes what was written twice after a crash for the same', () => {
    const again = [...sent.slice(0, 5), ...sent.slice(2), ...sent.slice(4)];
    expect(kinds(again)).toEqual(['message.sent']);
    const checkpointAgain = [...sent, ...sent.slice(4), ...sent];
    expect(kinds(checkpointAgain)).toEqual(['message.sent']);
  });

  it('is not led astray by what others put between', () => {
    const forged = new TestChain({ ...mallory.writer, name: 'alice' }, 'a1'.repeat(16), startMs);
    for (let i = 0; i < 4; i++) forged.add('connection.opened');
    forged.add('message.sent', { ...said, channel: 'other' });
    forged.checkpoint();
    // Mallory’s own checkpoint over Alice’s chain, under her own name and good in itself.
    const own = new TestChain(mallory.writer, 'a1'.repeat(16), startMs);
    for (let i = 0; i < 5; i++) own.add('connection.opened');
    own.checkpoint();
    const junk = [
      Buffer.from('{}'),
      Buffer.from('junk'),
      Buffer.from('null'),
      Buffer.from('{"unmapped":[]}'),
    ];
    const places = fc.array(
      fc.tuple(fc.constantFrom(...forged.lines, ...own.lines, ...junk), fc.nat(sent.length)),
    );
    fc.assert(
      fc.property(places, (added) => {
        const lines = sent.flatMap((line, at) => [
          ...added.filter(([, to]) => to === at).map(([one]) => one),
          line,
        ]);
        const { found } = searchIn(lines, terms);
        const alices = found.filter(({ event }) => event.writer === 'alice');
        expect(checkEvents(proofOf(alices), terms)).toHaveLength(1);
      }),
    );
  });

  it('a copy of an older checkpoint does not make it forget what came after', () => {
    const chain = new TestChain(alice.writer, 'a2'.repeat(16), startMs);
    chain.add('audit.started');
    const old = chain.checkpoint();
    chain.add('message.sent', said);
    chain.add('connection.closed');
    chain.checkpoint();
    const [started, , message, closed, last] = chain.lines as [Buffer, Buffer, Buffer, Buffer, Buffer];
    expect(kinds([started, old, message, old, closed, old, last])).toEqual(['message.sent']);
  });

  it('tells what no checkpoint covers yet, and what its checkpoint covers and is not there', () => {
    const tail = searchIn(sent.slice(0, -1), terms);
    expect(tail.found).toEqual([]);
    expect(tail.uncovered).toMatchObject([{ because: 'no-checkpoint', event: { kind: 'message.sent' } }]);
    const cut = searchIn(sent.slice(1), terms);
    expect(cut.uncovered).toMatchObject([{ because: 'incomplete' }]);
    expect(cut.found).toEqual([]);
  });

  it('takes no checkpoint that another signed, nor one of a key that was over', () => {
    const expired = agent('alice', { notAfterMs: startMs });
    expect(searchIn(sentChain(expired).lines, termsOf(expired)).found).toEqual([]);
    const chain = new TestChain(alice.writer, 'a3'.repeat(16), startMs);
    chain.add('message.sent', said);
    chain.checkpoint(mallory.writer);
    expect(kinds(chain.lines)).toEqual([]);
  });

  it('finds nothing of a message that is not there', () => {
    const search = searchIn([...sent, ...received], terms, messageHash.replace('a', 'c'));
    expect([search.found, search.uncovered]).toEqual([[], []]);
    expect(search.taken).toBe(sent.length + received.length);
  });

  it('keeps to bounded memory, however many chains begin and never end', () => {
    const line = (chain: number, sequence: number) =>
      Buffer.from(
        JSON.stringify({
          unmapped: {
            kind: 'x',
            chain: chain.toString(16).padStart(32, '0'),
            sequence,
            previous: '0'.repeat(64),
            writer: 'w',
          },
        }),
      );
    const search = searchIn([], terms);
    const before = process.memoryUsage().arrayBuffers;
    for (let i = 0; i < 150_000; i++) search.take(line(i, 0));
    // A chain that never has a checkpoint keeps a window of hashes.
    for (let i = 0; i < 100_000; i++) search.take(line(0, i));
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(256 * 1024 * 1024);
    for (const one of sent) search.take(one);
    expect(search.found).toHaveLength(1);
  });
});
