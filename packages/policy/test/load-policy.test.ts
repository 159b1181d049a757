// What a valid policy becomes.
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { loadPolicy, readPolicy } from '../src/index.js';
import { head, least, newFolder, oneChannel, policyFile, problems, realm, rootKey, thrown } from './made.js';

const load = (text: string, agent = 'alice') => loadPolicy(policyFile(text), { agent, env: {} });

test('what is left out has its secure default', () => {
  const policy = load(least);
  expect(policy.channels[0]).toEqual({
    name: 'news',
    topics: ['news'],
    sessionTopic: null,
    competing: null,
    publish: [],
    queues: [],
    messages: [
      {
        type: 'item',
        from: ['alice'],
        to: ['team'],
        contentType: 'application/json',
        schemaFile: null,
        acceptedFiles: [],
        framing: 'none',
        compression: null,
        maxAgeMs: null,
      },
    ],
    clearHeaders: new Set(),
    maxAgeMs: 86_400_000,
    maxAgeStated: false,
    plaintext: null,
  });
  expect(policy.connections).toEqual({ kafka: null, rabbitmq: null });
  expect(policy.quarantine).toEqual({
    kafka: { onReject: 'quarantine', name: 'sealwire.quarantine' },
    rabbitmq: { onReject: 'quarantine', name: 'sealwire.quarantine', exchange: '' },
  });
  expect(policy.auditTarget).toEqual({ kafka: 'sealwire.audit', rabbitmq: 'sealwire.audit' });
  expect([policy.epochMs, policy.maxMessageBytes, policy.skewMs]).toEqual([86_400_000, 1_048_576, 30_000]);
});

test('everything that can be written is read', () => {
  const policy = load(`${head}channels:
  news:
    kafka: { topics: [a, b], session_topic: s }
    rabbitmq:
      publish: [{ exchange: '', routing_key: q }, { exchange: x, routing_key: 'news.#' }]
      queues: [q]
    messages:
      - { type: item, from: [alice, team], to: [team, bob, alice], content_type: text/plain; charset=utf-8 }
    clear_headers: [content-type]
    max_age: 15m
connections:
  kafka:
    allowed_networks: [10.0.0.0/8, 'fd00::/8']
    tls: { ca_file: ca.crt, cert_file: c.crt, key_file: c.key, server_name: broker.example }
    sasl: { mechanism: SCRAM-SHA-256, username: me, password_env: PASS }
  rabbitmq:
    tls: { ca_file: /etc/ca.crt, cert_file: c.crt, key_file: c.key }
    sasl: { mechanism: EXTERNAL }
quarantine: { on_reject: halt, kafka_topic: bad, rabbitmq_queue: worse, rabbitmq_exchange: worst }
audit: { kafka_topic: trail, rabbitmq_exchange: trails }
session: { epoch: 1h }
limits: { max_message: 64KiB }
freshness: { skew: 500ms }
`);
  const folder = dirname(policy.file);
  expect(policy.channels[0]).toMatchObject({
    sessionTopic: 's',
    publish: [
      { exchange: '', routingKey: 'q' },
      { exchange: 'x', routingKey: 'news.#' },
    ],
    queues: ['q'],
    messages: [
      { from: ['alice', 'team'], to: ['alice', 'bob', 'team'], contentType: 'text/plain; charset=utf-8' },
    ],
    clearHeaders: new Set(['content-type']),
    maxAgeMs: 900_000,
    maxAgeStated: true,
  });
  expect(policy.connections.kafka).toEqual({
    allowedNetworks: ['10.0.0.0/8', 'fd00::/8'],
    tls: {
      caFile: join(folder, 'ca.crt'),
      certFile: join(folder, 'c.crt'),
      keyFile: join(folder, 'c.key'),
      serverName: 'broker.example',
      pins: null,
      crlFile: null,
    },
    sasl: { mechanism: 'SCRAM-SHA-256', username: 'me', password: { env: 'PASS' }, tokenFile: null },
  });
  expect(policy.connections.rabbitmq?.tls.caFile).toBe('/etc/ca.crt');
  expect(policy.connections.rabbitmq?.sasl).toEqual({
    mechanism: 'EXTERNAL',
    username: '',
    password: null,
    tokenFile: null,
  });
  expect(policy.quarantine.rabbitmq).toEqual({ onReject: 'halt', name: 'worse', exchange: 'worst' });
  expect(policy.auditTarget).toEqual({ kafka: 'trail', rabbitmq: 'trails' });
  expect([policy.epochMs, policy.maxMessageBytes, policy.skewMs]).toEqual([3_600_000, 65_536, 500]);
});

test('realm, root key and hash are bytes', () => {
  const file = policyFile(least);
  const policy = loadPolicy(file, { agent: 'alice' });
  expect(policy.realm.toString('hex')).toBe(realm);
  expect(policy.directory.rootKeys.map((key) => key.toString('base64url'))).toEqual([rootKey]);
  expect(policy.hash).toEqual(createHash('sha256').update(readFileSync(file)).digest());
});

test('values are text whatever they look like: no version of YAML turns them into something else', () => {
  const digits = '1'.repeat(32);
  const text = least.replace(`'${realm}'`, digits).replaceAll('alice', 'no').replace('item', '1.0');
  const policy = load(text);
  expect(policy.realm.toString('hex')).toBe(digits);
  expect(policy.channels[0]?.messages[0]).toMatchObject({ from: ['no'], type: '1.0' });
});

