// Whether events stand in trails that their writers signed: what holds, and each way in which it does not.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { checkEvents, type AuditProof } from '../../src/index.js';
import { namesTwice } from '../../src/proof/names-twice.js';
import {
  agent,
  dayMs,
  messageHash,
  place,
  proofOf,
  receivedChain,
  said,
  searchIn,
  sentChain,
  startMs,
  termsOf,
  type Agent,
} from './proof-world.js';
import { TestChain } from './test-chain.js';

const [alice, bob] = [agent('alice'), agent('bob')];
const terms = termsOf(alice, bob);
const proof = proofOf(searchIn([...sentChain(alice).lines, ...receivedChain(bob).lines], terms).found);

/** The code with which it is refused, or `null`. */
const verdict = (of: AuditProof, by = terms): string | null => {
  try {
    checkEvents(of, by);
    return null;
  } catch (error) {
    return (error as { code: string }).code;
  }
};
const audit = 'ERR_INTEGRITY_AUDIT';
const flipped = (text: string, at: number): string =>
  `${text.slice(0, at)}${String.fromCharCode(text.charCodeAt(at) ^ 1)}${text.slice(at + 1)}`;
const withEvent = (of: AuditProof, at: number, change: object): AuditProof => ({
  ...of,
  events: of.events.map((one, place) => (place === at ? { ...one, ...change } : one)),
});

