// Opening connections as the policy asks, against a real broker.
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer as createPlainServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { secureConnect, type SecureConnectOptions } from '@sealwire/amqp';
import { initFolder } from '@sealwire/cli';
import type { Options } from 'amqplib';
import { auditEvent } from '../audit-event.js';
import { fixture, fresh, openAs, writePolicy } from '../fixture.ts';
import { eventually, openStage, type Stage } from './stage.ts';

let stage: Stage;
beforeEach(async () => {
  stage = await openStage();
});
afterEach(() => stage.close());

const servers: Server[] = [];
afterEach(() => Promise.all(servers.splice(0).map((server) => new Promise((done) => server.close(done)))));

async function listening(server: Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

/** The stage’s policy with a text replaced. */
function altered(from: string | RegExp, to: string): string {
  const file = join(mkdtempSync(join(tmpdir(), 'policy-')), 'sealwire.yaml');
  writeFileSync(file, readFileSync(stage.policy, 'utf8').replaceAll(from, to));
  return file;
}

async function failure(
  url: string | Options.Connect = fixture().rabbitmqUrl,
  options: object = {},
  policy = stage.policy,
): Promise<Error & { code: string; facts: Record<string, unknown> }> {
  const sealwire = await openAs('orchestrator', policy);
  try {
    const model = await secureConnect(sealwire, url, options as SecureConnectOptions & { recovery?: false });
    await model.close();
  } catch (error) {
    return error as Error & { code: string; facts: Record<string, unknown> };
  } finally {
    await sealwire.close();
  }
  throw new Error('it connected');
}

test('a plaintext address is refused before anything is sent', async () => {
  let connections = 0;
  const port = await listening(createPlainServer(() => connections++));

  expect(await failure(`amqp://localhost:${port}`)).toMatchObject({ code: 'ERR_USAGE_CONNECTION' });
  expect(await failure({ protocol: 'amqp', hostname: 'localhost', port })).toMatchObject({
    code: 'ERR_USAGE_CONNECTION',
  });
  expect(connections).toBe(0);
});

test('the object form is encrypted, which bare amqplib’s is not', async () => {
  const sealwire = await openAs('orchestrator', stage.policy);
  const { hostname, port } = new URL(fixture().rabbitmqUrl);
  const model = await secureConnect(sealwire, { hostname, port: Number(port), vhost: '/', heartbeat: 30 });
  const channel = await model.createConfirmChannel();
  channel.sendToQueue(stage.queue, Buffer.from('1'));
  await channel.waitForConfirms();
  await model.close();
  await sealwire.close();

  expect(await stage.depth(stage.queue)).toBe(1);
});

test.each([
  ['credentials in the URL', 'amqps://user:geheim@localhost:1'],
  ['an auth mechanism', 'amqps://localhost:1?auth_mechanism=external'],
  ['a verify parameter', 'amqps://localhost:1?verify=verify_none'],
])('%s is refused with what to write instead', async (_, url) => {
  const error = await failure(url);

  expect(error).toMatchObject({ name: 'UsageError', code: 'ERR_USAGE_CONNECTION' });
  expect(error.message).not.toContain('geheim');
  expect(error.message).toContain('connections.rabbitmq');
});

test.each([
  [{ rejectUnauthorized: false }],
  [{ checkServerIdentity: () => undefined }],
  [{ ca: 'x' }],
  [{ minVersion: 'TLSv1' }],
  [{ credentials: { mechanism: 'PLAIN', response: () => Buffer.alloc(0) } }],
  [{ servername: 'else' }],
  [{ somethingNew: true }],
])('the option %p is refused', async (options) => {
  expect(await failure('amqps://localhost:1', options)).toMatchObject({ code: 'ERR_USAGE_CONNECTION' });
});

test('credentials in the object form are refused', async () => {
  expect(await failure({ hostname: 'localhost', username: 'guest', password: 'guest' })).toMatchObject({
    code: 'ERR_USAGE_CONNECTION',
  });
});

test('an address that is none is refused without repeating it', async () => {
  const error = await failure('amqps://user:geheim@local host');

  expect(error).toMatchObject({ code: 'ERR_USAGE_ARGUMENT' });
  expect(error.message).not.toContain('geheim');
});

test('a broker that is away is an inability', async () => {
  const port = await listening(createPlainServer());
  await new Promise((done) => servers.pop()!.close(done));

  expect(await failure(`amqps://localhost:${port}`)).toMatchObject({
    name: 'InabilityError',
    code: 'ERR_UNABLE_CONNECTION',
    facts: { reason: 'ECONNREFUSED' },
  });
});

test('a broker that never answers is given up after the time-out', async () => {
  const port = await listening(createPlainServer((socket) => socket.on('error', () => undefined).resume()));

  expect(await failure(`amqps://localhost:${port}`, { timeout: 300 })).toMatchObject({
    code: 'ERR_UNABLE_CONNECTION',
  });
});

test('a certificate of another CA is refused before credentials are sent', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'other-'));
  const other = await initFolder({
    folder: join(folder, 'sealwire'),
    agents: ['a'],
    brokerHosts: ['localhost'],
  });
  let received = 0;
  const tls = createTlsServer(
    { cert: readFileSync(other.tls.brokerCertFile), key: readFileSync(other.tls.brokerKeyFile) },
    (socket) => {
      socket.on('data', () => received++);
      socket.on('error', () => undefined);
    },
  );
  tls.on('tlsClientError', () => undefined);
  const port = await listening(tls);

  expect(await failure(`amqps://localhost:${port}`)).toMatchObject({
    name: 'UsageError',
    code: 'ERR_USAGE_TLS_ISSUER',
    message: expect.stringContaining('not trusted'),
  });
  expect(received).toBe(0);
});

