import { spawnSync } from 'node:child_process';
import { describe, expect, test } from '@jest/globals';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { AuditEvent } from '@sealwire/core';
import { openSpool } from '../../src/spool/open-spool.js';
import type { Batch } from '../../src/trail/batch.js';
import { Batches } from '../../src/trail/batches.js';
import { BatchReader } from '../../src/trail/batch-reader.js';
import { BatchThread } from '../../src/trail/batch-thread.js';
import type { ChainState } from '../../src/trail/chain-mark.js';
import { Journal } from '../../src/trail/journal.js';
import { damageSpool, event, newFolder } from './world.js';

const writer = { agent: 'bob', pid: 1, host: 'h', version: '0' };
const packer = 'data:text/javascript,export const pack = (chain, lines) => new Uint8Array([lines.length]);';
const begin: ChainState = {
  chain: '5c'.repeat(16),
  frame: 0,
  sequence: 0,
  previous: '0'.repeat(64),
  first: 0,
  nodes: [],
};

/** A clock by which all of a test is in one second, on a slow machine too. */
const standing = (): number => 0;

/** A spool with frames of so many events each. */
async function spoolOf(frames: number, events: number) {
  const { spool } = openSpool({ folder: newFolder(), maxBytes: 64 * 1024 * 1024 });
  const journal = new Journal(spool, writer);
  const of = (frame: number): AuditEvent[] =>
    Array.from({ length: events }, (_, i) => event(`${frame}.${i}`, { facts: { offset: `${frame * i}` } }));
  for (let frame = 0; frame < frames; frame++) journal.record(of(frame));
  await spool.sync();
  const from = (state: ChainState) => ({ state, released: 0, segments: spool.files, end: spool.synced });
  return { spool, journal, from };
}

/** proc_pid_stat(5), field 19: behind the name, which may hold anything, the 17th. */
const niceOf = (file: string): number => {
  const stat = readFileSync(file, 'utf8');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16]);
};

const text = (lines: readonly Buffer[]): string => lines.join('\n');

