import { expect, test } from '@jest/globals';
import { parseNote } from '../../src/index.js';
import { event, killed, newFolder, open, TestSink, until } from './world.js';

type Trail = ReturnType<typeof open>;

const isPublished = (trail: Trail): Promise<void> => until(() => trail.state.spooledEvents === 0);

test('says in its next checkpoint that events may come late, again, where a send failed or a process was killed, and nowhere else (A-8)', async () => {
  const folder = newFolder();
  const sink = new TestSink();
  const life = async (where: string, during: (trail: Trail) => Promise<void>) => {
    const before = sink.lines.length;
    const trail = open(where);
    await trail.record([event('a')]);
    trail.add('kafka', sink);
    await until(() => sink.events.slice(before).some(({ kind }) => kind === 'audit.checkpoint'));
    await during(trail);
    await trail.close();
    return sink.events
      .slice(before)
      .flatMap(({ checkpoint }) => (typeof checkpoint === 'string' ? [parseNote(checkpoint)!.again] : []));
  };
  expect(await life(folder, isPublished)).toEqual([false, false]);
  // It ended in order.
  expect(await life(folder, isPublished)).toEqual([false, false]);
  const failing = async (trail: Trail): Promise<void> => {
    sink.refuses = true;
    await trail.record([event('b')]);
    await new Promise((resolve) => setTimeout(resolve, 5));
    sink.refuses = false;
  };
  expect(await life(folder, failing)).toEqual([false, true]);
  expect(await life(folder, isPublished)).toEqual([false, false]);
  // Killed with events in the spool, and with none but before its checkpoint.
  const copies: string[] = [];
  await life(folder, async (trail) => {
    await trail.record([event('b')]);
    await isPublished(trail);
    copies.push(killed(folder));
    sink.refuses = true;
    await trail.record([event('c')]);
    copies.push(killed(folder));
    sink.refuses = false;
  });
  for (const copy of copies) expect(await life(copy, isPublished)).toEqual([true, false]);
});
