// The connection guard against real TLS servers on loopback, good and bad.
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import {
  createServer as createPlainServer,
  connect as connectPlain,
  type AddressInfo,
  type Server,
  type Socket,
} from 'node:net';
import { join } from 'node:path';
import { connect, createServer, type ConnectionOptions, type TlsOptions, type TLSSocket } from 'node:tls';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { systemClock, type ConnectionGuard } from '@sealwire/core';
import { loadPolicy, openConnectionGuard } from '../src/index.js';
import { newAuthority, past, type Authority, type Pair } from './certificates.js';
import { least, newFolder, thrown } from './made.js';

const calm = { env: {}, execArgv: [] };
const localhost = [
  ['dns', 'localhost'],
  ['ip', '127.0.0.1'],
] as const;

let authority: Authority;
let broker: Pair;
let client: Pair;
beforeAll(async () => {
  authority = await newAuthority('authority');
  broker = await authority.issue('broker.example', localhost);
  client = await authority.issue('alice', []);
});

const sockets = new Set<Socket>();
const servers = new Set<Server>();
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  const closed = [...servers].map((server) => once(server.close(), 'close'));
  servers.clear();
  await Promise.all(closed);
});

function guard(tls = '', ca = authority.certificate, more = '', clock = systemClock): ConnectionGuard {
  const folder = newFolder();
  writeFileSync(join(folder, 'ca.crt'), ca);
  writeFileSync(join(folder, 'alice.crt'), client.certificate);
  writeFileSync(join(folder, 'alice.key'), client.privateKey, { mode: 0o600 });
  const file = join(folder, 'sealwire.yaml');
  writeFileSync(
    file,
    `${least}connections:
  kafka: { tls: { ca_file: ca.crt, cert_file: '{agent}.crt', key_file: '{agent}.key'${tls} } }
${more}`,
  );
  return openConnectionGuard(loadPolicy(file, { agent: 'alice' }), 'kafka', 'alice', calm, clock);
}

async function listen(server: Server): Promise<number> {
  servers.add(server);
  server.on('connection', (socket) => sockets.add(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

function serve(pair: Pair, options: TlsOptions = {}): Promise<number> {
  const server = createServer({
    cert: pair.certificate,
    key: pair.privateKey,
    ca: authority.certificate,
    requestCert: true,
    minVersion: 'TLSv1.2',
    ...options,
  });
  server.on('secureConnection', (socket) => socket.on('error', () => undefined).write('.'));
  server.on('tlsClientError', () => undefined);
  return listen(server);
}

/** A handshake, and a first byte, so that the server has judged the client's certificate too. */
function meet(options: ConnectionOptions, port: number): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ ...options, port });
    sockets.add(socket);
    socket.once('error', reject).once('data', () => resolve(socket));
    socket.once('close', () => reject(new Error('closed by the broker')));
  });
}

const refusal = async (tried: Promise<unknown>): Promise<string> => {
  const error = await tried.then(
    () => new Error('the connection was made'),
    (reason: unknown) => reason,
  );
  return (error as NodeJS.ErrnoException).code ?? (error as Error).message;
};

describe('a connection is made', () => {
  test('to a broker whose certificate the policy’s CA signed for the host, and its facts are told', async () => {
    const port = await serve(broker);
    const { judge, tlsOptions } = guard();
    const facts = judge(await meet(tlsOptions('localhost'), port));
    const certificate = new X509Certificate(broker.certificate);
    expect(facts).toEqual({
      protocol: 'TLSv1.3',
      cipher: expect.stringMatching(/^TLS_/),
      peerName: 'broker.example',
      peerFingerprint: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
      peerIssuer: 'CN=authority',
      peerSerial: certificate.serialNumber,
    });
  });

  test('to an address that the certificate names', async () => {
    const port = await serve(broker);
    const { judge, tlsOptions } = guard();
    expect(tlsOptions('127.0.0.1')).not.toHaveProperty('servername');
    expect(judge(await meet(tlsOptions('127.0.0.1'), port)).protocol).toBe('TLSv1.3');
  });

  test('by the server name of the policy where host and certificate differ', async () => {
    const named = await authority.issue('x', [['dns', 'kafka.internal']]);
    const port = await serve(named);
    const { judge, tlsOptions } = guard(', server_name: kafka.internal');
    expect(judge(await meet(tlsOptions('127.0.0.1'), port)).peerName).toBe('x');
  });

  test('with the client certificate of the agent', async () => {
    let peer = '';
    const server = createServer({ ...serverPair(), requestCert: true, rejectUnauthorized: true });
    server.on('secureConnection', (socket) => {
      peer = socket.getPeerX509Certificate()?.subject ?? '';
      socket.write('.');
    });
    const port = await listen(server);
    await meet(guard().tlsOptions('localhost'), port);
    expect(peer).toBe('CN=alice');
  });

  const serverPair = () => ({ cert: broker.certificate, key: broker.privateKey, ca: authority.certificate });
});

