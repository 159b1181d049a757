// The Kafka broker that the tests meet is as strict as the documentation says: without that, other tests prove little.
import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import { describe, expect, test } from '@jest/globals';
import kafkajs, { type SASLOptions } from 'kafkajs';
import { fixture } from '../fixture.ts';

const { tls, admin, kafka: brokers } = fixture();
const ca = readFileSync(tls.caFile);
const certificate = { ca, cert: readFileSync(tls.adminCertFile), key: readFileSync(tls.adminKeyFile) };
const credentials = { username: admin.name, password: admin.password };
const scram: SASLOptions = { mechanism: 'scram-sha-512', ...credentials };

async function topics(ssl: ConnectionOptions | false, sasl: SASLOptions | undefined): Promise<string[]> {
  // A copy: kafkajs writes an authenticationProvider into the object, which would log in with the old password wherever
  // a changed copy of it is used.
  const client = new kafkajs.Kafka({
    brokers,
    ssl,
    ...(sasl === undefined ? {} : { sasl: { ...sasl } }),
    logLevel: kafkajs.logLevel.NOTHING,
    retry: { retries: 0 },
  }).admin();
  try {
    await client.connect();
    return await client.listTopics();
  } finally {
    await client.disconnect().catch(() => undefined);
  }
}

describe('the Kafka broker', () => {
  test.each<SASLOptions>([
    scram,
    { mechanism: 'scram-sha-256', ...credentials },
    { mechanism: 'plain', ...credentials },
  ])('takes a client certificate and a password by $mechanism', async (sasl) => {
    await expect(topics(certificate, sasl)).resolves.toEqual(expect.any(Array));
  });

  test('refuses a client without a certificate', async () => {
    await expect(topics({ ca }, scram)).rejects.toThrow(/certificate|alert|closed|ECONNRESET/i);
  });

  test('refuses TLS 1.2', async () => {
    await expect(topics({ ...certificate, maxVersion: 'TLSv1.2' }, scram)).rejects.toThrow(
      /protocol version|alert/i,
    );
  });

  test('refuses a wrong password', async () => {
    await expect(topics(certificate, { ...scram, password: 'wrong' })).rejects.toThrow(
      /authentication failed/i,
    );
  });

  test('refuses a certificate without a password', async () => {
    await expect(topics(certificate, undefined)).rejects.toThrow();
  });

  test('refuses a client without TLS', async () => {
    await expect(topics(false, scram)).rejects.toThrow();
  });
});
