// What the doctor makes of what brokers say of topics, queues, clocks and files.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { readPolicy, type PolicyTemplate } from '@sealwire/policy';
import { driftRows } from '../../src/doctor/acl-rows.js';
import { judgeSearch } from '../../src/doctor/check-broker-data.js';
import { judgeClock } from '../../src/doctor/check-clocks.js';
import { describedRows } from '../../src/doctor/check-queues.js';
import { judgeNoticeTopic } from '../../src/doctor/check-notices.js';
import { topicsRows } from '../../src/doctor/check-topics.js';
import type { Row } from '../../src/doctor/row.js';
import { searchFiles } from '../../src/doctor/search-files.js';
import { initFolder } from '../../src/index.js';
import { newFolder } from '../made.js';

const told = (rows: readonly Row[]): string[] =>
  rows.map(({ verdict, check, subject }) => `${verdict} ${check} ${subject}`);
const day = 86_400_000;

test('a topic of notices is as it should be where the broker unpacks what comes', () => {
  const topic = (settings: readonly (readonly [string, string])[] | null) =>
    judgeNoticeTopic(
      'notices',
      { partitions: 1, replicas: 3, inSync: 3, settings: settings && new Map(settings) },
      true,
    );
  expect(topic([['compression.type', 'uncompressed']])).toMatchObject({ verdict: 'ok' });
  // Nobody may see them.
  expect(topic(null)).toMatchObject({ verdict: 'ok' });
  for (const type of ['producer', 'gzip', 'zstd'])
    expect(topic([['compression.type', type]])).toMatchObject({
      verdict: 'warn',
      fix: expect.stringContaining('--entity-name notices --add-config compression.type=uncompressed'),
    });
  for (const isMade of [true, false])
    expect(judgeNoticeTopic('notices', null, isMade)).toMatchObject({
      verdict: 'warn',
      fix: expect.stringContaining('--create --topic notices'),
    });
});

