// Whatever single bit of an envelope is changed, and wherever it is cut, it is refused: shown on the journey itself, without a broker.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { isRejected, type Judged, type Inlet } from '@sealwire/core';
import type { Sealwire } from 'sealwire';
import { openAs, writePolicy } from '../fixture.ts';

const topic = 'orders';
const key = Buffer.from('key');
const noSink = { write: () => Promise.resolve() };

describe('a sealed message', () => {
  const open: Sealwire[] = [];
  let inlet: Inlet;
  let sealed: Buffer;

  beforeAll(async () => {
    const policy = writePolicy({ channels: { orders: { topics: [topic] } } });
    const [sender, receiver] = [await openAs('orchestrator', policy), await openAs('researcher', policy)];
    open.push(sender, receiver);
    inlet = receiver.inlet('kafka', noSink);
    // Two, so that there is a path in the proof.
    const message = {
      destination: { transport: 'kafka', topic },
      key,
      headers: [],
      partition: 0,
      description: {},
    } as const;
    const payloads = ['{"do":"this"}', '{"do":"that"}'].map((text) => Buffer.from(text));
    const batch = payloads.map((payload) => ({ ...message, payload }));
    sealed = sender.outlet('kafka', noSink).seal(batch)[1]!.value!;
  });
  afterAll(() => Promise.all(open.map((each) => each.close())));

  const judge = (values: readonly Buffer[]): Promise<readonly Judged[]> =>
    inlet.open(
      values.map((value, i) => ({
        source: { transport: 'kafka', topic, partition: 0, offset: String(i) },
        value,
        key,
        headers: [],
        appendedAtMs: null,
        receivedAtMs: Date.now(),
      })),
      null,
    );

  test('is accepted as it is', async () => {
    const [outcome] = await judge([sealed]);
    expect(outcome).toMatchObject({ verified: true, payload: Buffer.from('{"do":"that"}') });
  });

  test('is refused with any single bit flipped, each time with a reason', async () => {
    const flipped = Array.from({ length: sealed.length * 8 }, (_, bit) => {
      const value = Buffer.from(sealed);
      value[bit >> 3]! ^= 1 << (bit & 7);
      return value;
    });
    expect(accepted(await judge(flipped))).toEqual([]);
  });

  test('is refused cut at any length, each time with a reason', async () => {
    const cut = Array.from(sealed.keys(), (length) => sealed.subarray(0, length));
    expect(accepted(await judge(cut))).toEqual([]);
  });

  test('is refused with a byte added at its end', async () => {
    const [outcome] = await judge([Buffer.concat([sealed, Buffer.alloc(1)])]);
    expect(outcome).toMatchObject({ verified: false, code: 'ERR_FORMAT_ENVELOPE' });
  });
});

/** Where a change passed, or was refused for no reason that has a name. */
function accepted(outcomes: readonly Judged[]): number[] {
  return outcomes.flatMap((outcome, i) =>
    !isRejected(outcome) || outcome.code === 'ERR_FORMAT_UNEXPECTED' ? [i] : [],
  );
}
