// Client options and settings of the process that would weaken the policy are refused, each with its way out.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Transport } from '@sealwire/core';
import { loadPolicy, openConnectionGuard, type Policy, type Runtime } from '../src/index.js';
import { newAuthority } from './certificates.js';
import { least, newFolder, thrown } from './made.js';

let policy: Policy;
beforeAll(async () => {
  const folder = newFolder();
  const authority = await newAuthority('authority');
  writeFileSync(join(folder, 'ca.crt'), authority.certificate);
  const connection = 'tls: { ca_file: ca.crt }, sasl: { mechanism: PLAIN, username: me, password_env: PASS }';
  writeFileSync(
    join(folder, 'sealwire.yaml'),
    `${least}connections: { kafka: { ${connection} }, rabbitmq: { ${connection} } }\n`,
  );
  policy = loadPolicy(join(folder, 'sealwire.yaml'), { agent: 'alice' });
});

const guard = (transport: Transport = 'kafka', runtime: Partial<Runtime> = {}) =>
  openConnectionGuard(policy, transport, 'alice', { env: { PASS: 'x' }, execArgv: [], ...runtime });

const message = (transport: Transport, options: Record<string, unknown>): string => {
  const error = thrown(() => guard(transport).refuseWeaker(options));
  expect(error.code).toBe('ERR_USAGE_CONNECTION');
  return error.message;
};

const ofTls = [
  'ca',
  'cert',
  'key',
  'pfx',
  'passphrase',
  'rejectUnauthorized',
  'checkServerIdentity',
  'minVersion',
  'maxVersion',
  'secureProtocol',
  'secureContext',
  'secureOptions',
  'ciphers',
  'sigalgs',
  'ecdhCurve',
  'servername',
  'host',
  'path',
  'socket',
  'session',
  'pskCallback',
  'allowPartialTrustChain',
  'crl',
  'enableTrace',
];

test.each([...ofTls, 'ssl', 'sasl', 'socketFactory', 'authenticationProvider'])(
  'kafkajs’ %s is refused',
  (name) => {
    expect(message('kafka', { brokers: ['b:1'], [name]: true })).toContain(`- ${name}: remove it; `);
  },
);

test.each([...ofTls, 'username', 'password', 'credentials'])('amqplib’s %s is refused', (name) => {
  expect(message('rabbitmq', { hostname: 'b', [name]: 'x' })).toContain(`- ${name}: remove it; `);
});

test.each(['amqp', 'amqp:', 'http', ''])('the protocol %j is refused for RabbitMQ', (protocol) => {
  expect(message('rabbitmq', { protocol })).toContain('- protocol: write amqps');
});

test('every refused option is told at once, with the setting to write instead, and no value', () => {
  const text = message('kafka', { ssl: { rejectUnauthorized: false }, sasl: { password: 'hunter2' } });
  expect(text).toContain('ssl: remove it; connections.kafka.tls of sealwire.yaml decides TLS');
  expect(text).toContain('sasl: remove it; write connections.kafka.sasl');
  expect(text).not.toContain('hunter2');
});

test('false, null and inherited values are refused as well: clients read them', () => {
  expect(message('kafka', { ssl: false })).toContain('- ssl');
  expect(message('kafka', { sasl: null })).toContain('- sasl');
  expect(
    message('rabbitmq', Object.create({ rejectUnauthorized: false }) as Record<string, unknown>),
  ).toContain('- rejectUnauthorized');
});

test('what does not weaken anything passes', () => {
  const kafka = {
    clientId: 'c',
    brokers: ['b:1'],
    retry: { retries: 3 },
    connectionTimeout: 1,
    logLevel: 2,
    ssl: undefined,
  };
  expect(() => guard().refuseWeaker(kafka)).not.toThrow();
  const rabbitmq = {
    protocol: 'amqps',
    hostname: 'b',
    port: 5671,
    vhost: '/',
    heartbeat: 10,
    frameMax: 0,
    noDelay: true,
  };
  expect(() => guard('rabbitmq').refuseWeaker(rabbitmq)).not.toThrow();
});

describe('the process', () => {
  test.each<[string, Partial<Runtime>]>([
    ['NODE_TLS_REJECT_UNAUTHORIZED=0', { env: { PASS: 'x', NODE_TLS_REJECT_UNAUTHORIZED: '0' } }],
    ['--tls-min-v1.0', { execArgv: ['--tls-min-v1.0'] }],
    ['--tls-min-v1.1', { env: { PASS: 'x', NODE_OPTIONS: '--max-old-space-size=100 --tls-min-v1.1' } }],
    ['--tls-max-v1.2', { execArgv: ['--inspect', '--tls-max-v1.2'] }],
    ['--tls-keylog', { execArgv: ['--tls-keylog=/tmp/keys'] }],
  ])('must not weaken TLS by %s', (name, runtime) => {
    const error = thrown(() => guard('kafka', runtime));
    expect(error.code).toBe('ERR_USAGE_RUNTIME');
    expect(error.message).toContain(name);
    expect(error.message).toMatch(/unset it|remove it/);
  });

  test('may say what is no weaker', () => {
    const env = { PASS: 'x', NODE_TLS_REJECT_UNAUTHORIZED: '1', NODE_OPTIONS: '--tls-min-v1.3' };
    expect(() => guard('kafka', { env, execArgv: ['--tls-max-v1.3', '--tls-min-v1.2'] })).not.toThrow();
  });

  test('is asked again before every connection: it can be weakened later', () => {
    const env: Record<string, string> = { PASS: 'x' };
    const { tlsOptions, refuseWeaker } = guard('kafka', { env });
    env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    expect(thrown(() => tlsOptions('b')).code).toBe('ERR_USAGE_RUNTIME');
    expect(thrown(() => refuseWeaker({})).code).toBe('ERR_USAGE_RUNTIME');
  });
});
