// What the doctor says is to be done, for the case in which it says so.
import { describe, expect, test } from '@jest/globals';
import { InabilityError, UsageError } from '@sealwire/core';
import { driftRows } from '../../src/doctor/acl-rows.js';
import { judgeSearch } from '../../src/doctor/check-broker-data.js';
import { fixPlain } from '../../src/doctor/check-sealed.js';
import { asItSays, nextStep, seeConnection } from '../../src/doctor/next-step.js';

describe('where a broker was not to be looked at', () => {
  test('by an agent that lacks the right, an administrator is to look', () => {
    const refusedByRabbitmq = Object.assign(new Error('ACCESS_REFUSED'), { code: 403 });
    for (const error of [new UsageError('ERR_USAGE_ACL', 'no'), refusedByRabbitmq])
      expect(nextStep(error)).toContain('--agent admin --only sealed');
  });

  test('because it is not there, the rows about that are to be seen', () => {
    const missing = Object.assign(new Error('NOT_FOUND'), { code: 404 });
    for (const error of [new UsageError('ERR_USAGE_RECORD', 'no queue'), missing])
      expect(nextStep(error)).toContain('the rows “topics” and “queues”');
  });

  test('because it does not answer, the rows about connections are', () => {
    for (const error of [new InabilityError('ERR_UNABLE_CONNECTION', 'away'), new Error('x'), null])
      expect(nextStep(error)).toBe(seeConnection);
  });

  test('for what Sealwire’s own error says, that is to be done', () => {
    expect(asItSays(new UsageError('ERR_USAGE_TLS', 'renew it'), 'look')).toBe('Do as it says.');
    expect(asItSays(new Error('ECONNREFUSED'), 'look')).toBe('look');
  });
});

describe('what lies there in clear', () => {
  test('is to be traced where receivers refuse it, and to be changed over where the mode lets it pass', () => {
    expect(fixPlain(false)).toContain('receivers refuse it');
    expect(fixPlain(true)).not.toContain('refuse');
    expect(fixPlain(true)).toContain('mode: enforce');
  });
});

describe('a search of a broker’s files', () => {
  const judged = (canary: 'sent' | 'not sent' | 'not asked', more: object = {}) =>
    judgeSearch('f', { files: 1, bytes: 1, found: new Map(), unread: 0, isWhole: true, ...more }, canary).fix;

  test('without a test message asks for one, and where that could not be sent, for the row that says why', () => {
    expect(judged('not asked')).toContain('Give --canary');
    expect(judged('not sent')).toContain('See the row “canary”');
  });

  test('that found nothing asks for the right folder, for who can read it, or for less at once', () => {
    expect(judged('sent')).toContain('the right folder');
    expect(judged('sent', { unread: 2 })).toMatch(/^Run this as a user who can read all of it\.$/);
    expect(judged('sent', { isWhole: false })).toContain('a smaller folder');
  });
});

describe('drift of access control', () => {
  const none = { missing: [], unknown: [], wide: [], others: [], inPlace: 7 };
  const drift = { ok: false, kafka: { ...none, blocking: [] }, rabbitmq: null, notes: [] };
  const one = [{}] as never[];
  const fixOf = (more: object) =>
    driftRows('kafka', { ...drift, kafka: { ...drift.kafka, ...more } })[0]!.fix;

  test('is brought about by apply only as far as apply goes', () => {
    expect(fixOf({ missing: one })).toContain('sealwire acl apply.');
    expect(fixOf({ unknown: one })).toContain('sealwire acl apply --prune');
    for (const left of ['blocking', 'wide']) expect(fixOf({ [left]: one })).toContain('by hand');
  });

  test('that a broker cannot see is told in that broker’s words', () => {
    const noted = (transport: 'kafka' | 'rabbitmq') =>
      driftRows(transport, { ...drift, notes: ['a note'] }).at(-1)!.fix;
    expect(noted('kafka')).toContain('acl.kafka.principal');
    expect(noted('rabbitmq')).toContain('exchanges');
  });
});
