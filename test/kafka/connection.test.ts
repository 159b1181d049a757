// Connections are what the policy says, and a failed one says why.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { initFolder } from '@sealwire/cli';
import { UsageError } from '@sealwire/core';
import { secureKafka, type SecureKafkaConfig } from '@sealwire/kafka';
import kafkajs, {
  type Admin,
  type Consumer,
  type Kafka,
  type Producer,
  type SASLOptions,
  type Transaction,
} from 'kafkajs';
import type { Sealwire } from 'sealwire';
import { connectError } from '../../packages/kafka/src/connect-error.ts';
import { passwordLogin } from '../../packages/kafka/src/password-login.ts';
import { fixture, openAs } from '../fixture.ts';
import { openStage, sendValues, take, text, type Stage } from './stage.ts';

let stage: Stage;
beforeEach(async () => {
  stage = await openStage();
});
afterEach(() => stage.close());

/** Opens the stage’s policy with some of its text replaced. */
async function openWith(replace: (policy: string) => string): Promise<Sealwire> {
  const file = join(mkdtempSync(join(tmpdir(), 'sealwire-policy-')), 'sealwire.yaml');
  writeFileSync(file, replace(readFileSync(stage.policy, 'utf8')));
  return openAs('orchestrator', file);
}

const config = (brokers = fixture().kafka): SecureKafkaConfig => ({
  brokers,
  logLevel: kafkajs.logLevel.NOTHING,
  retry: { retries: 1, initialRetryTime: 50 },
});

/** What each kind of client says when it cannot connect. */
async function refusals(sealwire: Sealwire, brokers?: string[]): Promise<unknown[]> {
  const kafka = secureKafka(sealwire, config(brokers));
  const clients = [kafka.producer(), kafka.consumer({ groupId: stage.group })];
  const errors = [];
  for (const client of clients)
    errors.push(
      await client.connect().then(
        () => null,
        (error: unknown) => error,
      ),
    );
  await sealwire.close();
  return errors;
}

const password = (): string =>
  readFileSync(join(fixture().folder, 'secrets', 'orchestrator.password'), 'utf8').trim();

describe('connect', () => {
  test('says that the password is wrong, without saying it', async () => {
    const wrong = join(mkdtempSync(join(tmpdir(), 'sealwire-password-')), 'password');
    writeFileSync(wrong, 'not-the-password-of-anyone', { mode: 0o600 });
    const sealwire = await openWith((policy) =>
      policy.replaceAll(/password_file: '[^']*\/secrets\/\{agent\}\.password'/g, `password_file: '${wrong}'`),
    );
    for (const error of await refusals(sealwire)) {
      expect(error).toMatchObject({ name: 'UsageError', code: 'ERR_USAGE_SASL' });
      expect((error as Error).cause).toMatchObject({ name: 'KafkaJSSASLAuthenticationError' });
      const cause = (error as Error).cause as Error;
      const said = JSON.stringify([error, String(error), String(cause), cause]);
      expect(said).not.toContain('not-the-password');
      expect(said).not.toContain(password());
    }
  });

  test('tries again where the broker refuses a password that it accepted before, as after its start', async () => {
    const { tls, admin } = fixture();
    const sasl = passwordLogin({
      mechanism: 'scram-sha-512',
      username: admin.name,
      password: admin.password,
    }) as SASLOptions & { password: string };
    const kafka = new kafkajs.Kafka({
      ...config(),
      retry: { retries: 4, initialRetryTime: 100 },
      ssl: {
        ca: readFileSync(tls.caFile),
        cert: readFileSync(tls.adminCertFile),
        key: readFileSync(tls.adminKeyFile),
      },
      sasl,
    });
    const connects = async (): Promise<unknown> => {
      const producer = kafka.producer();
      const error = await producer.connect().catch(connectError);
      await producer.disconnect();
      return error;
    };
    // The password goes wrong here, which is the same to the client as a broker that does not know it yet.
    const { password: right } = admin;
    sasl.password = 'not-the-password-of-anyone';
    expect(await connects()).toMatchObject({ code: 'ERR_USAGE_SASL' });
    sasl.password = right;
    expect(await connects()).toBeUndefined();

    sasl.password = 'not-the-password-of-anyone';
    expect(await connects()).toMatchObject({ name: 'InabilityError', code: 'ERR_UNABLE_CONNECTION' });
    setTimeout(() => (sasl.password = right), 250);
    expect(await connects()).toBeUndefined();
  });

  test('says that the broker’s certificate is not trusted', async () => {
    const folder = join(mkdtempSync(join(tmpdir(), 'sealwire-other-')), 'other');
    const other = await initFolder({ folder, agents: ['orchestrator'] });
    const sealwire = await openWith((policy) =>
      policy.replaceAll(/ca_file: [^,]*tls\/ca\.crt/g, `ca_file: ${other.tls.caFile}`),
    );
    for (const error of await refusals(sealwire)) {
      expect(error).toMatchObject({ name: 'UsageError', code: 'ERR_USAGE_TLS_ISSUER' });
      expect((error as Error).message).toContain('is not trusted');
    }
  });

  test('says that the broker refuses our certificate', async () => {
    const folder = join(mkdtempSync(join(tmpdir(), 'sealwire-other-')), 'other');
    const { tls } = await initFolder({ folder, agents: ['orchestrator'] });
    const foreign = dirname(tls.caFile);
    const sealwire = await openWith((policy) =>
      policy.replaceAll(
        /cert_file: '[^']*', key_file: '[^']*'/g,
        `cert_file: '${foreign}/orchestrator.crt', key_file: '${foreign}/orchestrator.key'`,
      ),
    );
    for (const error of await refusals(sealwire)) {
      expect(error).toMatchObject({ name: 'UsageError', code: 'ERR_USAGE_TLS_CLIENT' });
      expect((error as Error).message).toContain('refuses our client certificate');
    }
  });

  test('says why the policy’s judge refused the handshake, on every kind of client', async () => {
    const sealwire = await openAs('orchestrator', stage.policy);
    const judge = (): never => {
      throw new UsageError('ERR_USAGE_CONNECTION', 'refused by the judge');
    };
    const refusing: Sealwire = {
      ...sealwire,
      connection: (transport) => ({ ...sealwire.connection(transport), judge }),
    };
    for (const error of await refusals(refusing)) {
      expect(error).toMatchObject({ name: 'UsageError', code: 'ERR_USAGE_CONNECTION' });
      expect((error as Error).message).toContain('refused by the judge');
    }
  });

  test('says that nobody answers', async () => {
    const server = createServer();
    const port = await new Promise<number>((resolve) =>
      server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port)),
    );
    await new Promise((resolve) => server.close(resolve));
    for (const error of await refusals(await openAs('orchestrator', stage.policy), [`localhost:${port}`])) {
      expect(error).toMatchObject({ name: 'InabilityError', code: 'ERR_UNABLE_CONNECTION' });
      expect((error as Error).message).toContain(`localhost:${port}`);
    }
  });

  test('succeeds later where it failed before', async () => {
    const kafka = await stage.kafka('orchestrator');
    const producer = stage.closes(kafka.producer());
    await producer.connect();
    await producer.disconnect();
    await producer.connect();
    expect(await sendValues(producer, stage.topic, ['a'])).toHaveLength(1);
  });
});