describe('no connection is made', () => {
  test('to a broker that knows TLS 1.2 at most', async () => {
    const port = await serve(broker, { maxVersion: 'TLSv1.2' });
    expect(await refusal(meet(guard().tlsOptions('localhost'), port))).toMatch(/PROTOCOL_VERSION/);
  });

  test('to a self-signed broker', async () => {
    const port = await serve(await newAuthority('localhost'));
    expect(await refusal(meet(guard().tlsOptions('localhost'), port))).toMatch(/SELF_SIGNED/);
  });

  test('to a broker of another authority of the same name', async () => {
    const other = await newAuthority('authority');
    const port = await serve(await other.issue('localhost', localhost));
    expect(await refusal(meet(guard().tlsOptions('localhost'), port))).toMatch(
      /UNABLE_TO_VERIFY|CERT_SIGNATURE|SELF_SIGNED/,
    );
  });

  test('to another host, by name or address, than the certificate names', async () => {
    const port = await serve(await authority.issue('localhost', [['dns', 'other.example']]));
    for (const host of ['localhost', '127.0.0.1'])
      expect(await refusal(meet(guard().tlsOptions(host), port))).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
  });

  test('to a broker whose certificate has expired', async () => {
    const port = await serve(await authority.issue('localhost', localhost, past()));
    expect(await refusal(meet(guard().tlsOptions('localhost'), port))).toBe('CERT_HAS_EXPIRED');
  });

  test('to a broker that wants another client certificate', async () => {
    const other = await newAuthority('clients');
    const port = await serve(broker, { ca: other.certificate, rejectUnauthorized: true });
    expect(await refusal(meet(guard().tlsOptions('localhost'), port))).toMatch(
      /UNKNOWN_CA|ECONNRESET|closed by the broker/,
    );
  });
});

