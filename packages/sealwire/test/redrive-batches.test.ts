// What a carrier carries counts for what lies behind it, within a batch and after the memory was rebuilt.
import { describe, expect, it } from '@jest/globals';
import { isRejected, type Received } from '@sealwire/core';
import { PartitionLedger } from '@sealwire/replay';
import { as, dayMs, offset, quarantined, redriven, sent, startMs, type Setting } from './redrive-world.js';

/** While a copy of the original would be fresh still. */
const soon: Setting = { nowMs: startMs + 1000 };

const memory = (): PartitionLedger =>
  new PartitionLedger({
    place: { cluster: 'c', group: 'workers', topic: 'tasks', partition: 3 },
    key: Buffer.alloc(32),
    maxAgeMs: dayMs,
    skewMs: 30_000,
    retryWindowMs: 300_000,
  });

const at = (record: Received, number: number): Received => ({ ...record, ...offset(`${number}`) });

async function records(): Promise<{ readonly carrier: Received; readonly copy: Received }> {
  const original = sent();
  const carrier = await redriven(await quarantined(original, { senders: [] }), soon);
  const appendedAtMs = startMs + 1000;
  return {
    carrier: { ...carrier, appendedAtMs },
    copy: { ...original, receivedAtMs: appendedAtMs, appendedAtMs },
  };
}

async function codes(ledger: PartitionLedger, batch: readonly Received[]): Promise<string[]> {
  const outcomes = await as('bob', soon).inlet.open(batch, ledger);
  return outcomes.map((one) => (isRejected(one) ? one.code : 'verified'));
}

describe('[Q-9] the message in a carrier', () => {
  it('counts for a copy behind it in the batch, and a copy before it for the message', async () => {
    const { carrier, copy } = await records();
    expect(await codes(memory(), [at(carrier, 20), at(copy, 21)])).toEqual([
      'verified',
      'ERR_POLICY_DUPLICATE',
    ]);
    expect(await codes(memory(), [at(copy, 20), at(carrier, 21), at(copy, 22)])).toEqual([
      'verified',
      'ERR_POLICY_REPLAY',
      'ERR_POLICY_DUPLICATE',
    ]);
  });

  it('is known to a memory that was rebuilt from the log', async () => {
    const { carrier, copy } = await records();
    const rebuilt = memory();
    rebuilt.startAt(20);
    await as('bob', soon).inlet.revisit([at(carrier, 20)], rebuilt);
    expect(await codes(rebuilt, [at(copy, 21)])).toEqual(['ERR_POLICY_DUPLICATE']);
  });
});
