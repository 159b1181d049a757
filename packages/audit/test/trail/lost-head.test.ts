// A chain whose head cannot be read any more: a new one begins, and says which one ended.
import { describe, expect, test } from '@jest/globals';
import { readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { event, killed, newFolder, open, TestSink } from './world.js';

/** @returns the chain, and the folder as a kill leaves it */
async function written(): Promise<{ folder: string; chain: string }> {
  const folder = newFolder();
  const sink = new TestSink();
  const trail = open(folder);
  trail.add('kafka', sink);
  await trail.record([event('a')]);
  await trail.record([event('b')]);
  await trail.close();
  return { folder: killed(folder), chain: sink.events[0]!.chain };
}

async function reopened(folder: string) {
  const sink = new TestSink();
  const trail = open(folder);
  trail.add('kafka', sink);
  await trail.close();
  return sink.events;
}

const markOf = (folder: string): string => join(folder, '0', 'chain');

/** In both slots. */
function overwrite(folder: string, text: string, by: string): void {
  const bytes = readFileSync(markOf(folder), 'latin1');
  const damaged = bytes.replaceAll(text, by);
  expect(damaged).not.toBe(bytes);
  writeFileSync(markOf(folder), damaged, 'latin1');
}

describe('a chain whose head was lost', () => {
  const damages: readonly [string, (folder: string, chain: string) => void][] = [
    ['both of its states are damaged', (folder) => overwrite(folder, '"sequence"', '"sequencE"')],
    ['its file is cut off', (folder) => truncateSync(markOf(folder), 400)],
    [
      'both are, and a checkpoint on its way names it',
      (folder, chain) => {
        overwrite(folder, chain, 'x'.repeat(32));
        const line = JSON.stringify({ unmapped: { chain } });
        writeFileSync(join(folder, '0', 'checkpoint'), JSON.stringify({ sequence: 6, line }));
      },
    ],
  ];
  test.each(damages)(
    'where %s is named in the gap behind the start of the next (A-10)',
    async (_, damage) => {
      const { folder, chain } = await written();
      damage(folder, chain);
      const [started, gap] = await reopened(folder);
      expect([started!.kind, started!.sequence]).toEqual(['audit.started', 0]);
      expect(started!.chain).not.toBe(chain);
      expect(gap).toMatchObject({
        kind: 'audit.gap',
        reason: 'chain_head_lost',
        events: null,
        old_chain: chain,
      });
    },
  );

  const nameless: readonly [string, (folder: string, chain: string) => void][] = [
    ['its file is gone', (folder) => rmSync(markOf(folder))],
    ['its file is empty', (folder) => truncateSync(markOf(folder), 0)],
    [
      'what names it says two things',
      (folder, chain) => {
        const bytes = readFileSync(markOf(folder), 'latin1').replaceAll('"sequence"', '"sequencE"');
        writeFileSync(markOf(folder), bytes.replace(chain, '0'.repeat(32)), 'latin1');
      },
    ],
  ];
  test.each(nameless)('where %s has its gap, which names none (A-10)', async (_, damage) => {
    const { folder, chain } = await written();
    damage(folder, chain);
    const [, gap] = await reopened(folder);
    expect(gap).toMatchObject({ kind: 'audit.gap', reason: 'chain_head_lost' });
    expect(gap).not.toHaveProperty('old_chain');
  });

  test('leaves what the spool holds to the next one, before the gap (A-10)', async () => {
    const folder = newFolder();
    const trail = open(folder);
    await trail.record([event('left')]);
    const copy = killed(folder);
    await trail.close();
    rmSync(markOf(copy));
    expect((await reopened(copy)).map(({ kind }) => kind)).toEqual([
      ...['audit.started', 'message.received'],
      ...['audit.started', 'audit.gap', 'audit.stopped', 'audit.checkpoint'],
    ]);
  });

  test('is told nowhere where a folder is new, or one of its two states is whole (A-10)', async () => {
    expect((await reopened(newFolder())).map(({ kind }) => kind)).not.toContain('audit.gap');
    const { folder, chain } = await written();
    const bytes = readFileSync(markOf(folder), 'latin1');
    writeFileSync(markOf(folder), bytes.replace('"sequence"', '"sequencE"'), 'latin1');
    const events = await reopened(folder);
    expect(new Set(events.map((one) => one.chain))).toEqual(new Set([chain]));
    expect(events.map(({ kind }) => kind)).not.toContain('audit.gap');
  });
});
