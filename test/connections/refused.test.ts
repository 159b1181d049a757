// Whatever is wrong with what answers at a broker's address, no client of ours gives it a byte of a credential.
import { mkdtempSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TlsOptions } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { codes } from '@sealwire/core';
import type { Sealwire } from 'sealwire';
import { openAs, writePolicy } from '../fixture.ts';
import {
  Authority,
  future,
  leafOnly,
  past,
  pinOf,
  selfSigned,
  type Credential,
  type Wishes,
} from './authority.ts';
import { recordPlain, recordTls, type RecordingServer } from './recording-server.ts';
import { password, tryAll, type Outcome, type Terms } from './tried.ts';

let sealwire: Sealwire;
let root: Authority;
let good: Credential;
let terms: Terms;
beforeAll(async () => {
  sealwire = await openAs('orchestrator', writePolicy({ channels: { orders: { topics: ['orders'] } } }));
  root = await Authority.root('the root');
  good = await root.issue('broker');
  terms = { ca: root.certificate, client: await root.issue('client', { usage: 'clientAuth' }) };
});
afterAll(() => sealwire.close());

const servers: RecordingServer[] = [];
afterEach(() => Promise.all(servers.splice(0).map((server) => server.close())));
async function opened(server: Promise<RecordingServer>): Promise<RecordingServer> {
  servers.push(await server);
  return server;
}
const tls = (credential: Credential, options: TlsOptions = {}): Promise<RecordingServer> =>
  opened(recordTls(credential, root.certificate, options));
const plain = (greet: (socket: Socket) => void): Promise<RecordingServer> => opened(recordPlain(greet));

/** Each client was refused with this code, told what to do, and had it audited; none said the password. */
function expectAll(outcomes: readonly Outcome[], code: string): void {
  const told = outcomes.map(({ client, error }) => [
    client,
    error === null ? 'it connected' : error.code === code ? code : String(error.code) + error.message,
  ]);
  expect(told).toEqual(outcomes.map(({ client }) => [client, code]));
  expect(codes).toHaveProperty(code);
  for (const { error } of outcomes) {
    expect(error!.message.length).toBeGreaterThan(40);
    expect(JSON.stringify([error!.message, error])).not.toContain(password);
  }
}
const expectAudited = (outcomes: readonly Outcome[], code: string): void =>
  expect(outcomes.map(({ audited }) => new Set(audited))).toEqual(outcomes.map(() => new Set([code])));

test('what is refused below is said to a server that hears it: with nothing wrong, it is spoken to', async () => {
  const server = await tls(good);
  // Neither protocol is answered.
  await tryAll(sealwire, terms, `localhost:${server.port}`, { patienceMs: 2_000 });

  expect(server.received().toString('latin1')).toContain('AMQP');
  expect(server.received().length).toBeGreaterThan(24);
});

const broker = (wishes: Wishes) => () => root.issue('broker', wishes);