test('a certificate for another name is refused', async () => {
  const policy = altered('tls: {', 'tls: { server_name: other.example,');

  expect(await failure(undefined, {}, policy)).toMatchObject({
    code: 'ERR_USAGE_TLS_NAME',
    facts: { reason: 'ERR_TLS_CERT_ALTNAME_INVALID' },
  });
});

test('a client certificate that the broker does not know is refused', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'other-'));
  await initFolder({
    folder: join(folder, 'sealwire'),
    agents: ['orchestrator'],
    brokerHosts: ['localhost'],
  });
  const tls = join(folder, 'sealwire', 'tls');
  const policy = altered(/(cert_file|key_file): '[^']*\/tls\//g, `$1: '${tls}/`);

  expect(await failure(undefined, {}, policy)).toMatchObject({
    code: 'ERR_USAGE_TLS_CLIENT',
    message: expect.stringContaining('our client certificate'),
  });
});

test('a wrong password says so, without it', async () => {
  const secret = join(mkdtempSync(join(tmpdir(), 'secret-')), 'password');
  writeFileSync(secret, 'geheim\n', { mode: 0o600 });
  const error = await failure(
    undefined,
    {},
    altered(/password_file: '[^']*'/g, `password_file: '${secret}'`),
  );

  expect(error).toMatchObject({ name: 'UsageError', code: 'ERR_USAGE_SASL' });
  expect(JSON.stringify([error.message, error.facts, String(error.cause)])).not.toContain('geheim');
});

test('a virtual host that is not there is an inability that says so', async () => {
  expect(await failure(`${fixture().rabbitmqUrl}/nowhere`)).toMatchObject({
    code: 'ERR_UNABLE_CONNECTION',
    message: expect.stringContaining('virtual host'),
  });
});

test('EXTERNAL logs in with the client certificate', async () => {
  const policy = writePolicy({
    channels: { orders: { queues: [stage.queue], publish: [{ exchange: '', routingKey: stage.queue }] } },
    saslMechanism: { rabbitmq: 'EXTERNAL' },
    audit: stage.audit,
  });
  const sealwire = await openAs('orchestrator', policy);
  const model = await secureConnect(sealwire, fixture().rabbitmqUrl);
  await model.close();
  await sealwire.close();
});

test('a policy whose mechanism RabbitMQ does not have is refused', async () => {
  const policy = writePolicy({
    channels: { orders: { queues: [stage.queue] } },
    saslMechanism: { rabbitmq: 'SCRAM-SHA-256' },
  });

  await expect(
    openAs('orchestrator', policy).then((sealwire) => secureConnect(sealwire, fixture().rabbitmqUrl)),
  ).rejects.toMatchObject({ name: 'UsageError' });
});

test('the policy and what was negotiated are audited first', async () => {
  const model = await stage.connect('orchestrator');
  await model.close();

  const next = () =>
    eventually(async () => {
      const line = await stage.bare.get(stage.audit, { noAck: true });
      const event = line === false ? null : auditEvent<{ kind: string }>(line.content);
      // The first one comes as soon as the start is published, before or behind the others.
      return event !== null && event.kind !== 'audit.checkpoint' && event;
    });
  expect(await next()).toMatchObject({ kind: 'audit.started', sender_id: 'orchestrator' });
  expect(await next()).toMatchObject({
    kind: 'policy.loaded',
    sender_id: 'orchestrator',
    policy_hash: createHash('sha256').update(readFileSync(stage.policy)).digest('hex'),
  });
  expect(await next()).toMatchObject({
    kind: 'connection.opened',
    sender_id: 'orchestrator',
    tls_version: 'TLSv1.3',
    peer: 'localhost',
    peer_issuer: expect.stringMatching(/^CN=/),
    peer_serial: expect.stringMatching(/^[0-9A-F]+$/),
  });
});

test('the raw connection is not within reach', async () => {
  const model = await stage.connect('orchestrator');
  const channel = await model.createChannel();

  expect(Object.keys(model.connection)).toEqual(['serverProperties']);
  expect(model.connection.serverProperties.product).toBe('RabbitMQ');
  expect(Object.keys(channel.connection)).toEqual(['serverProperties']);
});

test('the audit exchange and quarantine queue are declared where they are not there yet', async () => {
  const [audit, quarantine] = [fresh('audit'), fresh('quarantine')];
  const policy = writePolicy({
    channels: { orders: { queues: [stage.queue], publish: [{ exchange: '', routingKey: stage.queue }] } },
    audit,
    quarantine,
  });
  const sealwire = await openAs('orchestrator', policy);
  const model = await secureConnect(sealwire, fixture().rabbitmqUrl);
  const channel = await model.createChannel();
  stage.bare.sendToQueue(stage.queue, Buffer.from('junk'));
  await eventually(() =>
    channel
      .get(stage.queue)
      .then(() => stage.depth(stage.queue))
      .then((n) => n === 0),
  );
  await model.close();
  await sealwire.close();

  await stage.bare.checkExchange(audit);
  expect(await stage.depth(audit)).toBeGreaterThan(0);
  expect(await stage.depth(quarantine)).toBe(1);
});
