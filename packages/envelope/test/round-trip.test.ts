import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { nodePrimitives, noblePrimitives } from '@sealwire/crypto';
import type { Outgoing, Rejected, Verified } from '@sealwire/core';
import { opener, outgoing, receivedFrom, sealer, world } from './world.js';

const buffer = (max: number) => fc.uint8Array({ maxLength: max }).map((bytes) => Buffer.from(bytes));

const message: fc.Arbitrary<Outgoing> = fc
  .record({
    payload: buffer(3_000),
    key: fc.option(buffer(40)),
    partition: fc.integer({ min: 0, max: 5 }),
    headers: fc.uniqueArray(
      fc.record({
        name: fc.oneof(
          fc.constant('content-type'),
          fc.constant('__proto__'),
          fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme' }),
        ),
        values: fc.array(buffer(20), { minLength: 1, maxLength: 3 }),
      }),
      { selector: ({ name }) => name, maxLength: 4 },
    ),
    ids: fc.boolean(),
  })
  .map(({ ids, ...rest }) =>
    outgoing({
      ...rest,
      description: ids ? { correlationId: Buffer.alloc(16, 1), causationId: Buffer.alloc(16, 2) } : {},
    }),
  );

const byName = (a: { name: string }, b: { name: string }) =>
  Buffer.compare(Buffer.from(a.name), Buffer.from(b.name));

describe('a sealed message', () => {
  it.each([
    ['node', 'node'],
    ['node', 'noble'],
    ['noble', 'node'],
  ])('sealed by %s opens by %s as it was', async (from, to) => {
    const provider = { node: nodePrimitives, noble: noblePrimitives } as Record<
      string,
      typeof nodePrimitives
    >;
    const seal = sealer(world(provider[from]));
    const open = opener(world(provider[to]));
    await fc.assert(
      fc.asyncProperty(fc.array(message, { minLength: 1, maxLength: 20 }), async (batch) => {
        const sealed = seal(batch);
        const outcomes = await open(
          sealed.map((record, index) =>
            receivedFrom(record, {
              source: {
                transport: 'kafka',
                topic: 'tasks',
                partition: batch[index]!.partition!,
                offset: '1',
              },
            }),
          ),
        );
        outcomes.forEach((outcome, index) => {
          const sent = batch[index]!;
          const got = outcome as Verified;
          expect((outcome as unknown as Rejected).code).toBeUndefined();
          expect(got.payload).toEqual(sent.payload);
          const headers = sent.headers.filter(({ name }) => !['traceparent', 'tracestate'].includes(name));
          expect([...got.headers].sort(byName)).toEqual([...headers].sort(byName));
          expect(got.facts).toMatchObject({
            sender: 'alice',
            recipients: ['team'],
            channel: 'tasks',
            type: 'task.request',
          });
          expect(got.facts.messageHash).toEqual(sealed[index]!.facts.messageHash);
          expect(got.facts.nonce).toEqual(sealed[index]!.facts.nonce);
          expect(got.facts.correlationId).toEqual(sent.description.correlationId ?? null);
        });
      }),
      { numRuns: from === 'node' && to === 'node' ? 150 : 8 },
    );
  });

  it('opens alone and in any order, however the batch was laid out', async () => {
    const w = world();
    const batch = Array.from({ length: 300 }, (_, index) =>
      outgoing({ partition: index % 7 === 0 ? index % 40 : index % 3 }),
    );
    const records = sealer(w)(batch).map((sealed, index) =>
      receivedFrom(sealed, {
        source: {
          transport: 'kafka',
          topic: 'tasks',
          partition: batch[index]!.partition!,
          offset: `${index}`,
        },
      }),
    );
    const shuffled = [...records].sort(() => Math.random() - 0.5);
    const open = opener(w);
    for (const record of shuffled) expect((await open([record]))[0]!.verified).toBe(true);
    for (const record of shuffled.slice(0, 20)) expect((await opener(w)([record]))[0]!.verified).toBe(true);
  });

  it('keeps a tombstone null and signed', async () => {
    const w = world();
    const [sealed] = sealer(w)([outgoing({ payload: null })]);
    expect(sealed!.value).toBeNull();
    expect(sealed!.headers.map(({ name }) => name)).toEqual(['sealwire']);
    const [opened] = await opener(w)([receivedFrom(sealed!)]);
    expect(opened).toMatchObject({ verified: true, payload: null });
  });

  it('tells an empty payload from none', async () => {
    const w = world();
    const [sealed] = sealer(w)([outgoing({ payload: Buffer.alloc(0) })]);
    const [opened] = await opener(w)([receivedFrom(sealed!)]);
    expect((opened as Verified).payload).toEqual(Buffer.alloc(0));
  });

  it('shows nothing of payload and headers on the wire', () => {
    const secret = 'a-secret-that-must-not-be-seen';
    const [sealed] = sealer(world())([
      outgoing({ payload: Buffer.from(secret), headers: [{ name: secret, values: [Buffer.from(secret)] }] }),
    ]);
    expect(sealed!.value!.includes(secret)).toBe(false);
    expect(sealed!.headers).toEqual([]);
  });

  it('leaves the caller’s objects as they were', () => {
    const given = outgoing({ headers: [{ name: 'h', values: [Buffer.from('v')] }] });
    const before = JSON.stringify(given);
    sealer(world())([given]);
    expect(JSON.stringify(given)).toBe(before);
  });

  it('[E-15] never uses a nonce twice, nor a position twice with one salt, also when a batch fails', () => {
    const seal = sealer(world(), { maxMessageBytes: 2_000 });
    const nonces = new Set<string>();
    let made = 0;
    for (let round = 0; round < 20; round++) {
      expect(() => seal([outgoing(), outgoing({ payload: Buffer.alloc(4_000) })])).toThrow(
        'limits.max_message',
      );
      for (const sealed of seal([outgoing(), outgoing({ partition: 1 }), outgoing()])) {
        nonces.add(sealed.facts.nonce.toString('hex'));
        made++;
      }
    }
    expect(nonces.size).toBe(made);
  });
});
