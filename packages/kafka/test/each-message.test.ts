// The order “handler, audit safe, commit” message by message, and what must not break it.
import { describe, expect, test } from '@jest/globals';
import { InabilityError, origin } from '@sealwire/core';
import type { EachMessagePayload } from 'kafkajs';
import { sliceRecords } from '../src/batch-run.js';
import { EachMessage } from '../src/each-message.js';
import { Pauses } from '../src/pauses.js';
import { bench, record, type Bench } from './doubles.js';

type Handler = (payload: EachMessagePayload, bench: Bench) => Promise<void> | void;

/** Runs a handler over a batch; what it is given is noted among the events. */
async function start(on: Bench, handler: Handler = () => undefined): Promise<void> {
  const pauses = new Pauses(() => (on.paused ? [{ topic: 't', partitions: [0] }] : []));
  const eachMessage = async (payload: EachMessagePayload): Promise<void> => {
    on.events.push(`handle ${payload.message.offset}`);
    await handler(payload, on);
  };
  await new EachMessage(on.run, eachMessage, on.commits, pauses).start();
}

const unable = () => new InabilityError('ERR_UNABLE_AUDIT', 'for the test');

describe('eachMessage', () => {
  test('handles, then audits, then resolves, then commits', async () => {
    const on = bench([record(3, 'a'), record(4, 'b')]);
    await start(on, ({ message }) => {
      expect(message.value!.toString()).toMatch(/^open /);
      expect(origin(message)).toMatchObject({ sender: 'alice' });
    });
    expect(on.events).toEqual(['handle 3', 'handle 4', 'conclude 3,4', 'resolve 4', 'commit 5']);
  });

  test('quarantines before it audits, and resolves behind trailing rejected and control records', async () => {
    const control = record(8, null, { isControlRecord: true });
    const on = bench([record(5, 'bad'), record(6, 'a'), record(7, 'bad'), control]);
    await start(on);
    expect(on.events).toEqual([
      'handle 6',
      'quarantine 5,7',
      'conclude 5:quarantined,6,7:quarantined',
      'resolve 8',
      'commit 9',
    ]);
  });

  test('handles plaintext that is admitted in its place, and nothing that was verified is said of it', async () => {
    const on = bench([record(3, 'a'), record(4, 'plain'), record(5, 'bad'), record(6, 'plain')]);
    const said: unknown[] = [];
    await start(on, ({ message }) => {
      said.push([message.value!.toString(), origin(message)!.verified, origin(message)!.sender]);
    });
    expect(said).toEqual([
      ['open a', true, 'alice'],
      ['plain', false, null],
      ['plain', false, null],
    ]);
    expect(on.events).toEqual([
      'handle 3',
      'handle 4',
      'handle 6',
      'quarantine 5',
      'conclude 3,4,5:quarantined,6',
      'resolve 6',
      'commit 7',
    ]);
  });

  test('commits nothing by itself where auto-commit is off', async () => {
    const on = bench([record(0, 'a')], { autoCommit: false });
    await start(on);
    expect(on.events).toEqual(['handle 0', 'conclude 0', 'resolve 0']);
  });

  test('waits without rejecting, skipping or committing while nothing can be opened or audited', async () => {
    const on = bench([record(0, 'a'), record(1, 'bad')]);
    on.failing.open.push(unable(), new TypeError('a bug is no verdict either'));
    on.failing.quarantine.push(unable());
    on.failing.conclude.push(unable());
    await start(on);
    expect(on.events).toEqual([
      'open failed',
      'open failed',
      'handle 0',
      'quarantine failed',
      'quarantine 1',
      'conclude failed',
      'conclude 0,1:quarantined',
      'resolve 1',
      'commit 2',
    ]);
    expect(on.errors.map(({ extra }) => extra['code'])).toContain('ERR_UNABLE_AUDIT');
  });

  test('resolves nothing when it is stopped while it waits', async () => {
    const on = bench([record(0, 'a')]);
    on.failing.conclude.push(unable(), unable(), unable());
    await start(on, () => {
      on.running = false;
    });
    expect(on.events).toEqual(['handle 0', 'conclude failed']);
  });

  test('passes a heartbeat’s error on unchanged while it waits', async () => {
    const on = bench([record(0, 'a')]);
    const rebalance = Object.assign(new Error('rebalance'), { type: 'REBALANCE_IN_PROGRESS' });
    on.failing.open.push(unable());
    on.failing.heartbeat.push(rebalance);
    await expect(start(on)).rejects.toBe(rebalance);
    expect(on.events).toEqual(['open failed', 'heartbeat failed']);
  });

  test('goes on waiting for the audit of what was handled while the broker cannot be reached, as kafkajs would fetch it again', async () => {
    const on = bench([record(0, 'a')]);
    on.failing.conclude.push(unable());
    on.failing.heartbeat.push(new Error('Connection closed'));
    await start(on);
    expect(on.events).toEqual([
      'handle 0',
      'conclude failed',
      'heartbeat failed',
      'conclude 0',
      'resolve 0',
      'commit 1',
    ]);
  });

  test('gives up that wait when the broker says that this is no member any more', async () => {
    const on = bench([record(0, 'a')]);
    const expelled = Object.assign(new Error('unknown member'), { type: 'UNKNOWN_MEMBER_ID' });
    on.failing.conclude.push(unable());
    on.failing.heartbeat.push(expelled);
    await expect(start(on)).rejects.toBe(expelled);
    expect(on.events).toEqual(['handle 0', 'conclude failed', 'heartbeat failed']);
  });

  test('resolves the slice that was handled before an error of the next one is thrown', async () => {
    const on = bench(Array.from({ length: sliceRecords + 1 }, (_, i) => record(i, 'a')));
    const closed = new Error('Connection closed');
    await expect(
      start(on, ({ message }) => {
        if (message.offset !== String(sliceRecords - 1)) return;
        on.failing.conclude.push(unable(), unable());
        on.failing.open.push(unable());
        on.failing.heartbeat.push(closed, closed, closed);
      }),
    ).rejects.toBe(closed);
    expect(on.events.at(-1)).toBe(`resolve ${sliceRecords - 1}`);
  });

  test('audits, resolves and commits what was handled before a handler’s error, then throws it unchanged', async () => {
    const on = bench([record(0, 'a'), record(1, 'bad'), record(2, 'b'), record(3, 'c')]);
    const failure = { not: 'even an Error' };
    const running = start(on, ({ message }) => {
      // eslint-disable-next-line @typescript-eslint/only-throw-error
      if (message.offset === '2') throw failure;
    });
    await expect(running).rejects.toBe(failure);
    expect(on.events).toEqual([
      'handle 0',
      'handle 2',
      'quarantine 1',
      'conclude 0,1:quarantined',
      'resolve 1',
      'commit 2',
    ]);
  });

  test('does not let a failing commit hide a handler’s error', async () => {
    const on = bench([record(0, 'a'), record(1, 'b')]);
    const failure = new Error('the handler’s own');
    on.failing.commit.push(new Error('commit'));
    const running = start(on, ({ message }) => {
      if (message.offset === '1') throw failure;
    });
    await expect(running).rejects.toBe(failure);
    expect(on.errors).toHaveLength(1);
  });

  test('commits what was handled when a heartbeat of the handler reports a rebalance', async () => {
    const on = bench([record(0, 'a'), record(1, 'b')]);
    const rebalance = Object.assign(new Error('rebalance'), { type: 'REBALANCE_IN_PROGRESS' });
    const running = start(on, async ({ message, heartbeat }) => {
      if (message.offset !== '1') return;
      on.failing.heartbeat.push(rebalance);
      await heartbeat();
    });
    await expect(running).rejects.toBe(rebalance);
    const settled = ['conclude 0', 'resolve 0', 'commit 1'];
    expect(on.events.slice(0, 6)).toEqual(['handle 0', 'handle 1', 'heartbeat failed', ...settled]);
    // The handler’s own rejection says it once more, as it does in kafkajs.
    expect(on.events.slice(6)).toEqual(['resolve 0', 'commit 1']);
  });

  test('throws a commit’s error unchanged', async () => {
    const on = bench([record(0, 'a')]);
    const failure = Object.assign(new Error('commit'), { type: 'ILLEGAL_GENERATION' });
    on.failing.commit.push(failure);
    await expect(start(on)).rejects.toBe(failure);
  });

  test('stops handing over when it is stopped, sought away or paused, and keeps what was done', async () => {
    for (const stop of ['running', 'stale', 'pause'] as const) {
      const on = bench([record(0, 'a'), record(1, 'b')]);
      await start(on, ({ pause }) => {
        if (stop === 'running') on.running = false;
        else if (stop === 'stale') on.stale = true;
        else pause();
      });
      const events = on.events.filter((event) => event !== 'pause');
      expect(events).toEqual(['handle 0', 'conclude 0', 'resolve 0', 'commit 1']);
    }
  });

  test('commits at a threshold and at an interval, each time after auditing', async () => {
    const three = () => [record(0, 'a'), record(1, 'b'), record(2, 'c')];
    const threshold = bench(three(), { autoCommitThreshold: 2 });
    await start(threshold);
    const first = ['handle 0', 'handle 1', 'conclude 0,1', 'resolve 1', 'commit 2'];
    expect(threshold.events).toEqual([...first, 'handle 2', 'conclude 2', 'resolve 2', 'commit 3']);
    const interval = bench(three(), { autoCommitInterval: 0 });
    await start(interval);
    expect(interval.events.filter((event) => event.startsWith('commit'))).toHaveLength(4);
  });

  test('halts before a rejected record: what is before it is committed, it is not', async () => {
    const on = bench([record(0, 'a'), record(1, 'bad'), record(2, 'b')], { onReject: 'halt' });
    await start(on);
    expect(on.events).toEqual([
      'handle 0',
      'conclude 0',
      'resolve 0',
      'commit 1',
      'pause',
      'conclude 1:halted',
    ]);
    expect(on.errors[0]!.extra).toMatchObject({ offset: '1', code: 'ERR_FORMAT_NOT_SEALED' });
  });

  test('drops without quarantining', async () => {
    const on = bench([record(0, 'bad')], { onReject: 'drop' });
    await start(on);
    expect(on.events).toEqual(['conclude 0:dropped', 'resolve 0', 'commit 1']);
  });

  test('opens in slices, and audits once a slice', async () => {
    const records = Array.from({ length: 2 * sliceRecords + 1 }, (_, i) => record(i, 'a'));
    const on = bench(records);
    await start(on);
    const other = on.events.filter((event) => !event.startsWith('handle'));
    expect(other.filter((event) => event.startsWith('conclude'))).toHaveLength(3);
    expect(other.at(-1)).toBe(`commit ${records.length}`);
    // Whatever is resolved has been handled and audited before.
    const last = (event: string) => on.events.indexOf(event);
    expect(last(`resolve ${sliceRecords - 1}`)).toBeGreaterThan(last(`handle ${sliceRecords - 1}`));
  });

  test('settles a message that its own handler commits, and resolves it only afterwards', async () => {
    const on = bench([record(0, 'a'), record(1, 'b')], { autoCommit: false });
    const failure = new Error('after its own commit');
    const running = start(on, async ({ message }) => {
      if (message.offset === '0') return;
      expect(await on.run.settleBefore('2')).toBe(true);
      throw failure;
    });
    await expect(running).rejects.toBe(failure);
    expect(on.events).toEqual(['handle 0', 'handle 1', 'conclude 0,1', 'resolve 0']);
  });
});
