// What of kafkajs' log entries passes.
import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import kafkajs, { type LogEntry } from 'kafkajs';
import { safeEntry } from '../src/log-fields.js';

const canary = 'c4n4ry';
const entry = (message: unknown, extra: object = {}, namespace = 'Runner'): LogEntry => ({
  namespace,
  level: kafkajs.logLevel.ERROR,
  label: 'ERROR',
  log: { timestamp: '2026-01-01T00:00:00Z', logger: 'kafkajs', message: message as string, ...extra },
});

it('of what a handler throws passes the name, the code and the places, not the text', () => {
  const error = Object.assign(
    new SyntaxError(`Unexpected token in "${canary}"\n    at ${canary} (x.js:1:1)`),
    {
      code: 'ERR_OURS',
    },
  );
  const { message, fields } = safeEntry(
    entry('Error when calling eachMessage', {
      topic: 'orders',
      partition: 1,
      offset: '7',
      error,
      stack: error.stack,
    }),
  );
  expect(message).toBe('Error when calling eachMessage');
  expect(fields).toMatchObject({
    topic: 'orders',
    partition: 1,
    offset: '7',
    error_name: 'SyntaxError',
    error_code: 'ERR_OURS',
  });
  expect(fields['stack']).toContain('log-fields.test.ts');
  expect(JSON.stringify(fields)).not.toContain(canary);
});

it('of a crash passes the error’s name', () => {
  const error = new Error(`${canary}\n    at ${canary}`);
  const crash = entry(
    `Crash: KafkaJSNonRetriableError: ${error.message}`,
    { groupId: 'g', stack: error.stack },
    'Consumer',
  );
  const { message, fields } = safeEntry(crash);
  expect(message).toBe('Crash: KafkaJSNonRetriableError');
  expect(fields).toMatchObject({ groupId: 'g', stack: expect.stringContaining('log-fields.test.ts') });
  expect(JSON.stringify(fields)).not.toContain(canary);
});

it('of a listener that throws passes its event’s name, wherever it listens', () => {
  const failed = entry(
    `Failed to execute listener: ${canary}`,
    { eventName: 'producer.connect' },
    'Producer',
  );
  expect(safeEntry(failed)).toEqual({
    message: 'Failed to execute listener',
    fields: { logger: 'kafkajs', namespace: 'Producer', eventName: 'producer.connect' },
  });
});

it('of an error of the brokers’ the text passes', () => {
  const lost = entry(
    'Connection error: connect ECONNREFUSED',
    { broker: 'a:1', error: 'ECONNREFUSED' },
    'Connection',
  );
  expect(safeEntry(lost)).toEqual({
    message: 'Connection error: connect ECONNREFUSED',
    fields: { logger: 'kafkajs', namespace: 'Connection', broker: 'a:1', error: 'ECONNREFUSED' },
  });
});

it('no response passes, and no metadata of an offset', () => {
  const extra = {
    data: { records: [{ value: canary }] },
    payload: Buffer.from(canary),
    topics: [{ topic: 'orders', partitions: [{ partition: 0, offset: '1', metadata: canary }] }],
    correlationId: 3,
  };
  const { fields } = safeEntry(entry('Response Fetch', extra, 'Connection'));
  expect(fields).toMatchObject({
    correlationId: 3,
    topics: [{ topic: 'orders', partitions: [{ partition: 0, offset: '1' }] }],
  });
  expect(JSON.stringify(fields)).not.toContain(canary);
});

it('a field whose name is not known does not pass', () => {
  const known = new Set(['topic', 'partition', 'offset', 'error', 'stack', 'message', 'timestamp', 'logger']);
  fc.assert(
    fc.property(
      fc.string().filter((name) => !known.has(name) && /^x/.test(`x${name}`)),
      (name) => {
        const { fields } = safeEntry(entry('text', { [`x${name}`]: canary }, 'Connection'));
        expect(JSON.stringify(fields)).not.toContain(canary);
      },
    ),
  );
});

it('takes an error in the place of a message', () => {
  expect(safeEntry(entry(new Error('no broker'), {}, 'BrokerPool')).message).toBe('no broker');
});
