import { expect, test } from '@jest/globals';
import { UsageError } from '@sealwire/core';
import { brokerAddress } from '../src/broker-address.js';
import { connectionFailure } from '../src/connection-failure.js';
import { socketOptions } from '../src/socket-options.js';
import { lenientGuard } from './fakes.ts';

const refused = (code: string) => expect.objectContaining({ code });

test.each([
  ['amqps://host', { hostname: 'host', port: 5671, vhost: '' }],
  ['amqps://host:1/a%2Fb', { hostname: 'host', port: 1, vhost: 'a%2Fb' }],
  ['amqps://[::1]:1', { hostname: '::1', port: 1, vhost: '' }],
  [
    'amqps://host/?heartbeat=30&frameMax=8192&channelMax=10&locale=de_DE&heartbeat=1',
    {
      hostname: 'host',
      port: 5671,
      vhost: '',
      heartbeat: 30,
      frameMax: 8192,
      channelMax: 10,
      locale: 'de_DE',
    },
  ],
  [{}, { hostname: 'localhost', port: 5671 }],
  [
    { protocol: 'amqps', hostname: 'h', heartbeat: 0, maxFrameSize: 0 },
    { hostname: 'h', port: 5671, heartbeat: 0, maxFrameSize: 0 },
  ],
])('%p is read as %p', (url, address) => {
  expect(brokerAddress(url, lenientGuard)).toEqual({
    protocol: 'amqps',
    ...address,
  });
});

test.each([
  ['ERR_USAGE_CONNECTION', 'amqp://host'],
  ['ERR_USAGE_CONNECTION', 'https://host'],
  ['ERR_USAGE_CONNECTION', 'amqps://user@host'],
  ['ERR_USAGE_CONNECTION', 'amqps://host?cacertfile=x'],
  ['ERR_USAGE_CONNECTION', { protocol: 'amqp' }],
  ['ERR_USAGE_CONNECTION', { username: 'guest' }],
  ['ERR_USAGE_CONNECTION', { credentials: {} }],
  ['ERR_USAGE_ARGUMENT', 'host'],
  ['ERR_USAGE_ARGUMENT', 'amqps://host?heartbeat=often'],
  ['ERR_USAGE_ARGUMENT', { port: 70_000 }],
  ['ERR_USAGE_ARGUMENT', { hostname: '' }],
  ['ERR_USAGE_ARGUMENT', null],
  ['ERR_USAGE_ARGUMENT', undefined],
])('%s for %p', (code, url) => {
  expect(() => brokerAddress(url as string, lenientGuard)).toThrow(refused(code));
});

test('the guard’s own word on an option comes first', () => {
  const guard = {
    ...lenientGuard,
    refuseWeaker: () => {
      throw new UsageError('ERR_USAGE_CONNECTION', 'write this instead');
    },
  };

  expect(() => brokerAddress('amqps://user@host', guard)).toThrow('write this instead');
});

test('verification is always on, by Node’s own check, and by the guard’s where it has one', () => {
  const asked: string[] = [];
  const options = socketOptions(
    'host',
    {},
    {
      ...lenientGuard,
      tlsOptions: () => ({
        rejectUnauthorized: false,
        checkServerIdentity: (name) => void asked.push(name),
      }),
    },
  );
  expect(options.rejectUnauthorized).toBe(true);
  const check = options.checkServerIdentity!;
  const certificate = (name: string) => ({ subject: { CN: name }, subjectaltname: `DNS:${name}` }) as never;

  expect(check('host', certificate('other'))).toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
  expect(asked).toEqual([]);
  // Last comes the socket itself, of which nobody has told here.
  expect(check('host', certificate('host'))).toMatchObject({ code: 'ERR_USAGE_CONNECTION' });
  expect(asked).toEqual(['host']);
});

