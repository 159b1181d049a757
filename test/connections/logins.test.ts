// Every way to log in, at the real brokers, over TLS 1.3 with client certificates.
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { secureConnect } from '@sealwire/amqp';
import type { AuditEvent, TokenProvider } from '@sealwire/core';
import { secureKafka, type SecureKafka } from '@sealwire/kafka';
import { importJWK, SignJWT } from 'jose';
import kafkajs from 'kafkajs';
import type { Sealwire } from 'sealwire';
import { fixture, openAs, writePolicy } from '../fixture.ts';
import { openStage } from '../kafka/stage.ts';
import { selfSigned } from './authority.ts';
import { recordTls } from './recording-server.ts';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** What it audits of connections is told to `events` as well. */
async function opened(policy: string, events: AuditEvent[] = [], token?: TokenProvider): Promise<Sealwire> {
  const sealwire = await openAs('orchestrator', policy, token === undefined ? {} : { token });
  closing.push(() => sealwire.close());
  return { ...sealwire, report: async (_transport, _sink, event) => void events.push(event) };
}

const kafkaOf = (sealwire: Sealwire, broker = fixture().kafka[0]!): SecureKafka =>
  secureKafka(sealwire, {
    brokers: [broker],
    logLevel: kafkajs.logLevel.NOTHING,
    retry: { retries: 2, initialRetryTime: 50 },
  });

const expectOpened = (events: readonly AuditEvent[]): void =>
  expect(events.filter(({ kind }) => kind === 'connection.opened')[0]?.facts).toMatchObject({
    tls_version: 'TLSv1.3',
    peer: 'localhost',
  });

function connectionOf(sasl: string): string {
  const { folder } = fixture();
  return `{ tls: { ca_file: ${folder}/tls/ca.crt, cert_file: '${folder}/tls/{agent}.crt', key_file: '${folder}/tls/{agent}.key' }, sasl: { ${sasl} } }`;
}

/** Topics to send to and to audit to, over such a connection. */
async function stageOf(sasl: string): Promise<{ readonly topic: string; readonly policy: string }> {
  const stage = await openStage();
  closing.push(() => stage.close());
  const line = `  kafka: ${connectionOf(sasl)}`;
  return {
    topic: stage.topic,
    policy: stage.variant((text) => text.replace(/^ {2}kafka: \{ tls.*$/m, line)),
  };
}

async function newToken(
  lifeS: number,
  claims: { subject?: string; audience?: string } = {},
): Promise<string> {
  const { issuer, audience, privateJwk } = fixture().tokens!;
  return new SignJWT({})
    .setProtectedHeader({ alg: 'ES256', kid: 'test' })
    .setSubject(claims.subject ?? 'orchestrator')
    .setIssuer(issuer)
    .setAudience(claims.audience ?? audience)
    .setIssuedAt()
    .setExpirationTime(`${lifeS}s`)
    .sign(await importJWK(privateJwk, 'ES256'));
}

const anyTopic = { channels: { orders: { topics: ['orders'] } } };

test.each(['SCRAM-SHA-512', 'SCRAM-SHA-256', 'PLAIN'])('Kafka lets in by %s', async (kafka) => {
  const events: AuditEvent[] = [];
  const sealwire = await opened(writePolicy({ ...anyTopic, saslMechanism: { kafka } }), events);
  const admin = kafkaOf(sealwire).admin();
  await admin.connect();
  closing.push(() => admin.disconnect());

  expect((await admin.describeCluster()).brokers).toHaveLength(1);
  expectOpened(events);
});

test.each(['PLAIN', 'EXTERNAL'])('RabbitMQ lets in by %s', async (rabbitmq) => {
  const events: AuditEvent[] = [];
  const policy = writePolicy({
    channels: { orders: { queues: ['orders'], publish: [{ exchange: 'e', routingKey: 'k' }] } },
    saslMechanism: { rabbitmq },
  });
  const model = await secureConnect(await opened(policy, events), fixture().rabbitmqUrl);
  closing.push(() => model.close());

  expect(model.connection.serverProperties.product).toBe('RabbitMQ');
  expectOpened(events);
});

test('Kafka lets in by a token of a file, and again by the renewed one before its session ends', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'sealwire-token-')), 'token');
  const lay = (token: string): void => writeFileSync(file, token, { mode: 0o600 });
  lay(await newToken(600));
  const { topic, policy } = await stageOf(`mechanism: OAUTHBEARER, token_file: ${file}`);
  const sealwire = await opened(policy);
  const connections = new Set<unknown>();
  let [logins, last] = [0, ''];
  const watched: Sealwire = {
    ...sealwire,
    connection(transport) {
      const guard = sealwire.connection(transport);
      const { sasl } = guard;
      if (sasl?.mechanism !== 'OAUTHBEARER') throw new Error('another mechanism');
      return {
        ...guard,
        judge(socket) {
          connections.add(socket);
          return guard.judge(socket);
        },
        sasl: {
          ...sasl,
          async token() {
            logins++;
            return (last = await sasl.token());
          },
        },
      };
    },
  };
  const producer = kafkaOf(watched).producer();
  await producer.connect();
  closing.push(() => producer.disconnect());
  const send = () => producer.send({ topic, messages: [{ value: '1', partition: 0 }] });
  await send();
  const [loginsBefore, connectionsBefore] = [logins, connections.size];
  const renewed = await newToken(1200);
  lay(renewed);
  // kafkajs logs in anew ten seconds before a session's end: two after its beginning.
  while (logins === loginsBefore) {
    await new Promise((resolve) => setTimeout(resolve, 200));
    await send();
  }

  expect(last).toBe(renewed);
  expect(connections.size).toBe(connectionsBefore);
  await send();
});