describe('Batches', () => {
  test('are the same lines from a thread as without one, and the chain goes on between them (A-17)', async () => {
    const { spool, from } = await spoolOf(5, 700);
    const reader = new BatchReader();
    const thread = new BatchThread('test');
    const [here, there]: string[][] = [[], []];
    let [state, other] = [begin, begin];
    for (;;) {
      const read = reader.next({ ...from(state), maxEvents: 1_000 });
      const made = await thread.next({ ...from(other), maxEvents: 2_000 }, []);
      here!.push(...read.lines.map(String));
      there!.push(...made.lines.map(String));
      expect(made.count).toBe(made.lines.length);
      if (read.state.frame === state.frame && made.state.frame === other.frame) break;
      [state, other] = [read.state, made.state];
    }
    thread.close();
    await spool.close();
    expect(here).toHaveLength(3_500);
    expect(text(there!.map((line) => Buffer.from(line)))).toBe(text(here!.map((line) => Buffer.from(line))));
    expect(other).toEqual(state);
  });

  const onLinux = process.platform === 'linux' ? test : test.skip;
  onLinux('are made behind the application: their thread alone has a lower priority', async () => {
    const { spool, from } = await spoolOf(1, 1);
    const thread = new BatchThread('test');
    await thread.next({ ...from(begin), maxEvents: 1 }, []);
    const nices = readdirSync('/proc/self/task').map((id) => niceOf(`/proc/self/task/${id}/stat`));
    expect(nices.filter((nice) => nice > niceOf('/proc/self/stat'))).toHaveLength(1);
    thread.close();
    await spool.close();
  });

  test('begin anew, with the same lines, where another state is asked for than the last batch ended at (A-17)', async () => {
    const { spool, from } = await spoolOf(4, 100);
    const thread = new BatchThread('test');
    const first = await thread.next({ ...from(begin), maxEvents: 150 }, []);
    const lines = text(first.lines);
    await thread.next({ ...from(first.state), maxEvents: 150 }, []);
    expect(text((await thread.next({ ...from(begin), maxEvents: 150 }, [])).lines)).toBe(lines);
    thread.close();
    await spool.close();
  });

  test('go on behind a checkpoint that was put between two of them', async () => {
    const { spool, from } = await spoolOf(2, 10);
    const reader = new BatchReader();
    const { state } = reader.next({ ...from(begin), maxEvents: 10 });
    const behind = { ...state, sequence: 11, previous: 'ee'.repeat(32), first: 10, nodes: ['ee'.repeat(32)] };
    const [line] = reader.next({ ...from(behind), maxEvents: 10 }).lines;
    expect(JSON.parse(String(line))).toMatchObject({
      unmapped: { sequence: 11, previous: 'ee'.repeat(32), message_type: '1.0' },
    });
    await spool.close();
  });

  test('are packed in the thread by what the sinks name, and a sink whose packer cannot be loaded does without', async () => {
    const { spool, from } = await spoolOf(1, 3);
    const thread = new BatchThread('test');
    const made = await thread.next({ ...from(begin), maxEvents: 10 }, [packer]);
    expect(made.packed?.(packer)).toEqual({ bytes: new Uint8Array([3]), count: 3 });
    expect(made.packed?.('file:///elsewhere.js')).toBeNull();
    const without = await thread.next({ ...from(begin), maxEvents: 10 }, ['file:///nowhere.js']);
    expect([without.count, without.packed?.('file:///nowhere.js')]).toEqual([3, null]);
    thread.close();
    await spool.close();
  });

  test('come unpacked from a packer that throws, which must not hold up events', async () => {
    const throwing = 'data:text/javascript,export const pack = () => { throw new Error(); };';
    const { spool, from } = await spoolOf(1, 3);
    const thread = new BatchThread('test');
    const made = await thread.next({ ...from(begin), maxEvents: 10 }, [throwing, packer]);
    expect([made.count, made.packed?.(throwing), made.packed?.(packer)?.count]).toEqual([3, null, 3]);
    thread.close();
    await spool.close();
  });

  test('give what they tell of what the spool lost to those who show it, from a thread too (A-10)', async () => {
    const folder = newFolder();
    const { spool } = openSpool({ folder, maxBytes: 64 * 1024 * 1024 });
    const journal = new Journal(spool, writer);
    const tickets = journal.seal([event('lost-one'), event('lost-two')]);
    journal.record([event('kept')]);
    journal.conclude(tickets, 'acknowledged', {});
    await spool.sync();
    damageSpool(folder, 'lost-one');
    const ask = { state: begin, released: 0, segments: spool.files, end: spool.synced, maxEvents: 10 };
    const thread = new BatchThread('test');
    const made = await thread.next(ask, []);
    expect(made.gaps).toMatchObject([{ kind: 'audit.gap', facts: { reason: 'spool_damaged', events: 2 } }]);
    expect(new BatchReader().next(ask).gaps).toEqual(made.gaps);
    expect(made.count).toBe(2);
    thread.close();
    await spool.close();
  });

  onLinux(
    'leave no file of the spool open on the application’s thread once a thread makes them',
    async () => {
      const folder = newFolder();
      const { spool } = openSpool({ folder, maxBytes: 64 * 1024 * 1024 });
      const journal = new Journal(spool, writer);
      for (let frame = 0; frame < 8; frame++)
        journal.record(Array.from({ length: 1_000 }, () => event(`${frame}`)));
      await spool.sync();
      const batches = new Batches('test', 5_000, standing);
      let state = begin;
      for (let i = 0; i < 6; i++) {
        const ask = { state, released: 0, segments: spool.files, end: spool.synced };
        ({ state } = await batches.next(ask, []));
      }
      expect(batches.areMadeAhead).toBe(true);
      const open = readdirSync('/proc/self/fd').flatMap((descriptor) => {
        try {
          return readlinkSync(`/proc/self/fd/${descriptor}`);
        } catch {
          return [];
        }
      });
      // The spool’s own writer, and the thread.
      expect(open.filter((path) => path.startsWith(folder) && path.endsWith('.spool'))).toHaveLength(2);
      batches.close();
      await spool.close();
    },
  );

  test('say which sealed message they still need, until its outcome is in one of them', async () => {
    const { spool, from, journal } = await spoolOf(1, 1);
    const tickets = journal.seal([event('sealed', { kind: 'message.sent' })]);
    journal.record([event('later')]);
    await spool.sync();
    const reader = new BatchReader();
    const waiting = reader.next({ ...from(begin), maxEvents: 10 });
    expect(waiting).toMatchObject({ needed: 1, state: { frame: 3 } });
    journal.conclude(tickets, 'acknowledged', {});
    await spool.sync();
    expect(reader.next({ ...from(waiting.state), maxEvents: 10 })).toMatchObject({ needed: 4 });
    await spool.close();
  });

  test('are made by a thread once there are many in a second, and here again when it was lost', async () => {
    const { spool, from } = await spoolOf(8, 1_000);
    const batches = new Batches('test', 5_000, standing);
    let state = begin;
    const next = async (): Promise<Batch> => {
      const batch = await batches.next(from(state), []);
      state = batch.state;
      return batch;
    };
    for (let i = 0; i < 5; i++) expect((await next()).packed).toBeUndefined();
    expect(batches.areMadeAhead).toBe(false);
    expect((await next()).packed).toBeDefined();
    expect(batches.areMadeAhead).toBe(true);
    batches.close();
    while (batches.areMadeAhead) await new Promise((resolve) => setTimeout(resolve, 1));
    expect((await batches.next(from(begin), [])).packed).toBeUndefined();
    await spool.close();
  });

  /** A program that asks for batches of 9,000 events until there are none, or until so many were asked for. */
  function runProgram(asks: number) {
    const built = new URL('../../dist/trail/batches.js', import.meta.url).href;
    const journal = new URL('../../dist/trail/journal.js', import.meta.url).href;
    const spool = new URL('../../dist/spool/open-spool.js', import.meta.url).href;
    const program = `
      const [{ Batches }, { Journal }, { openSpool }] = await Promise.all(
        ${JSON.stringify([built, journal, spool])}.map((address) => import(address)));
      const { spool } = openSpool({ folder: ${JSON.stringify(newFolder())}, maxBytes: 1e8 });
      const journal = new Journal(spool, ${JSON.stringify(writer)});
      for (let frame = 0; frame < 9; frame++) journal.record(Array(1000).fill(${JSON.stringify(event('x'))}));
      await spool.sync();
      const batches = new Batches('test', 5_000, () => 0);
      let [state, count] = [${JSON.stringify(begin)}, 0];
      for (let asked = 0; asked < ${asks}; asked++) {
        const batch = await batches.next({ state, released: 0, segments: spool.files, end: spool.synced }, []);
        if (batch.count === 0) break;
        state = batch.state;
        count += batch.count;
      }
      console.log(count, batches.areMadeAhead);`;
    const { stdout, status } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
      encoding: 'utf8',
      timeout: 100_000,
    });
    return [stdout.trim(), status];
  }

  test('keep a process alive that waits for nothing else than for what a thread makes', () => {
    expect(runProgram(100)).toEqual(['9000 true', 0]);
  });

  test('let a process end whose thread was begun and has nothing to make', () => {
    expect(runProgram(5)).toEqual(['5000 false', 0]);
  });
});
