// The audit section: what it comes to, what it refuses, and how a policy that drops events says so.
import { describe, expect, test } from '@jest/globals';
import { chmodSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  changeText,
  comparePolicies,
  controlNotes,
  loadPolicy,
  readPolicy,
  readPseudonymKey,
} from '../src/index.js';
import { least, newFolder, policyFile, problems, thrown } from './made.js';

const day = (fromNow: number): string =>
  new Date(Date.now() + fromNow * 86_400_000).toISOString().slice(0, 10);
const endOf = (date: string): number => Date.parse(`${date}T00:00:00Z`) + 86_400_000;

const withAudit = (audit: string): string => `${least}audit: ${audit}\n`;
const load = (text: string) => loadPolicy(policyFile(text), { agent: 'spiffe://a/b', env: {} });
const told = (audit: string): string[] => problems(readPolicy, withAudit(audit));

test('without a word, events go to the own topic, by a spool that blocks when it is full', () => {
  const policy = load(least);
  expect(policy.audit).toEqual({
    sinks: ['own'],
    file: null,
    failurePolicy: 'spool',
    dropUntilMs: null,
    spool: { folder: join(policy.stateFolder, 'audit'), maxBytes: 1024 ** 3 },
    checkpoint: { everyMs: 60_000, events: 10_000, topic: null, exchange: null },
    pseudonymKeyFile: null,
    createTopic: null,
  });
});

test('every key has its place, and paths are the agent’s', () => {
  const file = policyFile(
    withAudit(`
  sinks: [own, file, stdout]
  file: { path: 'logs/{agent}.jsonl', max_bytes: 2MiB, keep: 3 }
  failure_policy: block
  when_full: drop
  insecure_when_full_until: ${day(3)}
  spool: { folder: 'spool/{agent}', max_bytes: 2GiB }
  checkpoint: { every: 5s, events: 100, topic: sealwire.notices, exchange: sealwire.told }
  pseudonym_key: 'secrets/{agent}.key'
  create_topic: { partitions: 3, replication_factor: 2 }`),
  );
  const { audit } = loadPolicy(file, { agent: 'spiffe://a/b', env: {} });
  const at = (path: string): string => join(dirname(file), path);
  expect(audit).toEqual({
    sinks: ['own', 'file', 'stdout'],
    file: { path: at('logs/spiffe%3A%2F%2Fa%2Fb.jsonl'), maxBytes: 2 * 1024 ** 2, keep: 3 },
    failurePolicy: 'block',
    dropUntilMs: endOf(day(3)),
    spool: { folder: at('spool/spiffe%3A%2F%2Fa%2Fb'), maxBytes: 2 * 1024 ** 3 },
    checkpoint: { everyMs: 5000, events: 100, topic: 'sealwire.notices', exchange: 'sealwire.told' },
    pseudonymKeyFile: at('secrets/spiffe%3A%2F%2Fa%2Fb.key'),
    createTopic: { partitions: 3, replicationFactor: 2, retentionMs: 90 * 86_400_000 },
  });
});

test.each([
  ['{ sinks: [] }', 'sinks is empty'],
  ['{ sinks: [own, own] }', 'stands twice'],
  ['{ sinks: [syslog] }', 'must be one of own, kafka, rabbitmq, file, stdout'],
  ['{ sinks: [file] }', 'has the sink file without file'],
  ['{ file: { path: a } }', 'has file without the sink'],
  [
    '{ sinks: [rabbitmq], create_topic: { partitions: 1, replication_factor: 1 } }',
    'has create_topic, but no',
  ],
  ['{ when_full: drop }', 'which loses events; accept that for a time'],
  [`{ insecure_when_full_until: ${day(3)} }`, 'acknowledges nothing'],
  ['{ when_full: drop, insecure_when_full_until: soon }', 'must be a date'],
  [`{ when_full: drop, insecure_when_full_until: ${day(400)} }`, 'more than a year away'],
  ['{ spool: { max_bytes: 10 } }', 'must be a size from 1MiB to 1024GiB'],
  ['{ sinks: [stdout], checkpoint: { topic: notices } }', 'has checkpoint.topic, but no sink own or kafka'],
  ['{ checkpoint: { topic: sealwire.audit } }', 'is already taken by audit.kafka_topic'],
  [
    '{ sinks: [kafka], checkpoint: { exchange: notices } }',
    'has checkpoint.exchange, but no sink own or rabbitmq',
  ],
  [
    '{ checkpoint: { exchange: sealwire.audit } }',
    'audit.checkpoint.exchange is the exchange of the audit trail',
  ],
  ["{ checkpoint: { exchange: '' } }", 'exchange is empty'],
  ['{ kafka_topic: news }', 'is already taken by audit.kafka_topic'],
  ['{ kafka_topics: x }', 'did you mean "kafka_topic"?'],
])('%s is refused: %s', (audit, problem) => {
  expect(told(audit)).toEqual([expect.stringContaining(problem)]);
});