test('options that the policy decides are refused, by types and at run time', async () => {
  const sealwire = await openAs('orchestrator', stage.policy);
  // @ts-expect-error ssl is the policy’s
  expect(() => secureKafka(sealwire, { brokers: ['x:1'], ssl: { rejectUnauthorized: false } })).toThrow(
    /tls/,
  );
  // @ts-expect-error sasl is the policy’s
  expect(() => secureKafka(sealwire, { brokers: ['x:1'], sasl: { mechanism: 'plain' } })).toThrow(/sasl/);
  // @ts-expect-error the socket factory is ours
  expect(() => secureKafka(sealwire, { brokers: ['x:1'], socketFactory: () => null })).toThrow(
    /socketFactory/,
  );
  await sealwire.close();
});

test('what was negotiated is audited', async () => {
  await sendValues(await stage.producer(), stage.topic, ['a']);
  const [event] = await stage.audited('connection.opened', 1);
  expect(event).toMatchObject({
    sender_id: 'orchestrator',
    tls_version: 'TLSv1.3',
    tls_cipher: expect.stringMatching(/^TLS_/),
    peer_fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
    peer_issuer: expect.stringMatching(/^CN=/),
    peer_serial: expect.stringMatching(/^[0-9A-F]+$/),
  });
});

test('code that was written for kafkajs runs as it is', async () => {
  // The annotations are the test: each value must be assignable to kafkajs’ own type.
  const kafka: Kafka = await stage.kafka('orchestrator');
  const producer: Producer = stage.closes(kafka.producer({ transactionalId: stage.group }));
  const admin: Admin = stage.closes(kafka.admin());
  const consumer: Consumer = stage.closes(
    (await stage.kafka('researcher')).consumer({ groupId: stage.group }),
  );
  expect(kafka).toBeInstanceOf(kafkajs.Kafka);
  expect(producer.events).toBe(kafkajs.Kafka.prototype.producer.call(kafka).events);
  const { connect, send, transaction, disconnect, on } = producer;
  let connected = 0;
  const removeListener = on(producer.events.CONNECT, () => {
    connected++;
  });
  await connect();
  removeListener();
  expect(connected).toBe(1);
  await send({ topic: stage.topic, messages: [{ value: 'a' }] });
  const open: Transaction = await transaction();
  const { commit } = open;
  await open.send({ topic: stage.topic, messages: [{ value: 'b' }] });
  await commit();
  await admin.connect();
  // The high watermark follows the acknowledgement; the test's own time limit ends a wait in vain.
  const high = async () => (await admin.fetchTopicOffsets(stage.topic))[0]!.high;
  while ((await high()) !== '3') await new Promise((resolve) => setTimeout(resolve, 50));
  const { subscribe, describeGroup } = consumer;
  await consumer.connect();
  await subscribe({ topic: stage.topic, fromBeginning: true });
  expect((await take(consumer, 2)).map(text)).toEqual(['a', 'b']);
  expect((await describeGroup()).groupId).toBe(stage.group);
  expect(typeof kafka.logger().info).toBe('function');
  await disconnect();
});
