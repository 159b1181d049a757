// The replay key and `competing`: what they become, and which contradictions are told.
import { dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { checkAgainstDirectory, loadPolicy, readPolicy } from '../src/index.js';
import { directory, head, least, policyFile, problems } from './made.js';

const load = (replay: string) => {
  const file = policyFile(`${least}${replay}`);
  return loadPolicy(file, { agent: 'alice', env: {} });
};
const told = (replay: string): string => problems(readPolicy, `${least}replay: { ${replay} }\n`).join('\n');
const queued = (competing: string, replay: string): string => `${head}channels:
  news:
    rabbitmq: { queues: [news], competing: ${competing} }
    messages:
      - { type: item, from: [alice], to: [team], content_type: application/json }
${replay}`;
const redis = (url: string): string => `store: { redis: { url: '${url}', password_env: PASS } }`;

describe('replay', () => {
  test('is kept in the state folder, and halts where it cannot be known, unless the policy says otherwise', () => {
    const { file, replay } = load('');
    const state = join(dirname(file), 'state', 'alice');
    expect(replay).toEqual({
      keyFile: join(state, 'replay.key'),
      ownKeyFile: true,
      retryWindowMs: 300_000,
      onUnverifiable: 'halt',
      leaseMs: 30_000,
      store: { file: join(state, 'replay.sqlite'), maxBytes: 1024 * 1024 * 1024 },
    });
  });

  test('takes files, times and sizes of its own', () => {
    const { file, replay } = load(
      "replay: { key_file: group.key, retry_window: 1m, on_unverifiable: deliver, lease: 5s, store: { sqlite: { file: 'done/{agent}.db', max_size: 2MiB } } }\n",
    );
    expect(replay).toEqual({
      keyFile: join(dirname(file), 'group.key'),
      ownKeyFile: false,
      retryWindowMs: 60_000,
      onUnverifiable: 'deliver',
      leaseMs: 5_000,
      store: { file: join(dirname(file), 'done', 'alice.db'), maxBytes: 2 * 1024 * 1024 },
    });
  });

  test.each([
    'rediss://redis.example:6380/1',
    'redis://localhost:6379',
    'redis://127.0.0.1/0',
    'redis://[::1]:6379',
  ])('the Redis of %s is taken', (url) => {
    expect(load(`replay: { ${redis(url)} }\n`).replay.store).toMatchObject({
      url,
      password: { env: 'PASS' },
    });
  });

  test.each([
    'redis://redis.example:6379',
    'redis://10.0.0.1',
    'redis://localhost.example',
    'rediss://user:secret@redis.example',
    'rediss://redis.example/1?tls=false',
    'http://localhost',
  ])('the Redis of %s is refused, and the URL is not repeated', (url) => {
    const text = told(redis(url));
    expect(text).toContain('rediss://host:port/db, or redis:// to this machine only');
    expect(text).not.toContain('secret');
  });

  test.each([
    ["store: { redis: { url: 'rediss://r' } }", 'must have either password_file or password_env'],
    [
      "store: { redis: { url: 'rediss://r', password_env: A, password_file: b } }",
      'must have either password_file or password_env',
    ],
    [
      "store: { sqlite: {}, redis: { url: 'rediss://r', password_env: A } }",
      'must have either sqlite or redis',
    ],
    ['on_unverifiable: accept', 'must be one of halt, deliver'],
    ['lease: 1h', 'lease'],
    ['retry_window: 2h', 'retry_window'],
    ['enabled: false', 'enabled'],
  ])('%s is told to be wrong', (text, problem) => {
    expect(told(text)).toContain(problem);
  });
});

describe('competing consumers', () => {
  test.each(['true', 'team'])('(%s) are refused without a store that they share', (competing) => {
    expect(problems(readPolicy, queued(competing, ''))).toEqual([
      expect.stringContaining('needs a store that all its consumers share'),
    ]);
  });

  test('are true or a group with Redis, and nobody where it says false', () => {
    const store = `replay: { ${redis('rediss://redis.example')} }\n`;
    const competing = (given: string, replay = store) =>
      readPolicy(policyFile(queued(given, replay))).channels[0]!.competing;
    expect([competing('true'), competing('team'), competing('false', '')]).toEqual([true, 'team', null]);
  });

  test('of a group that the directory does not have are told with their place', () => {
    const names = directory(['alice'], { team: ['alice'] });
    const misspelt = queued('taem', `replay: { ${redis('rediss://redis.example')} }\n`);
    expect(problems((file) => checkAgainstDirectory(readPolicy(file), names), misspelt)).toEqual([
      expect.stringMatching(/^\d+:\d+: channels\.news\.rabbitmq\.competing names "taem"/),
    ]);
  });
});
