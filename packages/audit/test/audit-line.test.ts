import { describe, expect, it } from '@jest/globals';
import type { AuditEvent } from '@sealwire/core';
import { auditLine } from '../src/index.js';

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
    const { json } = auditLine(event, 'researcher');
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
    const { json } = auditLine(
      { ...event, senderId: hostile, messageType: hostile, recipientId: hostile, channel: hostile },
      'w',
    );
    expect(json).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/);
    expect(Buffer.byteLength(json)).toBeLessThan(8_000);
  });
});
