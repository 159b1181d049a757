// Nothing that a program, its process or a resolver says makes a connection weaker than the policy has it.
import { mkdtempSync, writeFileSync } from 'node:fs';
import type { LookupFunction } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { secureConnect, type SecureConnectOptions } from '@sealwire/amqp';
import { secureKafka, type SecureKafkaConfig } from '@sealwire/kafka';
import type { Options } from 'amqplib';
import kafkajs from 'kafkajs';
import type { Sealwire } from 'sealwire';
import { openAs, writePolicy } from '../fixture.ts';
import { Authority, past } from './authority.ts';
import { recordTls, type RecordingServer } from './recording-server.ts';
import { tryAll, under, type Terms, type Trial } from './tried.ts';

let sealwire: Sealwire;
let root: Authority;
let terms: Terms;
let server: RecordingServer;
beforeAll(async () => {
  sealwire = await openAs('orchestrator', writePolicy({ channels: { orders: { topics: ['orders'] } } }));
  root = await Authority.root('the root');
  terms = { ca: root.certificate, client: await root.issue('client', { usage: 'clientAuth' }) };
  server = await recordTls(
    await root.issue('broker', { hosts: ['broker.test', 'localhost'] }),
    root.certificate,
  );
});
afterAll(async () => {
  await sealwire.close();
  await server.close();
});
let before = 0;
afterEach(() => {
  before = server.connections;
});

/** Neither protocol is answered there. */
const impatient = { patienceMs: 2_000 };

async function codesOf(of: Terms, broker: string, options: Trial = impatient): Promise<unknown[]> {
  return (await tryAll(sealwire, of, broker, options)).map(({ error }) => error?.code);
}

/** @param answers one list of addresses for each time that it is asked, the last for ever */
function resolver(...answers: readonly (readonly string[])[]): LookupFunction {
  let asked = 0;
  return (_name, { all }, callback) => {
    const found = answers[Math.min(asked++, answers.length - 1)]!.map((address) => ({ address, family: 4 }));
    process.nextTick(() => {
      if (all === true) callback(null, found);
      else callback(null, found[0]!.address, 4);
    });
  };
}
const six = (code: string): string[] => Array.from({ length: 6 }, () => code);

describe('an address outside the allowed networks gets no connection', () => {
  const loopback = ", allowed_networks: ['127.0.0.1/32']";

  test('where it is given as such', async () => {
    const elsewhere = { ...terms, connection: ", allowed_networks: ['10.0.0.0/8', 'fd00::/8']" };

    for (const host of ['127.0.0.1', 'localhost'])
      expect(await codesOf(elsewhere, `${host}:${server.port}`)).toEqual(six('ERR_USAGE_NETWORK'));
    expect(server.connections).toBe(before);
  });

  test('where a name has one address inside and one outside', async () => {
    const lookup = resolver(['127.0.0.1', '192.0.2.7']);

    expect(await codesOf({ ...terms, connection: loopback, lookup }, `broker.test:${server.port}`)).toEqual(
      six('ERR_USAGE_NETWORK'),
    );
    expect(server.connections).toBe(before);
  });

  test('where a name is rebound between two connections', async () => {
    const rebound: Terms = { ...terms, connection: loopback, lookup: resolver(['127.0.0.1']) };
    await codesOf(rebound, `broker.test:${server.port}`);
    const reached = server.connections;
    expect(reached).toBeGreaterThan(before);
    const now: Terms = { ...rebound, lookup: resolver(['127.0.0.2']) };

    expect(await codesOf(now, `broker.test:${server.port}`)).toEqual(six('ERR_USAGE_NETWORK'));
    expect(server.connections).toBe(reached);
  });
});

