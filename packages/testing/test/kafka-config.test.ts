// The configuration of Kafka brokers is as strict as the documentation says.
import { describe, expect, test } from '@jest/globals';
import {
  kafkaFormatArguments,
  kafkaJavaArguments,
  kafkaProperties,
  type KafkaBrokerPlan,
  type KafkaClusterPlan,
} from '../src/kafka-config.js';

const cluster: KafkaClusterPlan = {
  clusterId: 'EAAAAAAAAAAAAAAAAAAAAA',
  controllerPort: 4000,
  replicas: 2,
  internalPassword: 'internal-secret',
  admin: { name: 'root', password: 'root-secret' },
  users: [{ name: 'alice', password: 'alice-secret' }],
};
const first: KafkaBrokerPlan = {
  node: 1,
  folder: '/work/kafka-1',
  port: 4001,
  internalPort: 4002,
  plaintextPort: null,
};

/** As Kafka reads it. */
const read = (text: string): Map<string, string> =>
  new Map(
    text
      .split('\n')
      .filter((line) => line.includes('=') && !line.startsWith('#'))
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );

describe('server.properties', () => {
  const settings = read(kafkaProperties(cluster, first));

  test.each([
    ['ssl.enabled.protocols', 'TLSv1.3'],
    ['listener.name.client.ssl.client.auth', 'required'],
    ['allow.everyone.if.no.acl.found', 'false'],
    ['auto.create.topics.enable', 'false'],
    ['super.users', 'User:root;User:sealwire-broker'],
    ['listener.security.protocol.map', 'CLIENT:SASL_SSL,INTERNAL:SASL_SSL,CONTROLLER:SASL_SSL'],
    ['offsets.topic.replication.factor', '2'],
  ])('sets %s to %s', (name, value) => {
    expect(settings.get(name)).toBe(value);
  });

  test('tokens are taken where they are asked for, of one key set, issuer and audience', () => {
    const tokens = { jwks: '{}', issuer: 'https://issuer.test', audience: 'kafka', sessionMs: 12_000 };
    const own = read(kafkaProperties({ ...cluster, tokens }, first));
    const client = 'listener.name.client';
    expect(own.get(`${client}.sasl.enabled.mechanisms`)).toBe(
      'SCRAM-SHA-512,SCRAM-SHA-256,PLAIN,OAUTHBEARER',
    );
    const ofTokens = [...own].filter(([name]) => name.startsWith(`${client}.oauthbearer.`));
    expect(ofTokens).toHaveLength(6);
    expect(own.get(`${client}.oauthbearer.sasl.oauthbearer.expected.audience`)).toBe('kafka');
    expect(kafkaJavaArguments(first)).toContain('allowed.urls=file:///work/kafka-1/jwks.json');
    expect([...settings.keys()].filter((name) => name.includes('oauthbearer'))).toEqual([]);
  });

  test('every listener is on loopback', () => {
    const hosts = settings
      .get('listeners')
      ?.split(',')
      .map((listener) => new URL(listener.replace(/^\w+:/, 'http:')).hostname);
    expect(hosts).toEqual(['127.0.0.1', '127.0.0.1', '127.0.0.1']);
  });

  test('every mechanism of every listener has a JAAS line, without which the broker does not start', () => {
    const both = read(kafkaProperties(cluster, { ...first, plaintextPort: 4003 }));
    for (const listener of ['client', 'plaintext']) {
      const mechanisms = both.get(`listener.name.${listener}.sasl.enabled.mechanisms`)?.split(',');
      expect(mechanisms).toEqual(['SCRAM-SHA-512', 'SCRAM-SHA-256', 'PLAIN']);
      for (const name of mechanisms ?? [])
        expect(both.get(`listener.name.${listener}.${name.toLowerCase()}.sasl.jaas.config`)).toMatch(
          /LoginModule required.*;$/,
        );
    }
    for (const listener of ['internal', 'controller'])
      expect(both.get(`listener.name.${listener}.plain.sasl.jaas.config`)).toContain(
        'user_sealwire-broker="internal-secret"',
      );
  });

  test('clients cannot log in as the brokers themselves', () => {
    expect(settings.get('listener.name.client.plain.sasl.jaas.config')).toBe(
      'org.apache.kafka.common.security.plain.PlainLoginModule required user_root="root-secret" user_alice="alice-secret";',
    );
  });

  test('there is a plaintext listener only where it is asked for', () => {
    expect(kafkaProperties(cluster, first)).not.toContain('PLAINTEXT');
    const open = read(kafkaProperties(cluster, { ...first, plaintextPort: 4003 }));
    expect(open.get('listeners')).toContain('PLAINTEXT://127.0.0.1:4003');
    expect(open.get('listener.security.protocol.map')).toContain('PLAINTEXT:SASL_PLAINTEXT');
  });

  test('a listener behind a proxy is as strict as the first, and clients are told the port of the proxy', () => {
    const proxied = read(kafkaProperties(cluster, { ...first, proxied: { port: 4004, proxyPort: 4005 } }));
    expect(proxied.get('listeners')).toContain('PROXIED://127.0.0.1:4004');
    expect(proxied.get('advertised.listeners')).toBe(
      'CLIENT://localhost:4001,INTERNAL://localhost:4002,PROXIED://localhost:4005',
    );
    expect(proxied.get('listener.security.protocol.map')).toContain('PROXIED:SASL_SSL');
    const own = (listener: string): string[] =>
      [...proxied]
        .filter(([name]) => name.startsWith(`listener.name.${listener}.`))
        .map(([name, value]) => `${name.replace(listener, '')}=${value}`);
    expect(own('proxied')).toEqual(own('client'));
    expect(own('proxied')).toContain('listener.name..ssl.client.auth=required');
  });

  test('settings of the caller come last, where Kafka takes them over those of the template', () => {
    const text = kafkaProperties({ ...cluster, settings: { 'group.min.session.timeout.ms': '1000' } }, first);
    expect(text.trimEnd().endsWith('\ngroup.min.session.timeout.ms=1000')).toBe(true);
  });

  test('the second broker holds no controller', () => {
    const second = read(kafkaProperties(cluster, { ...first, node: 2 }));
    expect(second.get('process.roles')).toBe('broker');
    expect(second.get('listeners')).not.toContain('CONTROLLER');
    expect(second.get('controller.quorum.voters')).toBe('1@localhost:4000');
  });
});

describe('format.args', () => {
  test('makes every user with both SCRAM mechanisms', () => {
    const text = kafkaFormatArguments(cluster, first);
    for (const name of ['root', 'alice'])
      for (const mechanism of ['SCRAM-SHA-512', 'SCRAM-SHA-256'])
        expect(text).toContain(`"--add-scram"\n"${mechanism}=[name=${name},password=${name}-secret]"\n`);
  });

  test('leaves the users to the controller in other brokers', () => {
    expect(kafkaFormatArguments(cluster, { ...first, node: 2 })).not.toContain('secret');
  });
});
