// Signing with keys that change and with stores that answer later.
import { describe, expect, it } from '@jest/globals';
import { InabilityError, type Directory, type KeyStore, type PublicKey, type Signer } from '@sealwire/core';
import { keyId } from '@sealwire/crypto';
import { opener, outboundJourney, outgoing, receivedFrom, world } from './world.js';

/** Alice with two signing keys, of which a test chooses; both are in the directory. */
function rotating() {
  const w = world();
  const next = w.primitives.signingKey(Buffer.alloc(32, 0x33));
  const nextKey: PublicKey = {
    ...w.aliceKey,
    keyId: keyId('message-signing', 1, next.publicKey),
    publicKey: next.publicKey,
  };
  const signers: Signer[] = [w.alice.signer, { keyId: nextKey.keyId, sign: (message) => next.sign(message) }];
  const good = new Set(signers);
  let current = 0;
  const directory: Directory = {
    ...w.directory,
    signingKey: (id) => (id === nextKey.keyId.toString('latin1') ? nextKey : w.directory.signingKey(id)),
  };
  const alice: KeyStore = {
    ...w.alice,
    get signer() {
      return signers[current]!;
    },
    signerOf: (id) => signers.find((each) => good.has(each) && each.keyId.toString('latin1') === id) ?? null,
  };
  const rotated = { ...w, directory, alice };
  return {
    w: rotated,
    journey: outboundJourney(rotated),
    rotate: () => (current = 1),
    lose: () => good.delete(signers[0]!),
  };
}

/** Alice with a store that answers when it is told to, in the order that it is told. */
function slow() {
  const w = world();
  const waiting: { answer(): void; fail(error: unknown): void }[] = [];
  const signer: Signer = {
    keyId: w.alice.signer.keyId,
    sign: (message) =>
      new Promise((resolve, reject) =>
        waiting.push({ answer: () => resolve(w.alice.signer.sign(message)), fail: reject }),
      ),
  };
  const alice: KeyStore = { ...w.alice, synchronous: false, signer, signerOf: () => signer };
  return { w, journey: outboundJourney({ ...w, alice }), waiting };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('a rotation between begin and finish', () => {
  it('leaves every message to the key that it began with, and all of them open', async () => {
    const { w, journey, rotate } = rotating();
    const before = journey.begin([outgoing(), outgoing()]);
    rotate();
    const after = journey.begin([outgoing(), outgoing()]);
    const sealed = journey.finish([...before, ...after]);
    const keys = sealed.map(({ facts }) => facts.senderKeyId.toString('hex'));
    expect(keys[0]).toBe(keys[1]);
    expect(keys[2]).toBe(keys[3]);
    expect(keys[0]).not.toBe(keys[2]);
    const opened = await opener(w)(sealed.map((each) => receivedFrom(each)));
    expect(opened.map(({ verified }) => verified)).toEqual([true, true, true, true]);
  });

  it('sends nothing when that key is no longer good', () => {
    const { journey, rotate, lose } = rotating();
    const begun = journey.begin([outgoing()]);
    rotate();
    lose();
    expect(() => journey.finish(begun)).toThrow(expect.objectContaining({ code: 'ERR_KEY_MISSING' }));
    expect(journey.finish(journey.begin([outgoing()]))).toHaveLength(1);
  });
});

describe('a key store that answers later', () => {
  it('is refused by the synchronous half, before it is asked', () => {
    const { journey, waiting } = slow();
    expect(() => journey.finish(journey.begin([outgoing()]))).toThrow(
      expect.objectContaining({ code: 'ERR_USAGE_KEY_STORE' }),
    );
    expect(waiting).toHaveLength(0);
  });

  it('is asked once a tree, and what it signed opens', async () => {
    const { w, journey, waiting } = slow();
    const batch = Array.from({ length: 64 }, () => outgoing());
    const finished = journey.finishLater(journey.begin(batch));
    expect(waiting).toHaveLength(1);
    waiting[0]!.answer();
    const opened = await opener(w)((await finished).map((each) => receivedFrom(each)));
    expect(opened.every(({ verified }) => verified)).toBe(true);
  });

  it('is asked once for 64 messages of six partitions, where a fast one signs each partition’s share', async () => {
    const { w, journey, waiting } = slow();
    const batch = Array.from({ length: 64 }, (_, i) => outgoing({ partition: i % 6 }));
    const finished = journey.finishLater(journey.begin(batch));
    expect(waiting).toHaveLength(1);
    waiting[0]!.answer();
    const fast = world();
    const atOnce = outboundJourney(fast);
    for (const [from, sealed, trees] of [
      [w, await finished, 1],
      [fast, atOnce.finish(atOnce.begin(batch)), 6],
    ] as const) {
      expect(new Set(sealed.map(({ value }) => value!.subarray(-64).toString('hex'))).size).toBe(trees);
      const source = { transport: 'kafka', topic: 'tasks', offset: '0' } as const;
      const received = sealed.map((each, i) =>
        receivedFrom(each, { source: { ...source, partition: i % 6 } }),
      );
      const opened = await opener(from)(received);
      expect(opened.every(({ verified }) => verified)).toBe(true);
    }
  });

  it('may answer in any order: batches come out as they went in', async () => {
    const { journey, waiting } = slow();
    const order: number[] = [];
    const both = [1, 2].map(async (number) => {
      await journey.finishLater(journey.begin([outgoing()]));
      order.push(number);
    });
    expect(waiting).toHaveLength(2);
    waiting[1]!.answer();
    await settled();
    expect(order).toEqual([]);
    waiting[0]!.answer();
    await Promise.all(both);
    expect(order).toEqual([1, 2]);
  });

  it('gives nothing away where it fails, whatever it throws, and the next batch is not held up', async () => {
    const { journey, waiting } = slow();
    const [first, second, third] = [1, 2, 3].map(() => journey.finishLater(journey.begin([outgoing()])));
    const away = new InabilityError('ERR_UNABLE_KEY_STORE', 'away');
    waiting[0]!.fail(away);
    waiting[1]!.fail(new Error('pin 1234'));
    waiting[2]!.answer();
    await expect(first).rejects.toBe(away);
    await expect(second).rejects.toMatchObject({
      code: 'ERR_UNABLE_KEY_STORE',
      message: expect.not.stringContaining('1234'),
    });
    expect(await third).toHaveLength(1);
  });

  it('whose answer is no signature is inability', async () => {
    const w = world();
    const signer: Signer = { keyId: w.alice.signer.keyId, sign: () => Promise.resolve(Buffer.alloc(70)) };
    const alice: KeyStore = { ...w.alice, synchronous: false, signer, signerOf: () => signer };
    const journey = outboundJourney({ ...w, alice });
    await expect(journey.finishLater(journey.begin([outgoing()]))).rejects.toMatchObject({
      code: 'ERR_UNABLE_KEY_STORE',
    });
  });
});
