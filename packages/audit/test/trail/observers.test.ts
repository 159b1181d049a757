import { expect, test } from '@jest/globals';
import type { AuditEvent } from '@sealwire/core';
import { event, newFolder, open, TestSink, until } from './world.js';

test('observers are shown each checkpoint once, when every sink has it', async () => {
  const sink = new TestSink();
  const shown: [string, number][] = [];
  const observe = (events: readonly AuditEvent[]): void => {
    for (const { kind } of events) shown.push([kind, sink.lines.length]);
  };
  const trail = open(newFolder(), { observers: [{ observe }] });
  trail.add('kafka', sink);
  await trail.record([event('a')]);
  await until(() => sink.events.some(({ kind }) => kind === 'audit.checkpoint'));
  await trail.close();
  const made = sink.events.flatMap(({ kind }, index) => (kind === 'audit.checkpoint' ? [index + 1] : []));
  expect(made).toEqual([expect.any(Number), sink.lines.length]);
  expect(shown.filter(([kind]) => kind === 'audit.checkpoint')).toEqual(
    made.map((lines) => ['audit.checkpoint', lines]),
  );
});
