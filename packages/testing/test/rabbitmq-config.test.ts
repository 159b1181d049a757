// The configuration of RabbitMQ nodes is as strict as the documentation says.
import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import {
  rabbitmqDefinitions,
  rabbitmqPasswordHash,
  rabbitmqSettings,
  type RabbitmqPlan,
} from '../src/rabbitmq-config.js';

const plan: RabbitmqPlan = {
  folder: '/work/rabbitmq',
  tls: { caFile: '/work/ca.crt', certFile: '/work/broker.crt', keyFile: '/work/broker.key' },
  port: 4001,
  plaintextPort: null,
  managementPort: 4002,
  managementTlsPort: 4003,
  admin: { name: 'root', password: 'root-secret' },
  users: [
    { name: 'alice', password: 'alice-secret' },
    { name: 'bob', password: 'bob-secret' },
  ],
  permissions: { alice: { configure: '', write: '^orders$', read: '' } },
};

describe('rabbitmq.conf', () => {
  const lines = rabbitmqSettings(plan).split('\n');

  test.each([
    'listeners.tcp = none',
    'listeners.ssl.1 = 127.0.0.1:4001',
    'ssl_options.versions.1 = tlsv1.3',
    'ssl_options.verify = verify_peer',
    'ssl_options.fail_if_no_peer_cert = true',
    'management.tcp.ip = 127.0.0.1',
    'management.ssl.ip = 127.0.0.1',
    'management.ssl.versions.1 = tlsv1.3',
    'management.ssl.fail_if_no_peer_cert = true',
  ])('says %s', (line) => {
    expect(lines).toContain(line);
  });

  test('offers PLAIN and EXTERNAL and nothing else', () => {
    expect(lines.filter((line) => line.startsWith('auth_mechanisms'))).toEqual([
      'auth_mechanisms.1 = PLAIN',
      'auth_mechanisms.2 = EXTERNAL',
    ]);
  });

  test('there is a plaintext listener only where it is asked for', () => {
    const open = rabbitmqSettings({ ...plan, plaintextPort: 4003 }).split('\n');
    expect(open).toContain('listeners.tcp.1 = 127.0.0.1:4003');
    expect(open).not.toContain('listeners.tcp = none');
  });
});

describe('definitions.json', () => {
  const definitions = JSON.parse(rabbitmqDefinitions(plan)) as {
    users: { name: string; tags: string }[];
    permissions: unknown[];
  };

  test('has the administrator and the users, and no other', () => {
    expect(definitions.users.map(({ name, tags }) => [name, tags])).toEqual([
      ['root', 'administrator'],
      ['alice', ''],
      ['bob', ''],
    ]);
  });

  test('holds no password', () => {
    expect(rabbitmqDefinitions(plan)).not.toContain('secret');
  });

  test('allows a user nothing, not even the virtual host, without an entry', () => {
    expect(definitions.permissions).toEqual([
      { user: 'root', vhost: '/', configure: '.*', write: '.*', read: '.*' },
      { user: 'alice', vhost: '/', configure: '', write: '^orders$', read: '' },
    ]);
  });

  test('a password hash is a salt and SHA-256 over salt and password', () => {
    const hash = Buffer.from(
      rabbitmqPasswordHash('guess', Buffer.from('90 8d c6 0a'.replaceAll(' ', ''), 'hex')),
      'base64',
    );
    expect(hash.subarray(0, 4).toString('hex')).toBe('908dc60a');
    expect(hash.subarray(4)).toEqual(
      createHash('sha256').update(Buffer.from('908dc60a', 'hex')).update('guess').digest(),
    );
  });
});
