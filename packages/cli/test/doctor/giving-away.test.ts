// What `sealwire doctor` tells nobody: a credential to whom the policy, or this machine, does not trust; and how long it waits.
import { createServer as createHttpServer, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import net, { type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { openContext } from '../../src/doctor/context.js';
import type { DoctorOptions } from '../../src/doctor/doctor-options.js';
import { askOn, guardedHandshake } from '../../src/doctor/guarded-handshake.js';
import type { Management } from '../../src/doctor/management.js';
import { probePlaintext } from '../../src/doctor/probe-plaintext.js';
import type { Row } from '../../src/doctor/row.js';
import { initFolder, type InitReport } from '../../src/index.js';
import { askManagement } from '@sealwire/amqp';
import { command, newFolder } from '../made.js';
import { amqpStart, listenOverTls, type Listening } from './listening.js';

let made: InitReport;
let login: string[];
beforeAll(async () => {
  made = await initFolder({ folder: newFolder(), agents: ['alice'] });
  renameSync(join(made.folder, 'root'), `${made.folder}-offline`);
  const file = join(made.folder, 'watch.password');
  writeFileSync(file, 'of the watch', { mode: 0o600 });
  login = ['--management-user', 'watch', '--management-password-file', file];
});
const open: { close(): unknown }[] = [];
afterEach(async () => {
  jest.restoreAllMocks();
  delete process.env['SEALWIRE_POLICY_DIGEST'];
  await Promise.all(open.splice(0).map((one) => one.close()));
});
async function listens(one: Promise<Listening>): Promise<Listening> {
  const listening = await one;
  open.push(listening);
  return listening;
}

/** A management API that keeps who asked it. */
async function managed(server: Server): Promise<{ readonly port: number; readonly logins: string[] }> {
  const logins: string[] = [];
  server.on('request', ({ headers }, response) => {
    if (headers.authorization !== undefined) logins.push(headers.authorization);
    response.setHeader('content-type', 'application/json').end('[]');
  });
  open.push({ close: () => (server.closeAllConnections(), server.close()) });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  return { port: (server.address() as AddressInfo).port, logins };
}

const words = (...more: string[]): string[] => [
  'doctor',
  '--policy',
  made.policyFile,
  '--json',
  '--ports',
  '',
  ...more,
];
async function doctor(...more: string[]): Promise<Row[]> {
  return (JSON.parse((await command(...words(...more))).out) as { rows: Row[] }).rows;
}
const context = (options: Partial<DoctorOptions>) => openContext({ policy: made.policyFile, ...options });
const guardOf = ({ agents, guardOf: of }: ReturnType<typeof context>) => {
  const guard = of(agents[0]!, 'rabbitmq');
  if ('error' in guard) throw guard.error;
  return guard.value;
};
function managementAt(url: string): Management {
  const [, managementUser, , managementPasswordFile] = login as [string, string, string, string];
  return context({ management: url, managementUser, managementPasswordFile }).brokers.management()!;
}

/** One byte at a time, for as long as it is let. */
async function dripping(socketOf: (take: (socket: net.Socket) => void) => net.Server): Promise<number> {
  const sockets = new Set<net.Socket>();
  const server = socketOf((socket) => {
    sockets.add(socket);
    const timer = setInterval(() => socket.write('x'), 5);
    socket.on('error', () => undefined).on('close', () => clearInterval(timer));
  });
  open.push({
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  return (server.address() as AddressInfo).port;
}

describe('a policy that agents here do not accept', () => {
  test('is logged in by nowhere: no broker, no management API, no Redis is spoken to', async () => {
    const tls = await listens(listenOverTls(made, {}, () => amqpStart('PLAIN')));
    const { port, logins } = await managed(createHttpServer());
    let connections = 0;
    const redis = net.createServer((socket) => {
      connections++;
      socket.destroy();
    });
    open.push(redis);
    await new Promise<void>((resolve) => redis.listen(0, '127.0.0.1', resolve));
    const other = join(made.folder, 'other.yaml');
    const store = `redis://127.0.0.1:${(redis.address() as AddressInfo).port}`;
    const password = join(made.folder, 'secrets', 'alice.password');
    writeFileSync(
      other,
      `${readFileSync(made.policyFile, 'utf8')}\nreplay: { store: { redis: { url: '${store}', password_file: ${password} } } }\n`,
    );
    const asked = ['--policy', other, '--rabbitmq', `amqps://localhost:${tls.port}`];
    const why = 'the policy is not one that agents here accept';
    const accepted = await doctor(...asked, '--only', 'sasl');
    expect(accepted.map(({ evidence }) => evidence)).not.toContain(why);
    expect(tls.received().length).toBeGreaterThan(0);
    const received = tls.received().length;
    process.env['SEALWIRE_POLICY_DIGEST'] = 'ab'.repeat(32);
    const rows = await doctor(
      ...[...asked, '--kafka', `localhost:${tls.port}`, '--management', `http://localhost:${port}`, ...login],
      ...['--canary', 'agent-messages', '--peek-queues', '--admin', 'alice', '--skip', 'process,files,keys'],
    );
    expect([connections, tls.received().length, logins]).toEqual([0, received, []]);
    for (const group of ['listeners', 'tls', 'sasl', 'topics', 'queues', 'audit', 'acl', 'sealed', 'replay'])
      expect([group, rows.filter((row) => row.group === group).map(({ evidence }) => evidence)]).toEqual([
        group,
        expect.arrayContaining([why]),
      ]);
    const {
      guardOf: of,
      agents,
      brokers,
    } = context({ policy: other, management: `http://localhost:${port}` });
    expect(of(agents[0]!, 'kafka')).toMatchObject({ error: { code: 'ERR_USAGE_SIGNATURE' } });
    expect(brokers.management()).toBeNull();
  });
});

describe('the management API', () => {
  test('is asked with its password, in parts that are encoded', async () => {
    const { port, logins } = await managed(createHttpServer());
    const management = managementAt(`http://localhost:${port}`);
    expect(await management.get('queues', '/', 'a/b')).toEqual([]);
    expect(logins).toEqual([`Basic ${Buffer.from('watch:of the watch').toString('base64')}`]);
    expect((await management.clock()).dateMs).not.toBeNull();
    expect(logins.length).toBe(1);
  });

  test('gets no password in clear where its name stands for another machine', async () => {
    const { port, logins } = await managed(createHttpServer());
    const { connect } = net.Socket.prototype;
    jest.spyOn(net.Socket.prototype, 'connect').mockImplementation(function (
      this: net.Socket,
      ...given: unknown[]
    ) {
      Object.defineProperty(this, 'remoteAddress', { value: '192.0.2.1' });
      return Reflect.apply(connect, this, given) as net.Socket;
    });
    await expect(managementAt(`http://localhost:${port}`).get('users')).rejects.toMatchObject({
      code: 'ERR_USAGE_CONNECTION',
    });
    expect(logins).toEqual([]);
  });

  test('gets no password over TLS that the policy’s guard refuses', async () => {
    const { port, logins } = await managed(
      createHttpsServer({
        key: readFileSync(made.tls.brokerKeyFile),
        cert: readFileSync(made.tls.brokerCertFile),
        minVersion: 'TLSv1.3',
        // The policy has a client certificate, and demands that it is asked for.
        requestCert: false,
      }),
    );
    await expect(managementAt(`https://localhost:${port}`).get('users')).rejects.toMatchObject({
      code: 'ERR_USAGE_TLS_MUTUAL',
    });
    expect(logins).toEqual([]);
  });

  test('that drips is given up after the time for all of it', async () => {
    const port = await dripping((take) =>
      net.createServer((socket) => {
        socket.once('data', () => {
          socket.write('HTTP/1.1 200 OK\r\n\r\n');
          take(socket);
        });
      }),
    );
    const request = { method: 'GET', path: ['users'], login: null, maxAnswerBytes: 1_000_000 } as const;
    await expect(
      askManagement(guardOf(context({})), `http://localhost:${port}`, { ...request, limitMs: 200 }),
    ).rejects.toMatchObject({ code: 'ERR_UNABLE_CONNECTION' });
  });

  test('is asked for permissions as an administrator alone, where the policy’s connection is admitted', async () => {
    const tls = await listens(listenOverTls(made, {}, () => amqpStart('PLAIN')));
    const strange = await listens(listenOverTls(made, { requestCert: false }));
    const { port, logins } = await managed(createHttpServer());
    const acl = (broker: number, ...more: string[]) =>
      doctor(
        ...['--only', 'acl', '--rabbitmq', `amqps://localhost:${broker}`],
        ...['--management', `http://localhost:${port}`, ...more],
      );
    const skipped = async (...asked: Parameters<typeof acl>) =>
      (await acl(...asked)).find(({ subject }) => subject.startsWith('rabbitmq'));
    expect(await skipped(tls.port)).toMatchObject({
      verdict: 'skipped',
      fix: expect.stringContaining('--management-user'),
    });
    expect(await skipped(strange.port, ...login)).toMatchObject({
      verdict: 'skipped',
      evidence: 'the policy’s connection is refused',
    });
    expect(logins).toEqual([]);
    expect(await skipped(tls.port, ...login)).not.toMatchObject({ verdict: 'skipped' });
    expect(logins.length).toBeGreaterThan(0);
  });
});

describe('a peer that drips', () => {
  test('without TLS is taken for one that is silent', async () => {
    const port = await dripping((take) => net.createServer(take));
    const hello = { protocol: 'X', words: Buffer.from('hello'), answers: () => false };
    expect(await probePlaintext('localhost', port, {}, [hello], 200)).toMatchObject({ state: 'silent' });
  });

  test('within TLS has not answered', async () => {
    const listening = await listens(
      listenOverTls(made, {}, () => {
        throw new Error('is not asked');
      }),
    );
    await listening.close();
    const guard = guardOf(context({}));
    const port = await dripping((take) =>
      net.createServer((socket) => {
        // Of a handshake record that never ends.
        socket.write(Buffer.from([0x16, 3, 3, 0x3f, 0xff]));
        take(socket);
      }),
    );
    await expect(
      guardedHandshake(guard, { transport: 'kafka', host: 'localhost', port }, () => Promise.resolve(1), 200),
    ).rejects.toMatchObject({ code: 'ETIMEDOUT' });
  });
});

describe('an answer within TLS', () => {
  const place = (port: number) => ({ transport: 'kafka', host: 'localhost', port }) as const;

  test('that never makes sense is none, when the time is over', async () => {
    const timers: NodeJS.Timeout[] = [];
    const { port } = await listens(listenOverTls(made, {}, () => Buffer.from('x')));
    const answer = await guardedHandshake(
      guardOf(context({})),
      place(port),
      (socket) => {
        // Each of its bytes is asked for anew.
        socket.on('data', () => timers.push(setTimeout(() => socket.writable && socket.write('y'), 5)));
        return askOn(socket, Buffer.from('hello'), () => null);
      },
      300,
    );
    expect(answer).toBeNull();
    expect(timers.length).toBeGreaterThan(1);
  });

  test('that cannot be taken apart is an error, and not the end of the process', async () => {
    const { port } = await listens(listenOverTls(made, {}, () => Buffer.from('x')));
    await expect(
      guardedHandshake(guardOf(context({})), place(port), (socket) =>
        askOn(socket, Buffer.from('hello'), (bytes) => bytes.readInt32BE(0)),
      ),
    ).rejects.toMatchObject({ name: 'RangeError' });
  });
});