describe('root_key_file', () => {
  const withFile = head.replace(/root_key: \S+/, 'root_key_file: root.pub');

  test('holds the key on one line', () => {
    const folder = newFolder();
    writeFileSync(join(folder, 'root.pub'), `${rootKey}\n`);
    writeFileSync(join(folder, 'sealwire.yaml'), withFile + oneChannel);
    expect(readPolicy(join(folder, 'sealwire.yaml')).directory.rootKeys[0]?.toString('base64url')).toBe(
      rootKey,
    );
  });

  test('that is missing is a problem with a place', () => {
    expect(problems(readPolicy, withFile + oneChannel)).toEqual([
      expect.stringMatching(/^3:\d+: directory\.root_key_file names no file with the public root key/),
    ]);
  });
});

describe('root_keys', () => {
  const [, second] = [
    rootKey,
    'BGE4f0kUp2kiF6ya5NmlGWS0v2XqY7LQ0Z1u0YxVnL3sWj5k8oD2r7aQx3lqQm1bM0oRr4dQnXb3z4u1qW8vJ5E',
  ];
  const withKeys = (rest: string): string =>
    head.replace(/root_key: \S+/, `root_keys: [${rootKey}, ${second}]${rest}`) + oneChannel;

  test('are as many as the threshold at least', () => {
    const { directory } = load(withKeys(', root_threshold: 2'));
    expect([directory.rootKeys.length, directory.threshold]).toEqual([2, 2]);
    expect(load(least).directory.threshold).toBe(1);
  });

  test.each([
    ['', 'lacks root_threshold'],
    [', root_threshold: 3', 'fewer root_keys than root_threshold'],
    [`, root_threshold: 2, root_key: ${rootKey}`, 'either root_key, root_key_file or root_keys'],
  ])('with %j are a problem', (rest, problem) => {
    expect(problems(readPolicy, withKeys(rest))).toEqual([expect.stringContaining(problem)]);
  });

  test('a threshold without them is a problem', () => {
    const text = least.replace('root_key:', 'root_threshold: 1, root_key:');
    expect(problems(readPolicy, text)).toEqual([
      expect.stringContaining('root_threshold with root_keys only'),
    ]);
  });
});

test('the state folder is beside the policy, one for each agent', () => {
  const { file, stateFolder, directory } = load(least, 'spiffe://a/b');
  expect(stateFolder).toBe(join(dirname(file), 'state', 'spiffe%3A%2F%2Fa%2Fb'));
  expect(directory.maxLagMs).toBe(5000);
});

describe('{agent}', () => {
  const text = `${least.replace('folder: keys', "folder: 'keys-{agent}'").replace('secrets/passphrase', "'secrets/{agent}'")}connections:
  kafka:
    tls: { ca_file: ca.crt, cert_file: 'tls/{agent}.crt', key_file: 'tls/{agent}.key' }
    sasl: { mechanism: PLAIN, username: '{agent}', password_file: '{agent}.password' }
`;

  test('is the name in user names, and one path segment in paths', () => {
    const name = 'spiffe://example.org/$&/a';
    const policy = load(text, name);
    const folder = dirname(policy.file);
    const segment = 'spiffe%3A%2F%2Fexample.org%2F%24%26%2Fa';
    expect(policy.keys).toEqual({
      folder: join(folder, `keys-${segment}`),
      passphrase: { file: join(folder, 'secrets', segment) },
    });
    expect(policy.connections.kafka?.tls.certFile).toBe(join(folder, 'tls', `${segment}.crt`));
    expect(policy.connections.kafka?.sasl).toEqual({
      mechanism: 'PLAIN',
      username: name,
      password: { file: join(folder, `${segment}.password`) },
      tokenFile: null,
    });
  });

  test.each(['.', '..', '', 'a b', 'a\n', 'ä'])('cannot be %j', (agent) => {
    expect(thrown(() => load(text, agent)).code).toBe('ERR_USAGE_AGENT');
  });
});

describe('the agent', () => {
  const named = policyFile(`agent: fromfile\n${least}`);

  test('is the option’s before the environment’s before the file’s', () => {
    const env = { SEALWIRE_AGENT: 'fromenv' };
    expect(loadPolicy(named, { agent: 'option', env }).agent).toBe('option');
    expect(loadPolicy(named, { env }).agent).toBe('fromenv');
    expect(loadPolicy(named, { env: { SEALWIRE_AGENT: '' } }).agent).toBe('fromfile');
  });

  test('must come from somewhere', () => {
    const error = thrown(() => loadPolicy(policyFile(least), { env: {} }));
    expect(error.code).toBe('ERR_USAGE_AGENT');
    expect(error.message).toContain('SEALWIRE_AGENT');
  });

  test('need not be known to read the policy', () => {
    expect(readPolicy(policyFile(least)).agent).toBeNull();
    expect(readPolicy(named).agent).toBe('fromfile');
  });
});

test('a missing file names the file', () => {
  const error = thrown(() => loadPolicy('/nowhere/sealwire.yaml'));
  expect(error.code).toBe('ERR_USAGE_FILE');
  expect(error.message).toContain('/nowhere/sealwire.yaml cannot be read (ENOENT)');
});

test('keys can be in a token, by its label or its slot', () => {
  const keysIn = (keys: string) =>
    load(least.replace('folder: keys, passphrase_file: secrets/passphrase', keys)).keys;
  expect(keysIn("pkcs11: { module: /usr/lib/p11.so, slot: 0, pin_file: '/run/pin-{agent}' }")).toEqual({
    module: '/usr/lib/p11.so',
    token: { slot: 0 },
    pin: { file: '/run/pin-alice' },
  });
});
