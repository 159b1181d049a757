// Pins and revocation lists against real TLS servers on loopback, which count what they are sent.
import { createHash, createPublicKey } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { connect, createServer, type Server, type TLSSocket } from 'node:tls';
import { afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { ConnectionGuard } from '@sealwire/core';
import { loadPolicy, openConnectionGuard, readPolicy } from '../src/index.js';
import { newAuthority, past, type Authority, type Pair } from './certificates.js';
import { least, newFolder, problems, thrown } from './made.js';

/** As a broker with mutual TLS does. */
const asking = { requestCert: true, rejectUnauthorized: false };
const hosts = [['dns', 'localhost']] as const;
let authority: Authority;
let broker: Pair;
let other: Pair;
let client: Pair;
beforeAll(async () => {
  authority = await newAuthority('authority');
  broker = await authority.issue('broker', hosts);
  other = await authority.issue('other', hosts);
  client = await authority.issue('alice', []);
});

const servers = new Set<Server>();
const sockets = new Set<TLSSocket>();
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await Promise.all([...servers].map((server) => once(server.close(), 'close')));
  servers.clear();
});

const pinOf = ({ certificate }: Pair): string => {
  const info = createPublicKey(certificate).export({ type: 'spki', format: 'der' });
  return `sha256/${createHash('sha256').update(info).digest('base64')}`;
};

function guard(tls: string, crl = ''): ConnectionGuard {
  const folder = newFolder();
  writeFileSync(join(folder, 'ca.crt'), authority.certificate);
  writeFileSync(join(folder, 'alice.crt'), client.certificate);
  writeFileSync(join(folder, 'alice.key'), client.privateKey, { mode: 0o600 });
  writeFileSync(join(folder, 'ca.crl'), crl);
  const file = join(folder, 'sealwire.yaml');
  writeFileSync(
    file,
    `${least}connections:\n  kafka: { tls: { ca_file: ca.crt, cert_file: alice.crt, key_file: alice.key, ${tls} } }\n`,
  );
  return openConnectionGuard(loadPolicy(file, { agent: 'alice' }), 'kafka', 'alice', {
    env: {},
    execArgv: [],
  });
}

/** Connects as an adapter does, and sends a credential if the guard lets it. @returns the code, and what the broker got */
async function meet(
  own: ConnectionGuard,
  pair: Pair,
): Promise<{ readonly code: string; readonly received: number }> {
  let received = 0;
  const server = createServer({ cert: pair.certificate, key: pair.privateKey, ...asking }, (socket) => {
    sockets.add(socket);
    socket
      .on('error', () => undefined)
      .on('data', (bytes: Buffer) => {
        received += bytes.length;
        socket.end();
      });
  });
  servers.add(server);
  server.on('tlsClientError', () => undefined).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const code = await new Promise<string>((resolve) => {
    const socket = connect({ ...own.tlsOptions('localhost'), host: '127.0.0.1', port }, () => {
      try {
        own.judge(socket);
        socket.write('credential');
      } catch (error) {
        socket.destroy(error as Error);
      }
    });
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code!));
    socket.on('end', () => resolve('connected')).resume();
  });
  return { code, received };
}

describe('with pins', () => {
  test('the broker whose key is pinned is spoken to', async () => {
    const met = await meet(guard(`pins: ['${pinOf(other)}', '${pinOf(broker)}']`), broker);
    expect(met).toEqual({ code: 'connected', received: 'credential'.length });
  });

  test('a broker of the same CA and name with another key gets no credential', async () => {
    const met = await meet(guard(`pins: ['${pinOf(broker)}']`), other);
    expect(met).toEqual({ code: 'ERR_USAGE_PIN', received: 0 });
  });

  test('the pin of the CA vouches for nobody', async () => {
    const met = await meet(guard(`pins: ['${pinOf(authority)}']`), broker);
    expect(met).toEqual({ code: 'ERR_USAGE_PIN', received: 0 });
  });

  test('the name is checked as without', async () => {
    const elsewhere = await authority.issue('elsewhere', [['dns', 'elsewhere.example']]);
    const met = await meet(guard(`pins: ['${pinOf(elsewhere)}']`), elsewhere);
    expect(met).toEqual({ code: 'ERR_TLS_CERT_ALTNAME_INVALID', received: 0 });
  });

  test.each([
    'sha1/2jmj7l5rSw0yVb/vlWAYkK/YBwk=',
    'sha256/AAAA',
    `sha256/${'A'.repeat(43)}`,
    `${'A'.repeat(43)}=`,
    `sha256/${'-'.repeat(43)}=`,
  ])('%s is no pin', (pin) => {
    const text = `${least}connections:\n  kafka: { tls: { ca_file: a, cert_file: b, key_file: c, pins: ['${pin}'] } }\n`;
    expect(problems(readPolicy, text)).toEqual([
      expect.stringContaining('connections.kafka.tls.pins[0] must be sha256/ and the SHA-256'),
    ]);
  });
});

describe('with a revocation list', () => {
  const list = 'crl_file: ca.crl';

  test('a broker that is not on it is spoken to', async () => {
    const crl = await authority.revoke([other.certificate]);
    expect(await meet(guard(list, crl), broker)).toEqual({ code: 'connected', received: 10 });
  });

  test('a revoked broker gets no credential', async () => {
    const crl = await authority.revoke([other.certificate, broker.certificate]);
    expect(await meet(guard(list, crl), broker)).toEqual({ code: 'CERT_REVOKED', received: 0 });
  });

  test('a list of another CA of the same name proves nothing', async () => {
    const crl = await (await newAuthority('authority')).revoke([]);
    const { code, received } = await meet(guard(list, crl), broker);
    expect(code).toMatch(/CRL|SIGNATURE/);
    expect(received).toBe(0);
  });

  test('a list of some other CA leaves the broker unknown', async () => {
    const crl = await (await newAuthority('someone')).revoke([]);
    expect(await meet(guard(list, crl), broker)).toEqual({ code: 'UNABLE_TO_GET_CRL', received: 0 });
  });

  test('one that is over is refused, with what to do', async () => {
    const crl = await authority.revoke([], past());
    const error = thrown(() => guard(list, crl));
    expect(error.code).toBe('ERR_USAGE_TLS_CRL');
    expect(error.message).toMatch(/list 1 was good until 20.*fetch the CA’s current list/);
  });

  test('what is none is refused', async () => {
    const crl = await authority.revoke([]);
    expect(thrown(() => guard(list, 'x')).message).toContain('holds no revocation list in PEM');
    expect(thrown(() => guard(list, crl.replace(/\n[^-]{40}/, '\n'))).message).toContain('is damaged');
  });
});
