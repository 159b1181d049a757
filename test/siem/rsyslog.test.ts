// An unmodified rsyslog reads the audit topic over TLS and SASL, with rights to read and nothing else.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { lineOf } from '../../packages/audit/test/siem/event-of-each-kind.ts';
import { command } from '../command.ts';
import { rsyslogProblem, startRsyslog, type Rsyslog } from './rsyslog.ts';
import { siemLogin } from './siem-login.ts';
import { until } from './until.ts';
import { writeRaw } from './write-raw.ts';
import { refusals, writeTrail, type OcsfEvent, type WrittenTrail } from './written-trail.ts';

/** What a sender may call itself to trip a reader. */
const awkwardText = 'a"b\\c%d $!msg\t\u0000\u202e\u00e9\n{"x":1}';

function paddedTo(bytes: number, event: OcsfEvent): string {
  const withPad = (pad: string): string => JSON.stringify({ ...event, unmapped: { ...event.unmapped, pad } });
  return withPad('p'.repeat(bytes - withPad('').length));
}

const problem = await rsyslogProblem();
if (problem !== null) {
  // Not by `console`: of a file that is skipped as a whole, jest shows nothing.
  process.stderr.write(`Skipped: rsyslog reads the audit topic. ${problem}\n`);
}

(problem === null ? describe : describe.skip)('rsyslog', () => {
  let trail: WrittenTrail;
  let rsyslog: Rsyslog;
  let read: OcsfEvent[];
  beforeAll(async () => {
    trail = await writeTrail();
    rsyslog = await startRsyslog(
      trail.topic,
      await siemLogin(trail.topic),
      mkdtempSync(join(tmpdir(), 'sealwire-rsyslog-')),
    );
    await until(() => rsyslog.lines('events.jsonl').length >= trail.values.length, rsyslog.log);
    read = rsyslog.lines('events.jsonl').map((line) => JSON.parse(line) as OcsfEvent);
  });
  afterAll(() => rsyslog?.stop());

  test('has as many events as stand on the topic, and takes none of them for foreign', () => {
    process.stderr.write(`siem: ${trail.values.length} events on the topic, ${read.length} in rsyslog\n`);
    expect(trail.values.length).toBeGreaterThan(20);
    expect(read).toHaveLength(trail.values.length);
    expect(rsyslog.lines('foreign.log')).toEqual([]);
  });

  test('has every field of every event, typed as it was written', () => {
    expect(read).toEqual(trail.events);
    const refused = read.find(({ unmapped }) => unmapped['code'] === 'ERR_INTEGRITY_SIGNATURE');
    expect(refused).toMatchObject({
      time: expect.any(Number),
      severity_id: 4,
      is_alert: true,
      metadata: { version: '1.8.0', sequence: expect.any(Number), product: { name: 'Sealwire' } },
      actor: { user: { uid: 'orchestrator', type_id: 99 } },
      sender_id: 'orchestrator',
      recipient_id: 'team',
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]{12}Z$/),
      message_type: 'agent.message',
      message_hash: null,
      channel: 'orders',
      encryption_status: 'failed',
      unmapped: { partition: 0, offset: expect.any(String), unverified: true },
    });
  });

  test('keeps the bytes of each event beside it, so that they can be verified later', () => {
    expect(rsyslog.lines('topic.jsonl')).toEqual(trail.values.map(String));
  });

  test('keeps bytes that audit verify finds to be as they were written', async () => {
    const file = join(rsyslog.folder, 'topic.jsonl');
    const verify = (...more: string[]) => command('audit', 'verify', file, '--policy', trail.policy, ...more);
    const { exitCode, out, err } = await verify();
    expect({ exitCode, out, err }).toMatchObject({ exitCode: 0, err: '' });
    const sums = JSON.parse((await verify('--json')).out.trim().split('\n').at(-1)!) as object;
    expect(sums).toMatchObject({ ok: true, events: trail.values.length });
  });

  test('has alerts of all four kinds, and no other event, in a file of their own', () => {
    const alerts = rsyslog.lines('alerts.jsonl').map((line) => JSON.parse(line) as OcsfEvent);
    expect(alerts.map(({ unmapped }) => [unmapped['code'], unmapped['alert']]).sort()).toEqual(
      Object.entries(refusals).sort(),
    );
    expect(alerts.map(({ is_alert }) => is_alert)).toEqual(alerts.map(() => true));
  });

  test('cuts no event of the longest that there are, and trips over no name', async () => {
    const longest = paddedTo(8_000, trail.events[0]!);
    const awkward = lineOf('message.rejected', { senderId: awkwardText });
    const before = rsyslog.lines('events.jsonl').length;
    await writeRaw(trail.topic, [longest, awkward]);
    await until(() => rsyslog.lines('events.jsonl').length >= before + 2, rsyslog.log);
    const after = rsyslog.lines('events.jsonl').slice(before);
    expect(after.map((line) => JSON.parse(line) as unknown)).toEqual(
      [longest, awkward].map((line) => JSON.parse(line) as unknown),
    );
    expect(rsyslog.lines('topic.jsonl').slice(before)).toEqual([longest, awkward]);
  });

  test('lays what is no event into a file of its own', async () => {
    await writeRaw(trail.topic, ['somebody: else', '{"cut":', paddedTo(9_000, trail.events[0]!)]);
    await until(() => rsyslog.lines('foreign.log').length >= 3, rsyslog.log);
    expect(rsyslog.lines('foreign.log').map((line) => line.slice(0, 7))).toEqual([
      'somebod',
      '{"cut":',
      '{"sende',
    ]);
  });
});