describe('a process whose settings weaken TLS connects to nothing', () => {
  test.each<[string, Partial<Terms>]>([
    ['NODE_TLS_REJECT_UNAUTHORIZED=0', { env: { NODE_TLS_REJECT_UNAUTHORIZED: '0' } }],
    ['--tls-min-v1.0', { execArgv: ['--tls-min-v1.0'] }],
    ['--tls-min-v1.1 in NODE_OPTIONS', { env: { NODE_OPTIONS: '--tls-min-v1.1' } }],
    ['--tls-max-v1.2', { execArgv: ['--tls-max-v1.2'] }],
    ['--tls-keylog', { execArgv: ['--tls-keylog=/tmp/keys'] }],
    ['--trace-tls', { execArgv: ['--trace-tls'] }],
  ])('%s', async (_, runtime) => {
    expect(await codesOf({ ...terms, ...runtime }, `localhost:${server.port}`)).toEqual(
      six('ERR_USAGE_RUNTIME'),
    );
    expect(server.connections).toBe(before);
  });

  test('also where it begins to while it runs', async () => {
    const env: Record<string, string> = {};
    const kafka = secureKafka(under(sealwire, { ...terms, env }), {
      brokers: [`localhost:${server.port}`],
      logLevel: kafkajs.logLevel.NOTHING,
      retry: { retries: 0 },
    });
    env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';

    await expect(kafka.producer().connect()).rejects.toMatchObject({ code: 'ERR_USAGE_RUNTIME' });
    expect(server.connections).toBe(before);
  });
});

test('a revocation list that is over is no list', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'sealwire-crl-')), 'ca.crl');
  writeFileSync(file, await root.revoke([], past()));

  expect(await codesOf({ ...terms, tls: `, crl_file: ${file}` }, `localhost:${server.port}`)).toEqual(
    six('ERR_USAGE_TLS_CRL'),
  );
  expect(server.connections).toBe(before);
});

function thrown(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return null;
}

describe('options that a client would take are refused', () => {
  const own = (): Sealwire => under(sealwire, terms);
  const credentials = { mechanism: 'PLAIN', response: () => Buffer.alloc(0) };
  const everywhere: object[] = [
    { rejectUnauthorized: false },
    { checkServerIdentity: () => undefined },
    { minVersion: 'TLSv1' },
    { maxVersion: 'TLSv1.2' },
    { secureProtocol: 'TLSv1_method' },
    { secureOptions: 1 },
    { ciphers: 'DEFAULT@SECLEVEL=0' },
    { sigalgs: 'RSA+SHA1' },
    { ca: 'x' },
    { cert: 'x', key: 'x' },
    { pfx: 'x' },
    { secureContext: {} },
    { session: Buffer.alloc(0) },
    { pskCallback: () => null },
    { servername: 'other.example' },
    { host: '127.0.0.9' },
    { path: '/tmp/socket' },
    { lookup: () => undefined },
    { socket: {} },
    { enableTrace: true },
    { crl: 'x' },
  ];

  test.each(everywhere)('%p', async (option) => {
    const config = { brokers: [`localhost:${server.port}`], ...option } as unknown as SecureKafkaConfig;
    expect(thrown(() => secureKafka(own(), config))).toMatchObject({ code: 'ERR_USAGE_CONNECTION' });
    await expect(
      secureConnect(own(), `amqps://localhost:${server.port}`, option as { recovery?: false }),
    ).rejects.toMatchObject({ code: 'ERR_USAGE_CONNECTION' });
  });

  test.each([
    { ssl: false },
    { ssl: { rejectUnauthorized: false } },
    { sasl: { mechanism: 'plain', username: 'guest', password: 'guest' } },
    { socketFactory: () => null },
    { authenticationProvider: () => null },
  ])('of kafkajs: %p', (option) => {
    const config = { brokers: [`localhost:${server.port}`], ...option } as unknown as SecureKafkaConfig;
    expect(thrown(() => secureKafka(own(), config))).toMatchObject({ code: 'ERR_USAGE_CONNECTION' });
  });

  test.each<[string | Options.Connect, SecureConnectOptions | undefined]>([
    ['amqp://localhost:1', undefined],
    ['amqp://guest:guest@localhost:1', undefined],
    ['amqps://guest:guest@localhost:1', undefined],
    ['amqps://localhost:1?auth_mechanism=plain', undefined],
    ['amqps://localhost:1?verify=verify_none', undefined],
    [{ protocol: 'amqp', hostname: 'localhost', port: 1 }, undefined],
    [{ hostname: 'localhost', port: 1, username: 'guest', password: 'guest' }, undefined],
    ['amqps://localhost:1', { credentials } as SecureConnectOptions],
  ])('of amqplib: %p %p', async (url, options) => {
    const refused = await secureConnect(own(), url, options as { recovery?: false }).catch(
      (error: unknown) => error as Error & { code: string },
    );
    expect(refused).toMatchObject({ code: 'ERR_USAGE_CONNECTION' });
    expect((refused as Error).message).not.toContain('guest:');
  });

  afterEach(() => expect(server.connections).toBe(before));
});
