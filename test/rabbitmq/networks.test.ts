// Brokers are spoken to within the allowed networks only, at first and at every recovery.
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { secureConnect } from '@sealwire/amqp';
import { FaultProxy } from '@sealwire/testing';
import type { ChannelModel } from 'amqplib';
import type { Sealwire } from 'sealwire';
import { auditEvent } from '../audit-event.js';
import { fixture, openAs } from '../fixture.ts';
import { resolving } from '../resolving.ts';
import { openSilentServer, type SilentServer } from '../silent-server.ts';
import { eventually, json, nextEvent, openStage, type Stage } from './stage.ts';

let stage: Stage;
let silent: SilentServer;
const opened: Sealwire[] = [];
beforeEach(async () => {
  stage = await openStage();
  silent = await openSilentServer();
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((sealwire) => sealwire.close()));
  await stage.close();
  await silent.close();
});

/** The stage’s policy with networks, and the name in the brokers’ certificate wherever they are. */
function within(networks: string): string {
  const file = join(mkdtempSync(join(tmpdir(), 'policy-')), 'sealwire.yaml');
  const text = readFileSync(stage.policy, 'utf8')
    .replaceAll('tls: {', 'tls: { server_name: localhost,')
    .replaceAll(/(kafka|rabbitmq): \{ tls/g, `$1: { allowed_networks: ${networks}, tls`);
  writeFileSync(file, text);
  return file;
}

async function open(policy: string): Promise<Sealwire> {
  const sealwire = await openAs('orchestrator', policy);
  opened.push(sealwire);
  return sealwire;
}

const failure = async (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => new Error('it connected'),
    (error: unknown) => error,
  );

const brokerPort = (): number => Number(new URL(fixture().rabbitmqUrl).port);

test('messages go to a broker within the allowed networks, by its address as by its name', async () => {
  const sealwire = await open(within('[127.0.0.0/8, "::1/128"]'));
  for (const host of ['localhost', '127.0.0.1']) {
    const model = await secureConnect(sealwire, `amqps://${host}:${brokerPort()}`);
    const channel = await model.createConfirmChannel();
    channel.sendToQueue(stage.queue, json('a'));
    await channel.waitForConfirms();
    await model.close();
  }

  expect(await stage.depth(stage.queue)).toBe(2);
});

describe('a broker outside gets no connection', () => {
  test.each(['localhost', '127.0.0.1', '[::ffff:127.0.0.1]'])('where it is given as %s', async (host) => {
    const sealwire = await open(within('[10.0.0.0/8, "::/16"]'));

    expect(await failure(secureConnect(sealwire, `amqps://${host}:${silent.port}`))).toMatchObject({
      name: 'UsageError',
      code: 'ERR_USAGE_NETWORK',
      message: expect.stringContaining('connections.rabbitmq.allowed_networks'),
    });
    expect(silent.connections).toBe(0);
  });

  test('where its name means another address at a recovery; what is allowed again recovers', async () => {
    const policy = within('[127.0.0.1/32]');
    let address = '127.0.0.1';
    const sealwire = resolving(await open(policy), policy, () => [address]);
    const proxy = await FaultProxy.open(brokerPort());
    const model = await secureConnect(sealwire, `amqps://broker.test:${proxy.port}`, {
      recovery: { initialDelay: 20, maxDelay: 50 },
    });
    const events = model as unknown as NodeJS.EventEmitter;
    events.on('error', () => undefined);

    address = '127.0.0.2';
    const failed = nextEvent(events, 'connect-failed');
    proxy.down();
    proxy.heal();
    expect(await failed).toMatchObject({ code: 'ERR_USAGE_NETWORK' });

    const recovered = nextEvent<ChannelModel>(events, 'connect');
    address = '127.0.0.1';
    await recovered;
    const refused = await eventually(async () => {
      const line = await stage.bare.get(stage.audit, { noAck: true });
      const event = line !== false && auditEvent(line.content);
      return event !== false && event['kind'] === 'connection.refused' && event;
    });
    expect(refused).toMatchObject({ code: 'ERR_USAGE_NETWORK', sender_id: 'orchestrator' });
    await model.close();
    await proxy.close();
  });

  test('where a socket came to another address than its name had: it is closed before it is used', async () => {
    const sealwire = await open(within('[10.0.0.0/8]'));
    const unguarded: Sealwire = {
      ...sealwire,
      connection(transport) {
        const guard = sealwire.connection(transport);
        return { ...guard, tlsOptions: (host) => ({ ...guard.tlsOptions(host), lookup: undefined }) };
      },
    };

    expect(await failure(secureConnect(unguarded, fixture().rabbitmqUrl))).toMatchObject({
      code: 'ERR_USAGE_NETWORK',
    });
  });
});
