// The ledger against one that keeps every nonce and every offset.
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { judge, ledger, type Arrival, type Verdict } from './arrivals.js';

/** Takes a nonce that it has not taken at a lower offset. */
class Oracle {
  #taken = new Map<number, string>();

  judge(batch: readonly Arrival[], rejects: (arrival: Arrival) => boolean): boolean[] {
    const first = batch[0]!.offset;
    for (const offset of [...this.#taken.keys()]) if (offset >= first) this.#taken.delete(offset);
    const results = batch.map((each) => {
      const { sender, instance, stream, sequence } = each;
      const nonce = [sender, instance, stream, sequence].join();
      if ([...this.#taken.values()].includes(nonce)) return false;
      this.#taken.set(each.offset, nonce);
      return true;
    });
    for (const each of batch) if (rejects(each)) this.#taken.delete(each.offset);
    return results;
  }
}

const nonce = fc.record({
  sender: fc.constantFrom('alice', 'bob'),
  instance: fc.nat(1),
  stream: fc.nat(1),
  sequence: fc.oneof(fc.nat(12), fc.constantFrom(1_000, 1_001, 2 ** 53 - 2)),
});
const log = fc.array(nonce, { minLength: 1, maxLength: 60 });
/** Read some more; move back by some; commit, and perhaps go on in another process. */
const step = fc.oneof(
  fc.record({
    kind: fc.constant('read' as const),
    count: fc.integer({ min: 1, max: 12 }),
    rejected: fc.nat(15),
  }),
  fc.record({ kind: fc.constant('back' as const), count: fc.nat(10) }),
  fc.record({ kind: fc.constant('commit' as const), count: fc.nat(4), moves: fc.boolean() }),
);

describe('a ledger', () => {
  it('[R-1] [R-3] [R-5] [R-10] accepts exactly what one that keeps everything accepts, over moves back, commits and restarts', () => {
    const property = fc.property(log, fc.array(step, { maxLength: 40 }), (nonces, steps) => {
      const oracle = new Oracle();
      let memory = ledger();
      let position = 0;
      let committed = 0;
      for (const each of steps) {
        if (each.kind === 'read') {
          const batch = nonces
            .slice(position, position + each.count)
            .map((one, i): Arrival => ({ ...one, offset: position + i }));
          if (batch.length === 0) continue;
          const rejects = ({ offset }: Arrival): boolean => offset % 16 === each.rejected;
          const isAccepted = (verdict: Verdict): boolean => verdict === 'accepted';
          expect(judge(memory, batch, rejects).map(isAccepted)).toEqual(oracle.judge(batch, rejects));
          position += batch.length;
        } else if (each.kind === 'back') position = Math.max(committed, position - each.count);
        else {
          // Not what is read, but what is handled: that may be less.
          const offset = Math.max(committed, position - each.count);
          const metadata = memory.metadataAt(offset);
          committed = offset;
          if (each.moves) {
            memory = ledger();
            expect(memory.load(offset, metadata)).toBe('state');
            position = offset;
          } else memory.committed(offset);
        }
      }
    });
    fc.assert(property, { numRuns: 2000 });
  });

  it('[R-5] [R-12] is the same after its state was written and read, however its gaps lie', () => {
    const sequences = fc.uniqueArray(fc.oneof(fc.nat(200), fc.nat(2 ** 53 - 2)), {
      minLength: 1,
      maxLength: 80,
    });
    const property = fc.property(sequences, (order) => {
      const memory = ledger();
      judge(
        memory,
        order.map((sequence, offset) => ({ sequence, offset })),
      );
      const end = order.length;
      const metadata = memory.metadataAt(end);
      const loaded = ledger();
      if (loaded.load(end, metadata) !== 'state') return;
      expect(loaded.metadataAt(end)).toBe(metadata);
      const probes = [...order, ...order.map((each) => each + 1)].map((sequence, i) => ({
        sequence,
        offset: end + i,
      }));
      expect(judge(loaded, probes)).toEqual(judge(memory, probes));
    });
    fc.assert(property, { numRuns: 500 });
  });
});
