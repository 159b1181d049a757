// Brokers are spoken to within the allowed networks only, whatever a name resolves to and whatever a broker advertises.
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { secureKafka, type SecureKafka } from '@sealwire/kafka';
import kafkajs from 'kafkajs';
import type { Sealwire } from 'sealwire';
import { fixture, openAs } from '../fixture.ts';
import { resolving } from '../resolving.ts';
import { openSilentServer, type SilentServer } from '../silent-server.ts';
import { openStage, sendValues, type Stage } from './stage.ts';

let stage: Stage;
let silent: SilentServer;
const opened: Sealwire[] = [];
beforeEach(async () => {
  stage = await openStage();
  silent = await openSilentServer();
});
afterEach(async () => {
  await stage.close();
  await Promise.all(opened.splice(0).map((sealwire) => sealwire.close()));
  await silent.close();
});

/** The stage’s policy with networks, and the name in the brokers’ certificate wherever they are. */
const within = (networks: string): string =>
  stage.variant((text) =>
    text
      .replaceAll('tls: {', 'tls: { server_name: localhost,')
      .replaceAll(/(kafka|rabbitmq): \{ tls/g, `$1: { allowed_networks: ${networks}, tls`),
  );

async function open(policy: string): Promise<Sealwire> {
  const sealwire = await openAs('orchestrator', policy);
  opened.push(sealwire);
  return sealwire;
}

const kafkaOf = (sealwire: Sealwire, brokers: string[]): SecureKafka =>
  secureKafka(sealwire, {
    brokers,
    logLevel: kafkajs.logLevel.NOTHING,
    retry: { retries: 1, initialRetryTime: 50 },
  });

const failure = async (work: Promise<unknown>): Promise<Error> =>
  work.then(
    () => new Error('it connected'),
    (error: unknown) => error as Error,
  );

const port = (): string => fixture().kafka[0]!.split(':')[1]!;

test('messages go to a broker within the allowed networks', async () => {
  const sealwire = await open(within('[127.0.0.0/8, "::1/128"]'));
  const producer = stage.closes(kafkaOf(sealwire, fixture().kafka).producer());
  await producer.connect();

  expect(await sendValues(producer, stage.topic, ['a'])).toHaveLength(1);
});

describe('a broker outside gets no connection', () => {
  test.each(['localhost', '127.0.0.1'])('where it is given as %s', async (host) => {
    const sealwire = await open(within('[10.0.0.0/8, "fd00::/8"]'));
    const kafka = kafkaOf(sealwire, [`${host}:${silent.port}`]);

    for (const client of [kafka.consumer({ groupId: stage.group }), kafka.admin()])
      expect((await failure(client.connect())).message).toContain('allowed_networks');
    expect(await failure(kafka.producer().connect())).toMatchObject({
      name: 'UsageError',
      code: 'ERR_USAGE_NETWORK',
      message: expect.stringContaining('127.0.0.1'),
    });
    expect(silent.connections).toBe(0);
  });

  test('where one address of several lies outside', async () => {
    const policy = within('[127.0.0.1/32]');
    const sealwire = resolving(await open(policy), policy, () => ['127.0.0.1', '192.0.2.7']);

    expect(
      await failure(
        kafkaOf(sealwire, [`broker.test:${silent.port}`])
          .producer()
          .connect(),
      ),
    ).toMatchObject({
      code: 'ERR_USAGE_NETWORK',
      message: expect.stringContaining('192.0.2.7'),
    });
    expect(silent.connections).toBe(0);
  });

  test('where its name means another address than at the connection before', async () => {
    const policy = within('[127.0.0.1/32]');
    let address = '127.0.0.1';
    const sealwire = resolving(await open(policy), policy, () => [address]);
    const producer = kafkaOf(sealwire, [`broker.test:${port()}`]).producer();
    await producer.connect();
    await producer.disconnect();
    address = '127.0.0.2';

    expect(await failure(producer.connect())).toMatchObject({ code: 'ERR_USAGE_NETWORK' });
  });

  test('where the socket is open before the address is judged: not a byte of TLS', async () => {
    const sealwire = await open(within('[10.0.0.0/8]'));
    const unguarded: Sealwire = {
      ...sealwire,
      connection(transport) {
        const guard = sealwire.connection(transport);
        return { ...guard, tlsOptions: (host) => ({ ...guard.tlsOptions(host), lookup: undefined }) };
      },
    };

    expect(
      await failure(
        kafkaOf(unguarded, [`localhost:${silent.port}`])
          .producer()
          .connect(),
      ),
    ).toMatchObject({ code: 'ERR_USAGE_NETWORK' });
    expect(silent.connections).toBeGreaterThan(0);
    expect(silent.received).toBe(0);
  });
});

describe('a broker that advertises', () => {
  let forwarder: Server;
  /** Another way to the broker, at an address of its own. */
  beforeEach(async () => {
    forwarder = createServer((from) => {
      const to = connect(Number(port()), '127.0.0.1');
      from.pipe(to).pipe(from);
      for (const socket of [from, to])
        socket
          .on('error', () => undefined)
          .on('close', () => {
            from.destroy();
            to.destroy();
          });
    });
    forwarder.listen(0, '127.0.0.2');
    await once(forwarder, 'listening');
  });
  afterEach(() => void forwarder.close());

  test('an address outside is not followed there', async () => {
    const sealwire = await open(within('[127.0.0.2/32]'));
    const seed = `127.0.0.2:${(forwarder.address() as AddressInfo).port}`;
    const admin = stage.closes(kafkaOf(sealwire, [seed]).admin());
    await admin.connect();

    // The controller is where it advertises itself: localhost.
    const error = await failure(admin.createTopics({ topics: [{ topic: 'x' }] }));
    expect(error.message).toContain('localhost is at 127.0.0.1, outside');
  });
});
