// Trails of one transport are one series.
import { expect, it } from '@jest/globals';
import type { AuditState } from '@sealwire/core';
import { Watched } from '../src/watched.js';

const state = (parts: Partial<AuditState> = {}): AuditState => ({
  trail: 'kafka',
  spooledEvents: 3,
  spoolBytes: 500,
  spoolMaxBytes: 1_000,
  publishedEvents: 10,
  droppedEvents: 1,
  oldestSpooledAtMs: 90_000,
  lastCheckpointAtMs: 70_000,
  ...parts,
});

it('sums what can be summed, and takes the worst age', () => {
  const watched = new Watched(() => 100_000);
  watched.watch({ auditStates: () => [state(), state({ trail: 'rabbitmq' })] });
  watched.watch({ auditStates: () => [state({ oldestSpooledAtMs: null, lastCheckpointAtMs: 40_000 })] });
  expect(watched.totals().get('kafka')).toEqual({
    spooledEvents: 6,
    spoolBytes: 1_000,
    spoolMaxBytes: 2_000,
    publishedEvents: 20,
    droppedEvents: 2,
    publishLagSeconds: 10,
    checkpointAgeSeconds: 60,
  });
  expect(watched.totals().get('rabbitmq')?.spooledEvents).toBe(3);
});

it('keeps what was counted by a Sealwire that is not watched any more, and forgets its spool', () => {
  const watched = new Watched(() => 100_000);
  let published = 10;
  const stop = watched.watch({ auditStates: () => [state({ publishedEvents: published })] });
  watched.watch({ auditStates: () => [state({ publishedEvents: 5 })] });
  published = 12;
  stop();
  stop();
  expect(watched.totals().get('kafka')).toMatchObject({ publishedEvents: 17, spooledEvents: 3 });
});

it('keeps counters where a closed Sealwire throws', () => {
  const watched = new Watched(() => 100_000);
  let closed = false;
  watched.watch({
    auditStates: () => {
      if (closed) throw new Error('closed');
      return [state()];
    },
  });
  watched.totals();
  closed = true;
  expect(watched.totals().get('kafka')).toMatchObject({ publishedEvents: 10, spooledEvents: 0 });
});

it('counts the age of a first checkpoint that does not come from when the trail is watched', () => {
  let now = 100_000;
  const watched = new Watched(() => now);
  watched.watch({ auditStates: () => [state({ lastCheckpointAtMs: null })] });
  now = 400_000;
  expect(watched.totals().get('kafka')?.checkpointAgeSeconds).toBe(300);
});

it('tells no negative age where a clock went back', () => {
  const watched = new Watched(() => 0);
  watched.watch({ auditStates: () => [state()] });
  expect(watched.totals().get('kafka')).toMatchObject({ publishLagSeconds: 0, checkpointAgeSeconds: 0 });
});