describe('topics', () => {
  let template: PolicyTemplate;
  beforeAll(async () => {
    template = readPolicy((await initFolder({ folder: newFolder(), agents: ['alice'] })).policyFile);
  });
  const good = {
    'cleanup.policy': 'delete',
    'retention.ms': String(7 * day),
    'min.insync.replicas': '2',
    'message.timestamp.type': 'LogAppendTime',
    'max.message.bytes': '1048588',
    'unclean.leader.election.enable': 'false',
  };
  const topic = (settings: Record<string, string> | null = {}, replicas = 3, inSync = replicas) => ({
    partitions: 6,
    replicas,
    inSync,
    settings: settings && new Map(Object.entries({ ...good, ...settings })),
  });
  const names = { messages: 'agent-messages', quarantine: 'sealwire.quarantine', audit: 'sealwire.audit' };
  const judged = (
    change: Partial<Record<keyof typeof names, ReturnType<typeof topic> | null>>,
    policy = template,
  ) => {
    const topics = new Map<string, ReturnType<typeof topic> | null>([
      [names.messages, topic()],
      [names.quarantine, topic({ 'max.message.bytes': '2000000' })],
      [names.audit, topic()],
      ...Object.entries(change).map(([what, one]) => [names[what as keyof typeof names], one] as const),
    ]);
    return topicsRows(policy, { topics, brokers: [1, 2, 3].map((node) => ({ node, host: 'b', port: 1 })) });
  };
  const bad = (...given: Parameters<typeof judged>) =>
    told(judged(...given).filter(({ verdict }) => verdict !== 'ok'));

  test('that are as they should be are one row each', () => {
    expect(told(judged({}))).toEqual([
      'ok settings agent-messages',
      'ok settings sealwire.quarantine',
      'ok settings sealwire.audit',
    ]);
    expect(judged({})[0]!.evidence).toBe(
      '6 partitions, 3 copies, min.insync 2, kept for 7d, LogAppendTime, records up to 1.0 MiB',
    );
  });

  test.each([
    ['one copy', topic({}, 1), 'warn replication'],
    ['min.insync above the copies', topic({ 'min.insync.replicas': '4' }), 'fail replication'],
    ['one copy that is enough', topic({ 'min.insync.replicas': '1' }), 'warn replication'],
    ['fewer copies in sync than must be', topic({}, 3, 1), 'fail replication'],
    ['a copy that lags', topic({}, 3, 2), 'warn replication'],
    ['leaders that were behind', topic({ 'unclean.leader.election.enable': 'true' }), 'warn replication'],
    ['a retention below max_age', topic({ 'retention.ms': String(day - 1) }), 'fail retention'],
    ['a retention above the keys’ life', topic({ 'retention.ms': String(31 * day) }), 'fail retention'],
    ['no end of retention', topic({ 'retention.ms': '-1' }), 'fail retention'],
    ['records that are too small', topic({ 'max.message.bytes': '1000' }), 'warn size'],
    ['settings that nobody may see', topic(null), 'unknown settings'],
  ])('with %s are told', (_, given, expected) => {
    expect(bad({ messages: given })).toContain(`${expected} agent-messages`);
  });

  test('that are compacted are told, unless late enough', () => {
    const compacted = { 'cleanup.policy': 'compact,delete' };
    expect(bad({ messages: topic(compacted) })).toEqual(['fail cleanup agent-messages']);
    expect(bad({ messages: topic({ ...compacted, 'min.compaction.lag.ms': String(2 * day) }) })).toEqual([]);
    for (const what of ['audit', 'quarantine'] as const)
      expect(bad({ [what]: topic({ ...compacted, 'max.message.bytes': '2000000' }) })).toEqual([
        `fail cleanup ${names[what]}`,
      ]);
  });

  test('without the broker’s stamp need a max_age that is stated', () => {
    const created = topic({ 'message.timestamp.type': 'CreateTime' });
    expect(bad({ messages: created })).toEqual([]);
    const channels = template.channels.map((channel) => ({ ...channel, maxAgeStated: false }));
    expect(bad({ messages: created }, { ...template, channels })).toEqual(['fail timestamps agent-messages']);
  });

  test('of quarantine must take what their sources take, and keep it while it may be re-driven', () => {
    expect(bad({ quarantine: topic() })).toEqual(['warn size sealwire.quarantine']);
    const redrive = { by: ['alice'], maxAgeMs: 20 * day };
    expect(bad({}, { ...template, redrive })).toEqual(['warn retention sealwire.quarantine']);
  });

  test('of sessions must outlast what they serve', () => {
    const channels = template.channels.map((channel) => ({ ...channel, sessionTopic: 'sessions' }));
    const policy = { ...template, channels };
    const withSessions = (settings: Record<string, string>) =>
      told(
        topicsRows(policy, {
          topics: new Map([
            [names.messages, topic()],
            ['sessions', topic(settings)],
          ]),
          brokers: [],
        }).filter(({ verdict }) => verdict !== 'ok'),
      );
    expect(withSessions({ 'retention.ms': String(8 * day) })).toEqual([]);
    expect(withSessions({ 'retention.ms': '-1' })).toEqual([]);
    expect(withSessions({})).toEqual(['fail retention sessions']);
    expect(withSessions({ 'retention.ms': '-1', 'retention.bytes': '1000' })).toEqual([
      'fail retention sessions',
    ]);
    expect(withSessions({ 'retention.ms': '-1', 'cleanup.policy': 'compact' })).toEqual([
      'fail cleanup sessions',
    ]);
  });

  test('of a directory are kept for ever, or written again; never compacted, never cut by size', () => {
    const of = (settings: Record<string, string>) =>
      told(
        topicsRows(
          template,
          { topics: new Map([['directory', topic(settings)]]), brokers: [] },
          'directory',
        ).filter(({ verdict }) => verdict !== 'ok'),
      );
    expect(of({ 'retention.ms': '-1' })).toEqual([]);
    expect(of({})).toEqual(['warn retention directory']);
    expect(of({ 'retention.ms': '-1', 'retention.bytes': '1' })).toEqual(['fail retention directory']);
    expect(of({ 'cleanup.policy': 'compact' })).toEqual(['fail cleanup directory']);
  });

  test('that are not there are told', () => {
    expect(bad({ audit: null })).toEqual(['fail exists sealwire.audit']);
  });
});

describe('queues', () => {
  const quorum = { durable: true, type: 'quorum', arguments: { 'x-dead-letter-exchange': 'dlx' } };
  const judge = (queue: object, version = '4.0.5') =>
    told(describedRows('q', '0 messages wait', { ...quorum, ...queue }, version));

  test.each<[string, object, string[]]>([
    ['quorum, with a dead-letter exchange', {}, ['ok settings q']],
    ['classic', { type: 'classic' }, ['warn type q']],
    ['stream', { type: 'stream', arguments: {} }, ['ok settings q']],
    ['not durable', { durable: false }, ['fail durable q']],
    ['deleted with its consumer', { auto_delete: true }, ['fail durable q']],
    ['of the default limit, without dead letters', { arguments: {} }, ['fail delivery limit q']],
    ['without a limit', { arguments: { 'x-delivery-limit': -1 } }, ['ok settings q']],
    [
      'with a policy’s dead letters',
      { arguments: {}, effective_policy_definition: { 'dead-letter-exchange': 'd' } },
      ['ok settings q'],
    ],
    ['bounded, dropping', { effective_policy_definition: { 'max-length': 9 } }, ['warn length q']],
    [
      'bounded, refusing',
      { effective_policy_definition: { 'max-length': 9, overflow: 'reject-publish' } },
      ['ok settings q'],
    ],
  ])('that are %s', (_, queue, expected) => {
    expect(judge(queue)).toEqual(expected);
  });

  test('of an old broker have no limit of their own', () => {
    expect(judge({ arguments: {} }, '3.10.8')).toEqual(['ok settings q']);
  });
});

