// The RabbitMQ node that the tests meet is as strict as the documentation says: without that, other tests prove little.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import amqplib, { type SocketOptions } from 'amqplib';
import { fixture } from '../fixture.ts';

const { tls, admin, rabbitmqUrl } = fixture();
const ca = readFileSync(tls.caFile);
const certificate = { ca, cert: readFileSync(tls.adminCertFile), key: readFileSync(tls.adminKeyFile) };
const { plain, amqplain } = amqplib.credentials;

async function connect(socket: SocketOptions, credentials: ReturnType<typeof plain>): Promise<string> {
  const connection = await amqplib.connect(rabbitmqUrl, { servername: 'localhost', ...socket, credentials });
  await connection.close();
  return 'connected';
}

describe('the RabbitMQ node', () => {
  const password = plain(admin.name, admin.password);

  test('takes a client certificate and a password', async () => {
    await expect(connect(certificate, password)).resolves.toBe('connected');
  });

  test('refuses a client without a certificate', async () => {
    await expect(connect({ ca }, password)).rejects.toThrow(/certificate|alert|closed|ECONNRESET/i);
  });

  test('refuses TLS 1.2', async () => {
    await expect(connect({ ...certificate, maxVersion: 'TLSv1.2' }, password)).rejects.toThrow(
      /protocol version|alert/i,
    );
  });

  test('refuses a wrong password', async () => {
    await expect(connect(certificate, plain(admin.name, 'wrong'))).rejects.toThrow(
      /ACCESS_REFUSED|ACCESS-REFUSED/,
    );
  });

  test('knows no guest', async () => {
    await expect(connect(certificate, plain('guest', 'guest'))).rejects.toThrow(
      /ACCESS_REFUSED|ACCESS-REFUSED/,
    );
  });

  test('does not offer AMQPLAIN', async () => {
    await expect(connect(certificate, amqplain(admin.name, admin.password))).rejects.toThrow(/AMQPLAIN/);
  });
});