describe('nothing is said within TLS to a broker', () => {
  test.each<[string, string, () => Promise<Credential>, string?]>([
    ['whose certificate is over', 'ERR_USAGE_TLS_EXPIRED', broker({ validity: past() })],
    ['whose certificate is not valid yet', 'ERR_USAGE_TLS_NOT_YET_VALID', broker({ validity: future() })],
    ['of another name', 'ERR_USAGE_TLS_NAME', broker({ hosts: ['other.example', '127.0.0.1'] })],
    ['of another address', 'ERR_USAGE_TLS_NAME', broker({ hosts: ['localhost', '10.0.0.1'] }), '127.0.0.1'],
    ['that has signed itself', 'ERR_USAGE_TLS_SELF_SIGNED', () => selfSigned(['localhost'])],
    [
      'of an unknown CA',
      'ERR_USAGE_TLS_ISSUER',
      async () => (await Authority.root('the root')).issue('broker'),
    ],
    [
      'of an unknown CA that it shows too',
      'ERR_USAGE_TLS_ISSUER',
      async () => {
        const other = await Authority.root('other');
        const { chain, key } = await other.issue('broker');
        return { chain: `${chain}\n${other.certificate}`, key };
      },
    ],
    [
      'that does not send its intermediate',
      'ERR_USAGE_TLS_ISSUER',
      async () => leafOnly(await (await root.intermediate('between')).issue('broker')),
    ],
    [
      'whose issuer is no CA',
      'ERR_USAGE_TLS_PURPOSE',
      async () => (await root.intermediate('no CA', { isCa: false })).issue('broker'),
    ],
    ['with a certificate for clients', 'ERR_USAGE_TLS_PURPOSE', broker({ usage: 'clientAuth' })],
    [
      'whose intermediate is over',
      'ERR_USAGE_TLS_EXPIRED',
      async () => (await root.intermediate('over', { validity: past() })).issue('broker'),
    ],
    [
      'whose CA may certify other names only',
      'ERR_USAGE_TLS_CONSTRAINT',
      async () => (await root.intermediate('bound', { permitted: 'other.example' })).issue('broker'),
    ],
    ['with an RSA key of 1024 bits', 'ERR_USAGE_TLS_WEAK', broker({ key: 'RSA-1024' })],
    ['with SHA-1 in its chain', 'ERR_USAGE_TLS_WEAK', broker({ hash: 'SHA-1' })],
  ])('%s: %s', async (_, code, issue, host = 'localhost') => {
    const server = await tls(await issue());
    const outcomes = await tryAll(sealwire, terms, `${host}:${server.port}`);

    expectAll(outcomes, code);
    expectAudited(outcomes, code);
    expect(server.connections).toBeGreaterThan(0);
    expect(server.received()).toHaveLength(0);
  });

  test.each(['TLSv1', 'TLSv1.1', 'TLSv1.2'] as const)('that speaks %s at most', async (version) => {
    const server = await tls(good, { maxVersion: version });
    const outcomes = await tryAll(sealwire, terms, `localhost:${server.port}`);

    expectAll(outcomes, 'ERR_USAGE_TLS_VERSION');
    expectAudited(outcomes, 'ERR_USAGE_TLS_VERSION');
    expect(server.received()).toHaveLength(0);
  });

  test('that was revoked', async () => {
    const server = await tls(good);
    const listed = { ...terms, tls: `, crl_file: ${crlFile(await root.revoke([good]))}` };
    const outcomes = await tryAll(sealwire, listed, `localhost:${server.port}`);

    expectAll(outcomes, 'ERR_USAGE_REVOKED');
    expectAudited(outcomes, 'ERR_USAGE_REVOKED');
    expect(server.received()).toHaveLength(0);
  });

  test('of whose CA there is no revocation list', async () => {
    const server = await tls(good);
    const other = await Authority.root('another');
    const listed = { ...terms, tls: `, crl_file: ${crlFile(await other.revoke([]))}` };
    const outcomes = await tryAll(sealwire, listed, `localhost:${server.port}`);

    expectAll(outcomes, 'ERR_USAGE_TLS_CRL');
    expect(server.received()).toHaveLength(0);
  });

  test('whose key is not pinned', async () => {
    const server = await tls(good);
    const pinned = { ...terms, tls: `, pins: ['${await pinOf(terms.client)}']` };
    const outcomes = await tryAll(sealwire, pinned, `localhost:${server.port}`);

    expectAll(outcomes, 'ERR_USAGE_PIN');
    expectAudited(outcomes, 'ERR_USAGE_PIN');
    expect(server.received()).toHaveLength(0);
  });

  test('that does not ask for the client certificate', async () => {
    const server = await tls(good, { requestCert: false });
    const outcomes = await tryAll(sealwire, terms, `localhost:${server.port}`);

    expectAll(outcomes, 'ERR_USAGE_TLS_MUTUAL');
    expectAudited(outcomes, 'ERR_USAGE_TLS_MUTUAL');
    expect(server.received()).toHaveLength(0);
  });
});

describe('a listener without TLS gets a greeting of TLS and nothing else', () => {
  test.each<[string, string, (socket: Socket) => void]>([
    ['of RabbitMQ', 'ERR_USAGE_TLS_PLAINTEXT', (socket) => socket.write('AMQP\0\0\t\x01')],
    ['of HTTP', 'ERR_USAGE_TLS_PLAINTEXT', (socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n')],
    ['that hangs up', 'ERR_UNABLE_HANDSHAKE', (socket) => socket.once('data', () => socket.end())],
  ])('%s: %s', async (_, code, greet) => {
    const server = await plain(greet);
    const outcomes = await tryAll(sealwire, terms, `localhost:${server.port}`);

    expectAll(outcomes, code);
    expectAudited(outcomes, code);
    expectGreetings(server);
  });

  test('of Kafka, which resets what it cannot read', async () => {
    const server = await plain((socket) => socket.once('data', () => socket.resetAndDestroy()));
    const outcomes = await tryAll(sealwire, terms, `localhost:${server.port}`);

    expectAll(outcomes.slice(0, 3), 'ERR_UNABLE_HANDSHAKE');
    expectAudited(outcomes.slice(0, 3), 'ERR_UNABLE_HANDSHAKE');
    // amqplib tells no reset in the handshake from one after it.
    for (const { error } of outcomes.slice(3)) expect(error?.code).toMatch(/^ERR_UNABLE_/);
    expectGreetings(server);
  });
});

/** Each connection sent ClientHello records (RFC 8446, 5.1), and no word of a login. */
function expectGreetings(server: RecordingServer): void {
  const received = server.received();
  expect(server.connections).toBeGreaterThan(0);
  expect([...received.subarray(0, 3)]).toEqual([0x16, 3, 1]);
  for (const word of [password, 'matrix', 'PLAIN']) expect(received.includes(word)).toBe(false);
}

function crlFile(pem: string): string {
  const file = join(mkdtempSync(join(tmpdir(), 'sealwire-crl-')), 'ca.crl');
  writeFileSync(file, pem);
  return file;
}
