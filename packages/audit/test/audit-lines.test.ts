import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { AuditEvent } from '@sealwire/core';
import { AuditLines } from '../src/index.js';

const event: AuditEvent = {
  kind: 'message.rejected',
  timestampMs: Date.UTC(2026, 0, 2, 3, 4, 5, 6),
  senderId: 'orchestrator',
  recipientId: 'team',
  messageType: 'task',
  messageHash: null,
  recordHash: 'ab'.repeat(32),
  channel: 'tasks',
  encryptionStatus: 'failed',
  outcome: 'quarantined',
  code: 'ERR_INTEGRITY_SIGNATURE',
  unverified: true,
  facts: { topic: 't', partition: 1, offset: '7' },
};

describe('an audit line', () => {
  it('has the seven fields under exactly the names that auditors ask for', () => {
    const json = new AuditLines('researcher').line(event);
    expect(JSON.parse(json)).toEqual({
      kind: 'message.rejected',
      sender_id: 'orchestrator',
      recipient_id: 'team',
      timestamp: '2026-01-02T03:04:05.006Z',
      message_type: 'task',
      message_hash: null,
      channel: 'tasks',
      encryption_status: 'failed',
      outcome: 'quarantined',
      code: 'ERR_INTEGRITY_SIGNATURE',
      record_hash: 'ab'.repeat(32),
      unverified: true,
      writer: 'researcher',
      topic: 't',
      partition: 1,
      offset: '7',
    });
  });

  it('is one line of bounded length, whatever names an attacker chooses', () => {
    const hostile = `x\n\u001b[31m\u2028\u0085${'y'.repeat(100_000)}`;
    const json = new AuditLines('w').line({
      ...event,
      senderId: hostile,
      messageType: hostile,
      recipientId: hostile,
      channel: hostile,
    });
    expect(json).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/);
    expect(Buffer.byteLength(json)).toBeLessThan(8_000);
  });

  it('says the same as JSON.stringify, whatever came before it and however often', () => {
    const text = fc.oneof(
      fc.constantFrom('orchestrator', '', 'a"b', '\\', '\u00e9', '\ud800', 'x'.repeat(1_025), '7'),
      fc.string({ unit: 'binary', maxLength: 300 }),
    );
    const textOrNull = fc.option(text);
    const events = fc.array(
      fc.record({
        kind: fc.constantFrom('message.sent', 'message.received'),
        timestampMs: fc.integer({ min: 0, max: 3 }),
        senderId: textOrNull,
        recipientId: textOrNull,
        messageType: textOrNull,
        messageHash: textOrNull,
        recordHash: textOrNull,
        channel: textOrNull,
        encryptionStatus: fc.constantFrom('sealed', 'failed'),
        outcome: fc.constantFrom('delivered', 'halted'),
        code: fc.constantFrom(null, 'ERR_INTEGRITY_MAC'),
        unverified: fc.boolean(),
        facts: fc.dictionary(
          fc.constantFrom('topic', 'offset', 'a"\u2028'),
          fc.oneof(text, fc.double(), fc.constant(null)),
        ),
      }),
      { minLength: 1, maxLength: 6 },
    );
    fc.assert(
      fc.property(events, (all) => {
        const lines = new AuditLines('w');
        for (const each of [...all, ...all] as AuditEvent[]) expect(lines.line(each)).toBe(expected(each));
      }),
    );
  });

  it('lets no fact stand in for a field', () => {
    const facts = { outcome: 'delivered', sender_id: 'mallory', unverified: 0, writer: null, topic: 't' };
    const json = new AuditLines('w').line({ ...event, facts });
    expect(json).toBe(expected({ ...event, facts: { topic: 't' } }));
  });

  it('renders names rightly when more of them came by than are kept', () => {
    const lines = new AuditLines('w');
    for (let i = 0; i < 3_000; i++) {
      const named = { ...event, senderId: `agent ${i % 1_500}` };
      expect(lines.line(named)).toBe(expected(named));
    }
  });
});

/** The same, written plainly. */
function expected(event: AuditEvent): string {
  const cut = (text: string | null): string | null =>
    text === null
      ? null
      : (text.length > 1_024 ? `${text.slice(0, 1_024).replace(/[\ud800-\udbff]$/, '')}…` : text).replace(
          /[\0\p{Surrogate}]/gu,
          '\ufffd',
        );
  const facts = Object.entries(event.facts).map(([name, value]) => [
    name,
    typeof value === 'string' ? cut(value) : value,
  ]);
  return JSON.stringify({
    kind: event.kind,
    timestamp: new Date(event.timestampMs).toISOString(),
    sender_id: cut(event.senderId),
    recipient_id: cut(event.recipientId),
    message_type: cut(event.messageType),
    message_hash: cut(event.messageHash),
    channel: cut(event.channel),
    encryption_status: event.encryptionStatus,
    outcome: event.outcome,
    writer: 'w',
    ...(event.code === null ? {} : { code: event.code }),
    ...(event.recordHash === null ? {} : { record_hash: cut(event.recordHash) }),
    ...(event.unverified ? { unverified: true } : {}),
    ...Object.fromEntries(facts),
  }).replace(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
