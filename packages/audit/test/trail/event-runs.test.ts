import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { AuditEvent } from '@sealwire/core';
import { decodeEvents, encodeEvents } from '../../src/trail/event-runs.js';
import { event } from './world.js';

test('events come back as they were, and alike ones are one run', () => {
  const fact = fc.option(fc.oneof(fc.constantFrom('1', '2'), fc.nat(2)), { nil: null });
  const events = fc.array(
    fc.record({
      messageType: fc.constantFrom('a', null),
      messageHash: fc.constantFrom('ab'.repeat(32), 'cd'.repeat(32), null),
      code: fc.constantFrom(null, 'ERR_INTEGRITY_MAC'),
      facts: fc.dictionary(fc.constantFrom('topic', 'offset', 'bytes', 'trace_id'), fact),
    }),
    { maxLength: 12 },
  );
  fc.assert(
    fc.property(events, (changes) => {
      const all = changes.map((change) => event('t', change as Partial<AuditEvent>));
      const { runs, hashes } = encodeEvents(all);
      expect(decodeEvents(JSON.parse(JSON.stringify(runs)) as typeof runs, hashes)).toEqual(all);
    }),
  );
  const alike = Array.from({ length: 100 }, (_, i) =>
    event('t', { facts: { topic: 't', offset: `${i}`, bytes: i } }),
  );
  expect(encodeEvents(alike).runs).toHaveLength(1);
});
