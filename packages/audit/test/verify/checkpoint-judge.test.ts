// Each thing that a checkpoint has to be, alone: what makes it no good names itself.
import { describe, expect, it } from '@jest/globals';
import type { Trust } from '../../src/index.js';
import { CheckpointJudge, type CheckpointPlace } from '../../src/verify/checkpoint-judge.js';
import { readEvent } from '../../src/verify/read-event.js';
import { MadeChain, madeAgent, madeNote, treeHead, trustIn, type MadeAgent } from './made-trail.ts';

const [alice, bob] = [madeAgent('alice'), madeAgent('bob')];
const trust = trustIn([alice, bob]);
const atMs = Date.UTC(2026, 0, 1);
const skewMs = 30_000;

const chain = new MadeChain(alice, atMs);
chain.add('message.sent');
const parts = { chain: chain.chain, first: 0, size: 2, root: treeHead(chain.leaves) };

/** @returns why it is not good; `null` where it is */
function why(note: string, place: Partial<CheckpointPlace> = {}, by: Trust = trust): string | null {
  const event = readEvent(chain.made('audit.checkpoint', { checkpoint: note }))!;
  const stands = { sequence: 2, atMs, writers: ['alice'], owner: null, ...place };
  return new CheckpointJudge(by).judge(event, stands).why;
}
const signedBy = (agent: MadeAgent, over: Partial<typeof parts> = {}, name = 'alice') =>
  madeNote(agent, { ...parts, ...over }, name);
const good = signedBy(alice);

describe('A-13: a checkpoint', () => {
  it('is good where everything is', () => {
    expect(why(good)).toBeNull();
    expect(why(good, { owner: 'alice' })).toBeNull();
  });

  it('is of this chain and this place of it', () => {
    const elsewhere = 'Its note is of another chain or another place of it.';
    expect(why(signedBy(alice, { chain: 'ab'.repeat(16) }))).toBe(elsewhere);
    expect(why(signedBy(alice, { size: 3 }))).toBe(elsewhere);
    expect(why(signedBy(alice, { first: 1 }))).toBe(elsewhere);
    expect(why(good, { sequence: 3 })).toBe(elsewhere);
  });

  it('is signed in the name of its event’s writer, by a key of that agent', () => {
    expect(why(signedBy(bob, {}, 'bob'))).toBe('Its note names another writer than its event.');
    expect(why(signedBy(bob))).toBe(`Its key ${bob.keyId} is another agent’s.`);
    const unknown = madeAgent('alice');
    expect(why(signedBy(unknown))).toContain('nobody’s message-signing key');
  });

  it('is of whom the checkpoint before was, and over events of nobody else', () => {
    expect(why(good, { owner: 'bob' })).toContain('another agent’s than that of the checkpoint before');
    expect(why(good, { writers: ['alice', 'bob'] })).toBe('It covers events that name another writer.');
  });

  it('says when it was made, and its key was good then, by clocks that differ by half a minute', () => {
    expect(why(good, { atMs: null })).toBe('It does not say when it was made.');
    const during = (terms: Parameters<typeof trustIn>[1]) => why(good, {}, trustIn([alice], terms));
    expect(during({ notBeforeMs: atMs + skewMs })).toBeNull();
    expect(during({ notBeforeMs: atMs + skewMs + 1 })).toContain('was not valid at its time');
    expect(during({ notAfterMs: atMs - skewMs })).toBeNull();
    expect(during({ notAfterMs: atMs - skewMs - 1 })).toContain('was not valid at its time');
    expect(during({ distrustFromMs: atMs + 1 })).toBeNull();
    expect(during({ distrustFromMs: atMs })).toContain('is distrusted at its time');
  });

  it('A-12: has the hash and the signature of the key that it names', () => {
    const impostor = { ...madeAgent('alice'), keyId: alice.keyId };
    expect(why(signedBy(impostor))).toBe('Its key hash is not that of its key.');
    expect(why(signedBy({ ...impostor, spki: alice.spki }))).toBe('Its signature is not good.');
  });

  it('A-6: of a pseudonym is of whom it was first', () => {
    const pseudonym = `p-${'5a'.repeat(16)}`;
    const judge = new CheckpointJudge(trust);
    const judged = (agent: MadeAgent) => {
      const checkpoint = madeNote(agent, parts, pseudonym);
      const event = { ...readEvent(chain.made('audit.checkpoint', { checkpoint }))!, writer: pseudonym };
      return judge.judge(event, { sequence: 2, atMs, writers: [pseudonym], owner: null }).why;
    };
    expect([judged(alice), judged(alice)]).toEqual([null, null]);
    expect(judged(bob)).toBe(`Its key ${bob.keyId} is another agent’s.`);
  });
});