test('a program’s token is got once for all connections, and not for a broker that is not trusted', async () => {
  const { topic, policy } = await stageOf('mechanism: OAUTHBEARER');
  let asked = 0;
  const sealwire = await opened(policy, [], async () => {
    asked++;
    return { value: await newToken(600), expiresAtMs: Date.now() + 600_000 };
  });
  const untrusted = await recordTls(
    await selfSigned(['localhost']),
    readFileSync(fixture().tls.caFile, 'utf8'),
  );
  closing.push(() => untrusted.close());
  await expect(kafkaOf(sealwire, `localhost:${untrusted.port}`).producer().connect()).rejects.toMatchObject({
    code: 'ERR_USAGE_TLS_SELF_SIGNED',
  });
  expect([asked, untrusted.received().length]).toEqual([0, 0]);

  const producer = kafkaOf(sealwire).producer();
  await producer.connect();
  closing.push(() => producer.disconnect());
  await producer.send({ topic, messages: [{ value: '1' }] });
  expect(asked).toBe(1);
});

test('a token that Kafka does not take is told as such, and not said', async () => {
  const token = await newToken(600, { audience: 'another' });
  const policy = writePolicy({ ...anyTopic, kafkaConnection: connectionOf('mechanism: OAUTHBEARER') });
  const logged: string[] = [];
  const sealwire = await opened(policy, [], async () => ({
    value: token,
    expiresAtMs: Date.now() + 600_000,
  }));
  const kafka = secureKafka(sealwire, {
    brokers: fixture().kafka,
    logLevel: kafkajs.logLevel.DEBUG,
    logCreator: () => (entry) => void logged.push(JSON.stringify(entry)),
    retry: { retries: 0 },
  });
  const error = (await kafka
    .producer()
    .connect()
    .catch((reason: unknown) => reason)) as Error;

  expect(error).toMatchObject({ code: 'ERR_USAGE_SASL', facts: { reason: 'invalid_token' } });
  expect(logged.length).toBeGreaterThan(0);
  expect([...logged, JSON.stringify(error), String(error.cause)].join('\n')).not.toContain(token);
});