describe('the events of a proof', () => {
  it('say who wrote them, by whose key', () => {
    expect(checkEvents(proof, terms)).toMatchObject([
      { event: { kind: 'message.sent', writer: 'alice', place }, key: { owner: 'alice' }, pseudonym: false },
      { event: { kind: 'message.received', writer: 'bob' }, key: { owner: 'bob' } },
    ]);
  });

  it('P-5, P-6, P-7: hold no change of a byte in event, path or note', () => {
    const change = fc.record({
      part: fc.constantFrom('event', 'path', 'note'),
      which: fc.nat(1),
      at: fc.nat(),
    });
    fc.assert(
      fc.property(change, ({ part, which, at }) => {
        const { event, path } = proof.events[which]!;
        const { note } = proof.checkpoints[which]!;
        let other: AuditProof;
        if (part === 'event') other = withEvent(proof, which, { event: flipped(event, at % event.length) });
        else if (part === 'path') {
          fc.pre(path.length > 0);
          const bytes = Buffer.from(path);
          bytes[at % bytes.length]! ^= 1;
          other = withEvent(proof, which, { path: bytes });
        } else {
          const checkpoints = proof.checkpoints.map((one, i) =>
            i === which ? { ...one, note: flipped(note, at % note.length) } : one,
          );
          other = { ...proof, checkpoints };
        }
        expect(verdict(other)).not.toBeNull();
      }),
      { numRuns: 600 },
    );
  });

  it.each<[string, Record<string, unknown>]>([
    ['another kind', { kind: 'message.rejected' }],
    ['a claim that nobody verified', { unverified: true }],
    ['another message', { message_hash: 'cd'.repeat(32) }],
    ['no hash', { message_hash: null }],
    ['a time that is none', { timestamp: 'soon' }],
    ['a time that other readers read otherwise', { timestamp: 'Jan 15 2026 12:00' }],
    ['a time without a zone', { timestamp: '2026-01-15T12:00:00.000' }],
    ['a day that there is not', { timestamp: '2026-02-30T12:00:00.000Z' }],
  ])('P-5: are refused with %s, signed as they may be', (_, fields) => {
    const chain = new TestChain(alice.writer, 'a4'.repeat(16), startMs);
    chain.add('message.sent', { ...said, ...fields });
    const event = chain.lines[0]!.toString();
    const checkpoint = JSON.parse(chain.checkpoint().toString()).unmapped.checkpoint as string;
    const made = proofOf([]);
    const covered = {
      ...made,
      events: [{ event, checkpoint: 0, path: Buffer.alloc(0) }],
      checkpoints: [{ atMs: startMs, note: checkpoint }],
    };
    expect(verdict(covered)).toBe(audit);
  });

  it('P-5: are refused where the top says another thing than unmapped', () => {
    const chain = new TestChain(alice.writer, 'a5'.repeat(16), startMs);
    chain.add('message.sent', said);
    // As a writer that lies in one of two places would write and sign it.
    const event = chain.lines[0]!.toString().replace('"recipient_id":"bob"', '"recipient_id":"eve"');
    expect(verdict(signedAs(alice, event))).toBe(audit);
    expect(verdict(signedAs(alice, chain.lines[0]!.toString()))).toBeNull();
  });

  it('P-5: are refused where a member is named twice', () => {
    const chain = new TestChain(alice.writer, 'a5'.repeat(16), startMs);
    const event = chain.add('message.sent', said).toString();
    expect(
      verdict(signedAs(alice, event.replace('"activity_id":1', '"activity_id":1,"activity_id":2'))),
    ).toBe(audit);
    expect(
      verdict(signedAs(alice, event.replace('"outcome":null', '"outcome":"x","\\u006futcome":null'))),
    ).toBe(audit);
  });

  it('names are twice there exactly where two readers could differ', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(namesTwice(JSON.stringify(value))).toBe(false);
        expect(namesTwice(JSON.stringify({ a: value, b: 1 }).replace(/"b":1\}$/, '"a":1}'))).toBe(true);
      }),
    );
  });

  it('P-6: are refused at another place, in another chain, and with a longer path', () => {
    const [sent, received] = proof.events as [AuditProof['events'][0], AuditProof['events'][0]];
    const swapped = {
      ...proof,
      events: [
        { ...sent, checkpoint: 1 },
        { ...received, checkpoint: 0 },
      ],
    };
    expect(verdict(swapped)).toBe(audit);
    expect(verdict(withEvent(proof, 0, { path: Buffer.concat([sent.path, Buffer.alloc(32)]) }))).toBe(audit);
    expect(verdict(withEvent(proof, 0, { path: sent.path.subarray(32) }))).toBe(audit);
  });

  it('P-7, P-8: are refused where another than the writer signed', () => {
    const mallory = agent('mallory');
    const all = termsOf(alice, bob, mallory);
    const chain = new TestChain(alice.writer, 'a6'.repeat(16), startMs);
    const event = chain.add('message.sent', said).toString();
    expect(verdict(signedAs({ ...mallory, writer: { ...mallory.writer, name: 'alice' } }, event), all)).toBe(
      'ERR_KEY_OWNER',
    );
    expect(verdict(signedAs(mallory, event), all)).toBe(audit);
    expect(verdict(signedAs(alice, event), termsOf(bob))).toBe('ERR_KEY_UNKNOWN');
    const stolenId = { ...mallory.writer, name: 'alice', keyId: alice.writer.keyId };
    expect(verdict(signedAs({ ...mallory, writer: stolenId }, event), all)).toBe(audit);
  });

  it.each<[string, Parameters<typeof agent>[1], number, string | null]>([
    ['good', {}, startMs, null],
    ['over', { notAfterMs: startMs + 500 }, startMs + 500, 'ERR_KEY_STATUS'],
    ['good to its last moment', { notAfterMs: startMs + 500 }, startMs + 499, null],
    ['not yet valid', { notBeforeMs: startMs + 30_001 }, startMs, 'ERR_KEY_STATUS'],
    ['valid within the skew', { notBeforeMs: startMs + 30_000 }, startMs, null],
    ['distrusted', { distrustFromMs: startMs + 500 }, startMs + 500, 'ERR_KEY_STATUS'],
    ['distrusted later', { distrustFromMs: startMs + 500 }, startMs + 499, null],
    // Whoever changes the checkpoint’s time, which nobody signed, gains nothing by it.
    [
      'distrusted before the event, as its signed time says',
      { distrustFromMs: startMs },
      startMs - dayMs / 2,
      'ERR_KEY_STATUS',
    ],
  ])('P-8: the key of a checkpoint was %s at its time', (_, times, atMs, code) => {
    const own = agent('alice', times);
    const chain = new TestChain(own.writer, 'a7'.repeat(16), startMs);
    const event = chain.add('message.sent', said).toString();
    expect(verdict(signedAs(own, event, atMs), termsOf(own))).toBe(code);
  });

  it('P-8: a pseudonym is whoever the key belongs to', () => {
    const pseudonym = `p-${'5a'.repeat(16)}`;
    const hidden = { ...alice, writer: { ...alice.writer, name: pseudonym } };
    const chain = new TestChain(hidden.writer, 'a8'.repeat(16), startMs);
    const event = chain.add('message.sent', { ...said, sender_id: pseudonym }).toString();
    expect(checkEvents(signedAs(hidden, event), terms)).toMatchObject([
      { pseudonym: true, key: { owner: 'alice' }, event: { writer: pseudonym } },
    ]);
  });

  it('P-9: are refused where another says to have sent it, twice, or where they contradict each other', () => {
    const byBob = sentChain(bob).lines;
    expect(verdict(proofOf(searchIn(byBob, terms).found))).toBe(audit);
    const twice = new TestChain(alice.writer, 'a9'.repeat(16), startMs);
    twice.add('message.sent', said);
    twice.add('message.sent', said);
    twice.checkpoint();
    expect(verdict(proofOf(searchIn(twice.lines, terms).found))).toBe(audit);
    for (const other of [{ sender_id: 'eve' }, { channel: 'x' }, { message_type: 'x' }]) {
      const lines = [...sentChain(alice).lines, ...receivedChain(bob, other).lines];
      expect(verdict(proofOf(searchIn(lines, terms).found))).toBe(audit);
    }
  });

  it('P-9: are refused where two contradict each other beside one whose texts were cut', () => {
    const carol = agent('carol');
    const all = termsOf(alice, bob, carol);
    const chainOf = (of: Agent, at: string, fields: object) => {
      const chain = new TestChain(of.writer, at.repeat(16), startMs);
      chain.add('message.received', { ...said, ...fields });
      chain.checkpoint();
      return chain.lines;
    };
    const provenBy = (fields: object) =>
      proofOf(
        searchIn(
          [
            ...sentChain(alice, 3, 2, { cut: true, message_type: 'ta\u2026' }).lines,
            ...chainOf(bob, 'b1', {}),
            ...chainOf(carol, 'c1', fields),
          ],
          all,
        ).found,
      );
    expect(verdict(provenBy({}), all)).toBeNull();
    for (const other of [{ sender_id: 'eve' }, { channel: 'x' }, { message_type: 'x' }])
      expect(verdict(provenBy(other), all)).toBe(audit);
  });

  it('P-3: are refused where one is there twice', () => {
    const [sent] = proof.events;
    const second = proof.events[1]!;
    expect(verdict({ ...proof, events: [sent!, second, second] })).toBe(audit);
  });
});

/** A proof of an event that is alone in its tree, whatever it says. */
function signedAs({ writer }: Agent, event: string, atMs = startMs): AuditProof {
  const chain = new TestChain(
    writer,
    (JSON.parse(event) as { unmapped: { chain: string } }).unmapped.chain,
    startMs,
  );
  chain.take(Buffer.from(event));
  const note = (JSON.parse(chain.checkpoint().toString()) as { unmapped: { checkpoint: string } }).unmapped
    .checkpoint;
  return {
    ...proofOf([]),
    messageHash: Buffer.from(messageHash, 'hex'),
    events: [{ event, checkpoint: 0, path: Buffer.alloc(0) }],
    checkpoints: [{ atMs, note }],
  };
}