describe('clocks', () => {
  test.each<[number, number, string]>([
    [-10, 10, 'ok'],
    [31_000, 32_000, 'fail'],
    [-50_000, -31_000, 'fail'],
    [-40_000, 10, 'unknown'],
    [-10, 40_000, 'unknown'],
    [40_000, Infinity, 'fail'],
  ])('ahead by %d to %d ms, of 30 s that are allowed: %s', (leastMs, mostMs, verdict) => {
    expect(judgeClock('x', { leastMs, mostMs }, 30_000).verdict).toBe(verdict);
  });
});

describe('files of a broker', () => {
  test('are searched across the places where they are cut, in folders below too', async () => {
    const folder = newFolder();
    mkdirSync(join(folder, 'below'));
    const word = Buffer.from('needle-in-a-haystack');
    const cut = 1024 * 1024;
    const bytes = Buffer.alloc(3 * cut);
    for (const at of [0, cut - 7, 2 * cut - word.length, 3 * cut - word.length]) word.copy(bytes, at);
    writeFileSync(join(folder, 'below', 'a'), bytes);
    writeFileSync(join(folder, 'b'), 'needle-in-a-haystac');
    // Kafka’s, of which there are gigabytes, and nothing in them.
    for (const kind of ['index', 'timeindex']) writeFileSync(join(folder, `00.${kind}`), word);
    const { found, files, isWhole } = await searchFiles(
      folder,
      new Map([
        ['word', word],
        ['n', Buffer.from('n')],
      ]),
      Infinity,
    );
    expect([found.get('word'), found.get('n'), files, isWhole]).toEqual([4, 10, 2, true]);
    expect((await searchFiles(folder, new Map([['word', word]]), 0)).isWhole).toBe(false);
  });

  test('say that all is sealed only where the word was looked for, and sealed messages are there', () => {
    const searched = { files: 1, bytes: 1, unread: 0, isWhole: true };
    const judge = (found: Record<string, number>, canary: 'sent' | 'not asked' = 'sent', more = {}) =>
      judgeSearch('f', { ...searched, found: new Map(Object.entries(found)), ...more }, canary).verdict;
    expect(judge({ sealed: 3, plain: 0 })).toBe('ok');
    expect(judge({ sealed: 3, plain: 1 })).toBe('fail');
    expect(judge({ sealed: 0, plain: 0 })).toBe('unknown');
    expect(judge({ sealed: 3 }, 'not asked')).toBe('unknown');
    expect(judge({ sealed: 3, plain: 0 }, 'sent', { unread: 1 })).toBe('unknown');
    expect(judge({ sealed: 3, plain: 0 }, 'sent', { isWhole: false })).toBe('unknown');
  });
});

test('access control: what is missing, in the way or too much fails; what reaches further is told', () => {
  const none = { missing: [], unknown: [], wide: [], others: [], inPlace: 7 };
  const kafka = { ...none, blocking: [] };
  const rabbitmq = { ...none, vhost: '/', absentUsers: [] };
  const one = [{}] as never[];
  const drift = { ok: true, kafka, rabbitmq, notes: [] };
  for (const transport of ['kafka', 'rabbitmq'] as const) {
    const toldOf = (more: object) =>
      told(driftRows(transport, { ...drift, [transport]: { ...drift[transport], ...more } }));
    expect(toldOf({})).toEqual([`ok drift ${transport}`]);
    const own = transport === 'kafka' ? 'blocking' : 'absentUsers';
    for (const what of ['missing', 'unknown', own])
      expect(toldOf({ [what]: one })).toEqual([`fail drift ${transport}`]);
    expect(toldOf({ wide: one })).toEqual([`warn drift ${transport}`]);
  }
  expect(told(driftRows('rabbitmq', { ...drift, notes: ['a and b are both c to RabbitMQ'] }))).toEqual([
    'ok drift rabbitmq',
    'warn principals rabbitmq',
  ]);
});
