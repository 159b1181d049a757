import { describe, expect, it } from '@jest/globals';
import type { AuditEvent, AuditBatch } from '@sealwire/core';
import { InabilityError } from '@sealwire/core';
import { AuditTrail } from '../src/index.js';

const event = (type: string): AuditEvent => ({
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
});

/** A sink that refuses the first `refusals` writes. */
function sinkOf(refusals = 0) {
  const writes: string[][] = [];
  return {
    writes,
    write: async ({ lines }: AuditBatch) => {
      if (refusals-- > 0) throw new Error('away');
      writes.push(lines.map((line) => (JSON.parse(String(line)) as { message_type: string }).message_type));
    },
  };
}

describe('the audit trail', () => {
  it('writes events in order and resolves when they are acknowledged', async () => {
    const sink = sinkOf();
    const trail = new AuditTrail({ sink, writer: 'w' });
    await Promise.all([
      trail.record([event('1'), event('2')], 'retry'),
      trail.record([event('3')], 'reject'),
    ]);
    expect(sink.writes).toEqual([['1', '2', '3']]);
  });

  it('keeps trying what was already sent until the sink takes it', async () => {
    const sink = sinkOf(3);
    const trail = new AuditTrail({ sink, writer: 'w', firstRetryMs: 1 });
    await trail.record([event('1')], 'retry');
    expect(sink.writes).toEqual([['1']]);
  });

  it('gives back what can be read again, so that nothing is committed', async () => {
    const sink = sinkOf(1);
    const trail = new AuditTrail({ sink, writer: 'w', firstRetryMs: 1 });
    await expect(trail.record([event('1')], 'reject')).rejects.toMatchObject({ code: 'ERR_UNABLE_AUDIT' });
    await trail.record([event('1')], 'reject');
    expect(sink.writes).toEqual([['1']]);
  });

  it('refuses more than it can keep, before anything is sent', async () => {
    const trail = new AuditTrail({
      sink: { write: () => new Promise(() => undefined) },
      writer: 'w',
      maxPending: 2,
    });
    void trail.record([event('1'), event('2')], 'retry');
    expect(() => trail.assertRoom(1)).toThrow(InabilityError);
  });

  it('says on closing what it could not write', async () => {
    const trail = new AuditTrail({ sink: sinkOf(1_000), writer: 'w', firstRetryMs: 60_000 });
    const recorded = trail.record([event('1')], 'retry');
    const refused = expect(recorded).rejects.toMatchObject({ code: 'ERR_UNABLE_AUDIT' });
    await new Promise(setImmediate);
    await trail.close();
    await refused;
  });
});
