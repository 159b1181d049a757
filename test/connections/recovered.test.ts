// Connections that come back: amqplib's own recovery is held to the policy each time, and so is a broker that changes its TLS.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { secureConnect } from '@sealwire/amqp';
import type { AuditEvent } from '@sealwire/core';
import { secureKafka } from '@sealwire/kafka';
import { FaultProxy } from '@sealwire/testing';
import kafkajs from 'kafkajs';
import type { ChannelModel } from 'amqplib';
import type { Sealwire } from 'sealwire';
import { fixture, openAs } from '../fixture.ts';
import { confirmed, nextEvent, openStage, type Stage } from '../rabbitmq/stage.ts';
import { selfSigned } from './authority.ts';
import './one-realm.ts';
import { recordPlain, recordTls } from './recording-server.ts';
import { TlsRelay } from './tls-relay.ts';

let stage: Stage;
const closing: (() => Promise<unknown>)[] = [];
beforeEach(async () => {
  stage = await openStage();
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  await stage.close();
});

function closes<Closable extends { close(): Promise<unknown> }>(one: Closable): Closable {
  closing.push(() => one.close());
  return one;
}

const rabbitmqPort = (): number => Number(new URL(fixture().rabbitmqUrl).port);
const kafkaPort = (): number => Number(fixture().kafka[0]!.split(':')[1]);

/** What may stand at the broker's address when a connection comes back. */
const changed: readonly (readonly [string, string, () => Promise<number>])[] = [
  [
    'of somebody else',
    'ERR_USAGE_TLS_SELF_SIGNED',
    async () => {
      const ca = readFileSync(fixture().tls.caFile, 'utf8');
      return closes(await recordTls(await selfSigned(['localhost']), ca)).port;
    },
  ],
  [
    'without TLS',
    'ERR_USAGE_TLS_PLAINTEXT',
    async () => closes(await recordPlain((socket) => socket.write('AMQP\0\0\t\x01'))).port,
  ],
  [
    'with TLS 1.2',
    'ERR_USAGE_TLS_VERSION',
    async () => closes(await TlsRelay.open(rabbitmqPort(), { maxVersion: 'TLSv1.2' })).port,
  ],
  [
    'that no longer asks for the client certificate',
    'ERR_USAGE_TLS_MUTUAL',
    async () => closes(await TlsRelay.open(rabbitmqPort(), { requestCert: false })).port,
  ],
];

test.each(changed)(
  'a recovery that meets a broker %s is refused (%s), and goes on at the right one',
  async (_, code, open) => {
    const sealwire = closes(await openAs('orchestrator', stage.policy));
    const proxy = closes(await FaultProxy.open(rabbitmqPort()));
    const model = closes(
      await secureConnect(sealwire, `amqps://localhost:${proxy.port}`, {
        recovery: { initialDelay: 20, maxDelay: 50 },
      }),
    );
    const events = model as unknown as NodeJS.EventEmitter;
    events.on('error', () => undefined);
    const send = async (text: string): Promise<void> => {
      const channel = await model.createConfirmChannel();
      await confirmed(channel, stage.queue, text);
    };
    await send('a');

    proxy.forwardTo(await open());
    const failed = nextEvent<Error>(events, 'connect-failed');
    proxy.down();
    proxy.heal();
    expect(await failed).toMatchObject({ code });

    const recovered = nextEvent<ChannelModel>(events, 'connect');
    proxy.forwardTo(rabbitmqPort());
    await recovered;
    await send('b');
    expect(await stage.depth(stage.queue)).toBe(2);
  },
);

test('a first connection to a RabbitMQ that does not ask for the client certificate is handed to nobody', async () => {
  const events: AuditEvent[] = [];
  const sealwire = closes(await openAs('orchestrator', stage.policy));
  const watched: Sealwire = {
    ...sealwire,
    report: async (_transport, _sink, event) => void events.push(event),
  };
  const relay = closes(await TlsRelay.open(rabbitmqPort(), { requestCert: false }));

  await expect(secureConnect(watched, `amqps://localhost:${relay.port}`)).rejects.toMatchObject({
    code: 'ERR_USAGE_TLS_MUTUAL',
  });
  expect(events.map(({ kind, code }) => [kind, code])).toEqual([
    ['connection.refused', 'ERR_USAGE_TLS_MUTUAL'],
  ]);
});

describe('a broker with TLS 1.2', () => {
  const tls12 = { maxVersion: 'TLSv1.2' } as const;
  const connectBoth = async (policy: string): Promise<unknown[]> => {
    const events: AuditEvent[] = [];
    const sealwire = closes(await openAs('orchestrator', policy));
    const watched: Sealwire = {
      ...sealwire,
      report: async (_transport, _sink, event) => void events.push(event),
    };
    const rabbitmq = closes(await TlsRelay.open(rabbitmqPort(), tls12));
    const kafka = closes(await TlsRelay.open(kafkaPort(), tls12));
    kafka.advertised = { host: 'localhost', port: kafka.port };
    const admin = secureKafka(watched, {
      brokers: [`localhost:${kafka.port}`],
      logLevel: kafkajs.logLevel.NOTHING,
      retry: { retries: 0 },
    }).admin();
    await admin.connect().catch(() => undefined);
    await admin.disconnect();
    const model = await secureConnect(watched, `amqps://localhost:${rabbitmq.port}`).catch(() => null);
    await model?.close();
    const told = events
      .filter(({ kind }) => kind === 'connection.opened' || kind === 'connection.refused')
      .map(({ facts, code }) => `${String(facts['transport'])} ${code ?? String(facts['tls_version'])}`);
    return [...new Set(told)];
  };

  test('is refused by both clients', async () => {
    expect(await connectBoth(stage.policy)).toEqual([
      'kafka ERR_USAGE_TLS_VERSION',
      'rabbitmq ERR_USAGE_TLS_VERSION',
    ]);
  });

  test('is spoken to until the day to which the policy accepts it', async () => {
    const soon = new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10);
    const accepting = join(dirname(stage.policy), 'accepting.yaml');
    writeFileSync(
      accepting,
      `${readFileSync(stage.policy, 'utf8')}\nchannel_security: { enabled: true, tls: { enabled: true, min_version: '1.2', insecure_min_version_until: ${soon} } }\n`,
    );
    expect(await connectBoth(accepting)).toEqual(['kafka TLSv1.2', 'rabbitmq TLSv1.2']);
  });
});