test('each connection is held to what the policy says by then: pins, networks, and another server name is refused', () => {
  const asked: string[] = [];
  const told = (name: string) => ({
    servername: 'host',
    checkServerIdentity: () => void asked.push(`pins ${name}`),
    lookup: () => void asked.push(`networks ${name}`),
  });
  const now: { terms: object } = { terms: told('first') };
  const options = socketOptions('host', {}, { ...lenientGuard, tlsOptions: () => now.terms });
  const connect = (): void => {
    options.credentials!.response();
    (options as { lookup: (...given: unknown[]) => void }).lookup('host', {}, () => undefined);
    options.checkServerIdentity!('host', { subject: { CN: 'host' }, subjectaltname: 'DNS:host' } as never);
  };
  connect();
  now.terms = told('second');
  connect();
  expect(asked).toEqual(['networks first', 'pins first', 'networks second', 'pins second']);
  now.terms = { ...told('third'), servername: 'other' };
  expect(connect).toThrow(refused('ERR_USAGE_CONNECTION'));
});

test('credentials come from the policy only, and a connect time-out is always set', () => {
  const options = socketOptions('host', { noDelay: true, keepAlive: true }, lenientGuard);
  expect(options.credentials!.response().toString()).toBe('\0alice\0geheim');
  expect(options).toMatchObject({ timeout: 10_000, noDelay: true, keepAlive: true });
  expect(socketOptions('host', { timeout: 5 }, lenientGuard).timeout).toBe(5);

  const external = { ...lenientGuard, sasl: { mechanism: 'EXTERNAL', username: 'a', password: '' } as const };
  expect(socketOptions('host', {}, external).credentials!.mechanism).toBe('EXTERNAL');
});

test.each([[null], [{ mechanism: 'SCRAM-SHA-256', username: 'a', password: 'b' } as const]])(
  'SASL as %p is refused: amqplib would log in as guest',
  (sasl) => {
    expect(() => socketOptions('host', {}, { ...lenientGuard, sasl })).toThrow(refused('ERR_USAGE_SASL'));
  },
);

const failed = (code: string, message = '') => Object.assign(new Error(message), { code });
test.each([
  ['ERR_UNABLE_CONNECTION', failed('ECONNREFUSED')],
  ['ERR_UNABLE_CONNECTION', failed('ENOTFOUND')],
  ['ERR_UNABLE_CONNECTION', new Error('connect ETIMEDOUT')],
  ['ERR_UNABLE_CONNECTION', new Error('Socket closed abruptly during opening handshake')],
  ['ERR_UNABLE_CONNECTION', 'text'],
  ['ERR_UNABLE_CONNECTION', null],
  ['ERR_USAGE_TLS_ISSUER', failed('SELF_SIGNED_CERT_IN_CHAIN')],
  ['ERR_USAGE_TLS_NAME', failed('ERR_TLS_CERT_ALTNAME_INVALID')],
  ['ERR_USAGE_TLS_EXPIRED', failed('CERT_HAS_EXPIRED')],
  ['ERR_USAGE_REVOKED', failed('CERT_REVOKED')],
  ['ERR_USAGE_TLS_CRL', failed('UNABLE_TO_GET_CRL')],
  ['ERR_USAGE_TLS_CLIENT', failed('ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED')],
  ['ERR_USAGE_TLS_PLAINTEXT', failed('ERR_SSL_WRONG_VERSION_NUMBER')],
  ['ERR_USAGE_SASL', new Error('Handshake terminated by server: 403 (ACCESS-REFUSED)')],
  ['ERR_USAGE_SASL', new Error('SASL mechanism EXTERNAL is not provided by the server')],
])('%s for %p', (code, error) => {
  expect(connectionFailure(error, 'host', 1)).toMatchObject({ code, facts: { broker: 'host:1' } });
});

test('Sealwire’s own errors stay what they are', () => {
  const own = new UsageError('ERR_USAGE_CONNECTION', 'no');

  expect(connectionFailure(own, 'host', 1)).toBe(own);
});

test('no credential is given to a reconnect under a TLS version that is no longer accepted', () => {
  let minVersion: 'TLSv1.2' | 'TLSv1.3' = 'TLSv1.2';
  const guard = {
    ...lenientGuard,
    tlsOptions: (host: string) => ({ ...lenientGuard.tlsOptions(host), minVersion }),
  };
  const { credentials } = socketOptions('host', {}, guard);
  expect(credentials!.response()).toBeInstanceOf(Buffer);
  minVersion = 'TLSv1.3';
  expect(() => credentials!.response()).toThrow(refused('ERR_USAGE_CONNECTION'));
});
