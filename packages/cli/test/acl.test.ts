// `sealwire acl` as far as it needs no broker.
import { join } from 'node:path';
import { afterEach, beforeAll, expect, test } from '@jest/globals';
import { initFolder } from '../src/index.js';
import { command, newFolder, rejection } from './made.js';
import { aclDrift } from '../src/acl-drift.js';

let policy: string;
beforeAll(async () => {
  const folder = join(newFolder(), 'realm');
  ({ policyFile: policy } = await initFolder({ folder, agents: ['alice', 'bob'] }));
});
afterEach(() => {
  delete process.env['SEALWIRE_POLICY_DIGEST'];
});

test('the plan without brokers says what each agent needs on either, and what for', async () => {
  const people = await command('acl', 'plan', '--policy', policy);
  expect(people.exitCode).toBe(0);
  expect(people.out).toContain('+ Allow User:bob Read Group team.*: reads in this consumer group');
  expect(people.out).toContain('+ bob may read agent-messages: receives agent.message on agent-messages');
  const { kafka, rabbitmq } = JSON.parse(
    (await command('acl', 'plan', '--policy', policy, '--json')).out,
  ) as {
    kafka: { agents: string[] }[];
    rabbitmq: { agents: string[] }[];
  };
  for (const rights of [kafka, rabbitmq])
    expect(new Set(rights.flatMap(({ agents }) => agents))).toEqual(new Set(['alice', 'bob']));
});

test.each(['verify', 'apply'])('%s needs a broker to look at', async (verb) => {
  const ran = await command('acl', verb, '--policy', policy);
  expect(ran.exitCode).toBe(2);
  expect(ran.out + ran.err).toContain('--management');
});

test('nothing is derived of a policy that agents here would refuse', async () => {
  process.env['SEALWIRE_POLICY_DIGEST'] = '00'.repeat(32);
  const { exitCode, out } = await command('acl', 'plan', '--policy', policy, '--json');
  expect([exitCode, (JSON.parse(out) as { code: string }).code]).toEqual([1, 'ERR_USAGE_SIGNATURE']);
});

test.each([
  ['https://user:s3cret@localhost:15671', 'ERR_USAGE_ARGUMENT'],
  ['https://localhost:15671/api', 'ERR_USAGE_ARGUMENT'],
  ['ftp://localhost', 'ERR_USAGE_ARGUMENT'],
  ['nonsense s3cret', 'ERR_USAGE_ARGUMENT'],
  ['http://192.0.2.1:15672', 'ERR_USAGE_CONNECTION'],
  ['http://127.0.0.1.example.org:15672', 'ERR_USAGE_CONNECTION'],
])('the management API is not asked at %s', async (management, code) => {
  const error = await rejection(aclDrift({ policy, agent: 'admin', management }));
  expect(error.code).toBe(code);
  expect(error.message).not.toContain('s3cret');
});
