// Attacks on the trail: loss, order, poison, and a sink that misbehaves at the worst moment.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { AuditEvent, AuditBatch } from '@sealwire/core';
import { AuditLines, AuditTrail, type OnSinkFailure } from '../src/index.js';

const event = (type: string, change: Partial<AuditEvent> = {}): AuditEvent => ({
  kind: 'message.sent',
  timestampMs: 0,
  senderId: 'a',
  recipientId: 'b',
  messageType: type,
  messageHash: '00',
  recordHash: null,
  channel: 'c',
  encryptionStatus: 'sealed',
  outcome: 'acknowledged',
  code: null,
  unverified: false,
  facts: {},
  ...change,
});

const typesOf = (lines: readonly Buffer[]) =>
  lines.map((line) => (JSON.parse(String(line)) as { message_type: string }).message_type);

describe('the audit trail under attack', () => {
  it('loses nothing and keeps the order, whenever the sink fails and whoever gives up', async () => {
    const step = fc.record({
      events: fc.integer({ min: 1, max: 3 }),
      onFailure: fc.constantFrom<OnSinkFailure>('retry', 'reject'),
      wait: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 12 }),
        fc.array(fc.boolean(), { maxLength: 12 }),
        async (steps, refusals) => {
          const written: string[] = [];
          let writes = 0;
          const sink = {
            write: async ({ lines }: AuditBatch) => {
              await Promise.resolve();
              if (refusals[writes++] === true) throw new Error('away');
              written.push(...typesOf(lines));
            },
          };
          const trail = new AuditTrail({ sink, writer: 'w', firstRetryMs: 0, maxRetryMs: 0 });
          const kept: string[] = [];
          const done = [];
          for (const [i, { events, onFailure, wait }] of steps.entries()) {
            const names = Array.from({ length: events }, (_, j) => `${i}.${j}`);
            done.push(
              trail
                .record(
                  names.map((name) => event(name)),
                  onFailure,
                )
                .then(
                  () => kept.push(...names),
                  () => expect(onFailure).toBe('reject'),
                ),
            );
            if (wait) await new Promise(setImmediate);
          }
          await Promise.all(done);
          expect(new Set(written)).toEqual(new Set(kept));
          const inOrder = [...kept].sort((a, b) => {
            const [x, y] = [a.split('.').map(Number), b.split('.').map(Number)];
            return x[0]! - y[0]! || x[1]! - y[1]!;
          });
          expect(written).toEqual(inOrder);
          expect(() => trail.assertRoom(100_000)).not.toThrow();
        },
      ),
      { numRuns: 300 },
    );
  });

  it('lets no event that cannot be rendered hold up the others', async () => {
    const written: string[] = [];
    const sink = { write: async ({ lines }: AuditBatch) => void written.push(...typesOf(lines)) };
    const trail = new AuditTrail({ sink, writer: 'w', firstRetryMs: 60_000 });
    const poison = trail.record([event('poison', { timestampMs: Number.NaN })], 'retry');
    const good = trail.record([event('good')], 'reject');
    await expect(poison).rejects.toThrow(RangeError);
    await good;
    expect(written).toEqual(['good']);
    expect(() => trail.assertRoom(100_000)).not.toThrow();
  });

  it('takes a sink that throws at once for one that refuses', async () => {
    let calls = 0;
    const trail = new AuditTrail({
      sink: {
        write: () => {
          if (calls++ === 0) throw new TypeError('not connected');
          return Promise.resolve();
        },
      },
      writer: 'w',
      firstRetryMs: 0,
    });
    await trail.record([event('1')], 'retry');
    expect(calls).toBe(2);
  });

  it('ends when it is closed while a write is under way that fails', async () => {
    let refuse: (error: Error) => void = () => undefined;
    const trail = new AuditTrail({
      sink: { write: () => new Promise<void>((_, reject) => (refuse = reject)) },
      writer: 'w',
      firstRetryMs: 60_000,
    });
    const recorded = trail.record([event('1')], 'retry');
    const refused = expect(recorded).rejects.toMatchObject({ code: 'ERR_UNABLE_AUDIT' });
    await new Promise(setImmediate);
    const closed = trail.close();
    refuse(new Error('gone'));
    await closed;
    await refused;
  });
});

describe('an audit line under attack', () => {
  it('shows no direction marks, zero-width or other invisible characters raw', () => {
    const hostile = 'alice\u202e\u2066\u200b\ufeff\u00ad\u{e0041}';
    const json = new AuditLines('w').line(event('t', { senderId: hostile }));
    expect(json).toMatch(/^[\x20-\x7e]*$/);
    expect((JSON.parse(json) as { sender_id: string }).sender_id).toBe(hostile);
  });
});