describe('judge refuses', () => {
  /** What a careless adapter might connect with. */
  const careless = async (port: number, options: ConnectionOptions = {}) =>
    meet(
      {
        host: 'localhost',
        ca: authority.certificate,
        cert: client.certificate,
        key: client.privateKey,
        ...options,
      },
      port,
    );

  test('TLS 1.2', async () => {
    const socket = await careless(await serve(broker, { maxVersion: 'TLSv1.2' }));
    const error = thrown(() => guard().judge(socket));
    expect(error.code).toBe('ERR_USAGE_TLS_VERSION');
    expect(error.message).toContain('it speaks TLSv1.2, and TLSv1.3 is required');
  });

  test('a peer that was not verified, and says why', async () => {
    const port = await serve(await newAuthority('localhost'));
    const socket = await careless(port, { rejectUnauthorized: false });
    expect(thrown(() => guard().judge(socket)).message).toMatch(/not verified \(.*SELF_SIGNED/);
  });

  test('a peer of another name', async () => {
    const port = await serve(await authority.issue('localhost', [['dns', 'other.example']]));
    const socket = await careless(port, { rejectUnauthorized: false });
    expect(thrown(() => guard().judge(socket)).message).toContain('ERR_TLS_CERT_ALTNAME_INVALID');
  });

  test('a peer that does not ask for the client certificate that the policy has', async () => {
    const port = await serve(broker, { requestCert: false });
    const socket = await meet(guard().tlsOptions('localhost'), port);
    const error = thrown(() => guard().judge(socket));
    expect(error.code).toBe('ERR_USAGE_TLS_MUTUAL');
    expect(error.message).toContain('ssl.client.auth=required');
  });

  test('a plain socket', async () => {
    const port = await listen(createPlainServer((socket) => socket.end()));
    const socket = connectPlain(port, '127.0.0.1').on('error', () => undefined);
    await once(socket, 'connect');
    sockets.add(socket);
    expect(thrown(() => guard().judge(socket as unknown as TLSSocket)).message).toContain('it is not TLS');
  });
});

describe('TLS options', () => {
  test('are complete, and fresh for each call', () => {
    const { tlsOptions } = guard();
    const options = tlsOptions('broker.example');
    expect(options).toEqual({
      host: 'broker.example',
      servername: 'broker.example',
      ca: [authority.certificate.trim()],
      cert: client.certificate.trim(),
      key: client.privateKey,
      minVersion: 'TLSv1.3',
      maxVersion: 'TLSv1.3',
      // Whatever security level Node.js was built with.
      ciphers: expect.stringMatching(/^TLS_AES_256_GCM_SHA384:.*:@SECLEVEL=2$/),
      rejectUnauthorized: true,
    });
    options.rejectUnauthorized = false;
    (options.ca as string[]).push('x');
    expect(tlsOptions('broker.example')).toMatchObject({
      rejectUnauthorized: true,
      ca: [authority.certificate.trim()],
    });
  });

  test('hold every CA of the file', async () => {
    const second = await newAuthority('second');
    const { tlsOptions } = guard('', `# two\n${authority.certificate}\n${second.certificate}\n`);
    expect(tlsOptions('localhost').ca).toHaveLength(2);
    const port = await serve(await second.issue('localhost', localhost), { requestCert: false });
    expect((await meet(tlsOptions('localhost'), port)).authorized).toBe(true);
  });
});

describe('TLS 1.2 that was accepted until a date', () => {
  const day = 86_400_000;
  const date = new Date(Date.now() + 10 * day).toISOString().slice(0, 10);
  const accepted = `channel_security: { tls: { min_version: '1.2', insecure_min_version_until: ${date} } }\n`;
  let laterMs = 0;
  const clock = { nowMs: () => Date.now() + laterMs };
  const accepting = () => guard('', authority.certificate, accepted, clock);
  beforeEach(() => {
    laterMs = 0;
  });
  const old = { maxVersion: 'TLSv1.2' } as const;

  test('is spoken with a broker that knows nothing better, and told', async () => {
    const socket = await meet(accepting().tlsOptions('localhost'), await serve(broker, old));
    expect(accepting().judge(socket)).toMatchObject({
      protocol: 'TLSv1.2',
      cipher: expect.stringMatching(/^ECDHE-.*(GCM|CHACHA20)/) as unknown,
    });
  });

  test('is not spoken with a broker that knows TLS 1.3', async () => {
    const socket = await meet(accepting().tlsOptions('localhost'), await serve(broker));
    expect(accepting().judge(socket)).toMatchObject({ protocol: 'TLSv1.3' });
  });

  test('is not spoken with suites that only encrypt', async () => {
    const port = await serve(broker, {
      ...old,
      ciphers: 'ECDHE-RSA-AES128-SHA256:ECDHE-ECDSA-AES128-SHA256',
    });
    expect(await refusal(meet(accepting().tlsOptions('localhost'), port))).toMatch(/HANDSHAKE/i);
  });

  test('ends with that day, while the process runs', async () => {
    const port = await serve(broker, old);
    const running = accepting();
    const socket = await meet(running.tlsOptions('localhost'), port);
    laterMs = 12 * day;
    expect(thrown(() => running.judge(socket)).message).toContain('it speaks TLSv1.2');
    expect(await refusal(meet(running.tlsOptions('localhost'), port))).toMatch(/PROTOCOL_VERSION/);
  });
});