describe('a full spool that drops events', () => {
  const drops = (date: string): string => withAudit(`{ when_full: drop, insecure_when_full_until: ${date} }`);

  test('is told as insecure while it holds, and as over afterwards, which is no fault of the file', () => {
    const holds = controlNotes(load(drops(day(3))).controls);
    expect(holds.insecure).toEqual([
      { key: 'audit.when_full', value: 'drop', until: new Date(endOf(day(3))).toISOString() },
    ]);
    const over = controlNotes(load(drops(day(-3))).controls);
    expect(over).toMatchObject({ insecure: [], over: [{ key: 'audit.when_full' }] });
  });

  test('takes back what a control says of every message', () => {
    const stated = `communication_audit: { enabled: true, logging: { log_all_messages: true } }\n`;
    expect(controlNotes(load(`${drops(day(3))}${stated}`).controls).insecure.map(({ key }) => key)).toEqual([
      'audit.when_full',
      'communication_audit.enabled',
      'communication_audit.logging.log_all_messages',
    ]);
  });
});

test.each([
  ['{}', `{ when_full: drop, insecure_when_full_until: ${day(3)} }`],
  [
    `{ when_full: drop, insecure_when_full_until: ${day(3)} }`,
    `{ when_full: drop, insecure_when_full_until: ${day(4)} }`,
  ],
  ['{ failure_policy: block }', '{ failure_policy: spool }'],
  ['{ checkpoint: { every: 5s } }', '{ checkpoint: { every: 6s } }'],
  ['{ pseudonym_key: k }', '{}'],
  ['{ checkpoint: { topic: notices } }', '{}'],
  ['{ checkpoint: { exchange: notices } }', '{}'],
  ['{ sinks: [own, stdout] }', '{ sinks: [own] }'],
])('%s to %s weakens, and needs a start', (before, after) => {
  const changes = comparePolicies(
    readPolicy(policyFile(withAudit(before))),
    readPolicy(policyFile(withAudit(after))),
  );
  expect(changes.map(changeText).join()).toContain('audit.');
  expect(changes.map(({ effect }) => effect)).toContain('weaker');
  expect(changes.map(({ live }) => live)).not.toContain(true);
});

describe('the key of pseudonyms', () => {
  const keyFile = (bytes: Buffer, mode = 0o600): string => {
    const file = join(newFolder(), 'key');
    writeFileSync(file, bytes, { mode });
    chmodSync(file, mode);
    return file;
  };

  test('is the bytes of its file, whatever they are', () => {
    const bytes = Buffer.from([...Array(31).fill(0xff), 0x0a]);
    expect(readPseudonymKey(keyFile(bytes))).toEqual(bytes);
  });

  test.each([
    ['that is too short', () => keyFile(Buffer.alloc(31)), 'holds 31 bytes'],
    ['that others can read', () => keyFile(Buffer.alloc(32), 0o644), 'can be read or written by others'],
    ['that is not there', () => join(newFolder(), 'none'), 'ENOENT'],
  ])('%s is refused', (_, file, reason) => {
    expect(thrown(() => readPseudonymKey(file()))).toMatchObject({
      code: 'ERR_USAGE_FILE',
      message: expect.stringContaining(reason) as unknown,
    });
  });
});
