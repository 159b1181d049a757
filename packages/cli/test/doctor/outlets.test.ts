// Of whom the doctor asks whether it may write to quarantine and audit trail, and what it makes of a refusal.
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { RabbitmqSurvey } from '@sealwire/amqp';
import type { KafkaSurvey } from '@sealwire/kafka';
import { checkNotices } from '../../src/doctor/check-notices.js';
import { checkAudit, checkQuarantine, judgeWriting } from '../../src/doctor/check-outlets.js';
import type { Check } from '../../src/doctor/check.js';
import { openContext, type DoctorContext } from '../../src/doctor/context.js';
import { rabbitmqQuestions } from '../../src/doctor/named-places.js';
import type { Row } from '../../src/doctor/row.js';
import { writesThere } from '../../src/doctor/writes-there.js';
import { initFolder, type InitReport } from '../../src/index.js';
import { newFolder } from '../made.js';

let first: InitReport;
let folder: string;
beforeAll(async () => {
  first = await initFolder({ folder: newFolder(), agents: ['alice', 'bob', 'carol'] });
});
beforeEach(() => {
  folder = newFolder();
  cpSync(first.folder, folder, { recursive: true });
  change((text) => text.replace(/from: \[.*/, 'from: [alice]').replace(/ to: \[.*/, ' to: [bob]'));
});
const policyFile = (): string => join(folder, 'sealwire.yaml');
function change(edit: (text: string) => string): void {
  const text = readFileSync(policyFile(), 'utf8');
  const after = edit(text);
  if (after === text) throw new Error('nothing was changed');
  writeFileSync(policyFile(), after);
}

const refusing = (presence: 'there' | 'missing' = 'there'): RabbitmqSurvey => ({
  version: '4.0.5',
  queues: new Map([['sealwire.quarantine', { presence: 'there', messages: 0 }]]),
  exchanges: new Map([
    ['sealwire.audit', 'there'],
    ['held', presence],
    ['notices', 'there'],
  ]),
  publishing: new Map(['', 'held', 'sealwire.audit', 'notices'].map((name) => [name, 'refused'])),
  reading: new Map(),
});

/** With brokers that refuse whatever is asked; and who was asked. */
function refused(survey = refusing()): { context: DoctorContext; asked: string[] } {
  const context = openContext({ policy: policyFile(), agent: ['alice', 'bob', 'carol'] });
  const asked: string[] = [];
  const topic = { partitions: 1, replicas: 3, inSync: 3, settings: null };
  const topics = new Map(['sealwire.quarantine', 'sealwire.audit'].map((name) => [name, topic]));
  const brokers = {
    whyNot: () => null,
    admitted: async () => [],
    kafka: async () => ({ value: { topics, brokers: [] } as unknown as KafkaSurvey }),
    rabbitmq: async ({ agent }: { agent: string }) => (asked.push(agent), { value: survey }),
  } as unknown as DoctorContext['brokers'];
  return { context: { ...context, brokers }, asked };
}
async function told(check: Check, context: DoctorContext): Promise<string[]> {
  const rows: readonly Row[] = await check.run(context);
  return rows
    .filter((row) => row.check === check.name)
    .map(({ verdict, subject, evidence }) => `${verdict} ${subject}: ${evidence}`);
}
const refusedConnection = 'the policy’s connection is refused';
const byDefault = 'may not write to the default exchange, by which quarantine is reached';

describe('of quarantine', () => {
  test('an agent that only sends, or does nothing, is not asked, and one that receives fails', async () => {
    const { context, asked } = refused();
    const idle = (transport: string) => `receives nothing over ${transport}, so it quarantines nothing`;
    expect(await told(checkQuarantine, context)).toEqual([
      `skipped alice to topic sealwire.quarantine: ${idle('Kafka')}`,
      // Would be asked.
      `skipped bob to topic sealwire.quarantine: ${refusedConnection}`,
      `skipped carol to topic sealwire.quarantine: ${idle('Kafka')}`,
      `skipped alice to queue sealwire.quarantine: ${idle('RabbitMQ')}`,
      `fail bob to queue sealwire.quarantine: ${byDefault}`,
      `skipped carol to queue sealwire.quarantine: ${idle('RabbitMQ')}`,
    ]);
    expect(asked).toEqual(['bob']);
  });

  test('a refusal is not called a fault where the directory does not verify, but for whom the policy names', async () => {
    rmSync(join(folder, 'directory.jsonl'));
    const { context, asked } = refused();
    expect((await told(checkQuarantine, context)).slice(3)).toEqual([
      expect.stringMatching(/^unknown alice .* whether it must is not known/),
      `fail bob to queue sealwire.quarantine: ${byDefault}`,
      expect.stringMatching(/^unknown carol /),
    ]);
    expect(asked).toEqual(['alice', 'bob', 'carol']);
  });

  test('a directory of which a line was refused says of nobody that it receives nothing', () => {
    const { context } = refused();
    const { directoryOf } = context;
    const alice = context.agents[0]!;
    expect(writesThere(context, alice, 'kafka', 'quarantine')).toBe('no');
    const partly: DoctorContext['directoryOf'] = (policy) => {
      const read = directoryOf(policy);
      return 'error' in read ? read : { value: { ...read.value, problems: [new Error('x') as never] } };
    };
    expect(writesThere({ directoryOf: partly }, alice, 'kafka', 'quarantine')).toBe('unknown');
  });

  test('the exchange before the queue is what is asked for, where the policy has one', async () => {
    change((text) => text.replace(/^quarantine:$/m, 'quarantine:\n  rabbitmq_exchange: held'));
    const { context } = refused();
    expect((await told(checkQuarantine, context))[4]).toBe(
      'fail bob to queue sealwire.quarantine: may not write to the exchange held, by which quarantine is reached',
    );
    expect((await told(checkQuarantine, refused(refusing('missing')).context))[4]).toMatch(
      /^warn bob .* the exchange held before it is not there yet/,
    );
    const questions = (agent: number, writes: boolean) =>
      rabbitmqQuestions(context.agents[agent]!, () => writes);
    expect(questions(1, true).publishTo).toEqual(['sealwire.audit', 'held']);
    expect(questions(1, true).exchanges).toContain('held');
    expect(questions(0, false).publishTo).toEqual([]);
  });
});

describe('of the audit trail', () => {
  test('an agent without a part in any channel is not asked, and others fail', async () => {
    change((text) => `${text}\n`.replace(/^audit:$/m, 'audit:\n  checkpoint: { exchange: notices }'));
    const { context, asked } = refused();
    const idle = (transport: string) => `by the policy it leaves no audit trail over ${transport}`;
    expect(await told(checkAudit, context)).toEqual([
      `skipped alice to topic sealwire.audit: ${refusedConnection}`,
      `skipped bob to topic sealwire.audit: ${refusedConnection}`,
      `skipped carol to topic sealwire.audit: ${idle('Kafka')}`,
      'fail alice to exchange sealwire.audit: may not write to the exchange',
      'fail bob to exchange sealwire.audit: may not write to the exchange',
      `skipped carol to exchange sealwire.audit: ${idle('RabbitMQ')}`,
    ]);
    expect((await told(checkNotices, context)).map((row) => row.slice(0, 12))).toEqual([
      'warn alice t',
      'warn bob to ',
      'skipped caro',
    ]);
    expect(asked).not.toContain('carol');
  });
});

test('what Kafka refuses is a fault of whoever writes there, and unknown where nobody can say who does', () => {
  const verdict = (...given: [answer: string | null, writes: 'yes' | 'unknown']) =>
    judgeWriting('quarantine', 'bob', ...given).verdict;
  expect([verdict('refused', 'yes'), verdict('refused', 'unknown')]).toEqual(['fail', 'unknown']);
  expect([verdict('allowed', 'unknown'), verdict(null, 'yes')]).toEqual(['ok', 'unknown']);
  expect(verdict('NOT_ENOUGH_REPLICAS', 'unknown')).toBe('fail');
  expect(judgeWriting('quarantine', 'bob', 'refused', 'yes').evidence).toContain('consumers pause');
  expect(judgeWriting('audit', 'bob', 'refused', 'yes').evidence).toContain('producers pause');
});
