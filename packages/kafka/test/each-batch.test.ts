// The order “handler, audit safe, commit” for whole batches, and kafkajs’ rules of resolving.
import { describe, expect, test } from '@jest/globals';
import type { EachBatchPayload, KafkaMessage } from 'kafkajs';
import { ActiveRuns } from '../src/active-runs.js';
import { EachBatch } from '../src/each-batch.js';
import { Pauses } from '../src/pauses.js';
import { bench, record, type Bench } from './doubles.js';

async function start(
  on: Bench,
  handler: (payload: EachBatchPayload) => Promise<void> | void,
  autoResolve = true,
): Promise<void> {
  const runs = new ActiveRuns();
  runs.add(on.run);
  const eachBatch = async (payload: EachBatchPayload): Promise<void> => {
    on.events.push(`handle ${payload.batch.messages.map(({ offset }) => offset).join(',')}`);
    await handler(payload);
  };
  const pauses = new Pauses(() => []);
  await new EachBatch(on.run, { handler: eachBatch, autoResolve, commits: on.commits, pauses, runs }).start();
}

describe('eachBatch', () => {
  test('resolves the whole batch when the handler returns', async () => {
    const on = bench([record(0, 'a'), record(1, 'bad'), record(2, 'b'), record(3, 'bad')]);
    await start(on, () => undefined);
    expect(on.events).toEqual([
      'handle 0,2',
      'quarantine 1,3',
      'conclude 0,1:quarantined,2,3:quarantined',
      'resolve 3',
      'commit 4',
    ]);
  });

  test('shows plaintext that is admitted in its place', async () => {
    const on = bench([record(0, 'plain'), record(1, 'bad'), record(2, 'a'), record(3, 'plain')]);
    await start(on, () => undefined);
    expect(on.events).toEqual([
      'handle 0,2,3',
      'quarantine 1',
      'conclude 0,1:quarantined,2,3',
      'resolve 3',
      'commit 4',
    ]);
  });

  test('resolves only what the handler resolved where auto-resolve is off', async () => {
    const on = bench([record(0, 'bad'), record(1, 'a'), record(2, 'bad'), record(3, 'b'), record(4, 'bad')]);
    await start(on, ({ resolveOffset }) => resolveOffset('1'), false);
    expect(on.events).toEqual([
      'handle 1,3',
      'quarantine 0',
      'conclude 0:quarantined,1',
      'resolve 1',
      'commit 2',
    ]);
    const none = bench([record(0, 'a')]);
    await start(none, () => undefined, false);
    expect(none.events).toEqual(['handle 0', 'commit ']);
  });

  test('takes the last shown offset for the end of the batch, rejected and control records included', async () => {
    const control = record(4, null, { isControlRecord: true });
    for (const last of ['1', '4']) {
      const on = bench([record(0, 'a'), record(1, 'b'), record(2, 'bad'), record(3, 'bad'), control]);
      await start(on, ({ resolveOffset }) => resolveOffset(last), false);
      expect(on.events.slice(1)).toEqual([
        'quarantine 2,3',
        'conclude 0,1,2:quarantined,3:quarantined',
        'resolve 4',
        'commit 5',
      ]);
    }
  });

  test('does not tell kafkajs of a resolved offset before it is audited, but tells the handler', async () => {
    const on = bench([record(0, 'a'), record(1, 'b')]);
    await start(
      on,
      ({ resolveOffset, uncommittedOffsets }) => {
        resolveOffset('0');
        expect(uncommittedOffsets().topics).toEqual([
          { topic: 't', partitions: [{ partition: 0, offset: '1' }] },
        ]);
        resolveOffset('1');
        expect(uncommittedOffsets().topics[0]!.partitions).toEqual([{ partition: 0, offset: '2' }]);
        expect(on.events).toEqual(['handle 0,1']);
      },
      false,
    );
    expect(on.events.slice(1)).toEqual(['conclude 0,1', 'resolve 1', 'commit 2']);
  });

  test('audits before an explicit commit, and only what lies before its offset', async () => {
    const on = bench([record(0, 'a'), record(1, 'bad'), record(2, 'b')], { autoCommit: false });
    const offsets = { topics: [{ topic: 't', partitions: [{ partition: 0, offset: '2' }] }] };
    await start(on, ({ commitOffsetsIfNecessary }) => commitOffsetsIfNecessary(offsets), false);
    expect(on.events).toEqual(['handle 0,2', 'quarantine 1', 'conclude 0,1:quarantined', 'commit 2']);
  });

  test('commits on demand only when threshold or interval asks for it', async () => {
    const on = bench([record(0, 'a'), record(1, 'b')], { autoCommitThreshold: 2 });
    await start(
      on,
      async ({ resolveOffset, commitOffsetsIfNecessary }) => {
        resolveOffset('0');
        await commitOffsetsIfNecessary();
        expect(on.events).toEqual(['handle 0,1']);
        resolveOffset('1');
        await commitOffsetsIfNecessary();
      },
      false,
    );
    expect(on.events.slice(1, 4)).toEqual(['conclude 0,1', 'resolve 1', 'commit 2']);
  });

  test('commits what was resolved before a handler’s error, then throws it unchanged', async () => {
    const on = bench([record(0, 'a'), record(1, 'b')]);
    const failure = new TypeError('the handler’s own');
    const running = start(on, ({ resolveOffset }) => {
      resolveOffset('0');
      throw failure;
    });
    await expect(running).rejects.toBe(failure);
    expect(on.events.slice(1)).toEqual(['conclude 0', 'resolve 0', 'commit 1']);
  });

  test('shows nothing from a halting record on, and pauses once all before it is resolved', async () => {
    const on = bench([record(0, 'a'), record(1, 'bad'), record(2, 'b')], { onReject: 'halt' });
    await start(on, ({ resolveOffset }) => resolveOffset('0'), false);
    const events = ['handle 0', 'conclude 0', 'resolve 0', 'commit 1', 'pause', 'conclude 1:halted'];
    expect(on.events).toEqual(events);
    const open = bench([record(0, 'a'), record(1, 'bad')], { onReject: 'halt' });
    await start(open, () => undefined, false);
    expect(open.paused).toBe(false);
  });

  test('does not call the handler for nothing, nor when the records are not wanted any more', async () => {
    const rejected = bench([record(0, 'bad')]);
    await start(rejected, () => undefined);
    expect(rejected.events).toEqual(['quarantine 0', 'conclude 0:quarantined', 'resolve 0', 'commit 1']);
    const stale = bench([record(0, 'a')]);
    stale.stale = true;
    await start(stale, () => undefined);
    expect(stale.events).toEqual([]);
  });

  test('resolves also what a handler resolves after it has returned', async () => {
    const on = bench([record(0, 'a')]);
    let later: ((offset: string) => void) | null = null;
    await start(
      on,
      ({ resolveOffset }) => {
        later = resolveOffset;
      },
      false,
    );
    (later as unknown as (offset: string) => void)('0');
    await on.run.settle(1);
    await Promise.resolve();
    expect(on.events.slice(-2)).toEqual(['conclude 0', 'resolve 0']);
  });

  test('gives a batch that works like kafkajs’ and leads to no unopened record', async () => {
    const raw: KafkaMessage[] = [record(0, 'bad'), record(1, 'a'), record(2, 'bad')];
    const on = bench(raw);
    const original = on.payload.batch;
    await start(on, ({ batch }) => {
      expect(batch).not.toBe(original);
      expect(batch.constructor).toBe(original.constructor);
      expect(batch.isEmpty()).toBe(false);
      const methods = ['firstOffset', 'lastOffset', 'offsetLag', 'offsetLagLow'] as const;
      for (const name of methods) expect(batch[name]()).toBe(original[name]());
      expect({ ...batch }).toMatchObject({ topic: 't', partition: 0, highWatermark: '1000' });
      for (const list of Object.values(batch).filter(Array.isArray)) {
        expect(list.map(({ value }: KafkaMessage) => value!.toString())).toEqual(['open a']);
      }
      const reachable = new Set<unknown>();
      const walk = (value: unknown): void => {
        if (typeof value !== 'object' || value === null || reachable.has(value)) return;
        reachable.add(value);
        walk(Object.getPrototypeOf(value));
        for (const name of Reflect.ownKeys(value)) walk(Reflect.getOwnPropertyDescriptor(value, name)!.value);
      };
      walk(batch);
      for (const message of raw) expect(reachable.has(message)).toBe(false);
    });
  });
});
