// By which names brokers know agents that show a certificate.
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { X509CertificateGenerator, type JsonName } from '@peculiar/x509';
import { rabbitmqUser, readPolicy } from '../../src/index.js';
import { kafkaPrincipal } from '../../src/rights/kafka-principal.js';
import { head, oneChannel, policyFile, thrown } from '../made.js';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

/** A policy whose agents show a certificate of this subject. */
async function policyWith(name: JsonName) {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name,
    keys,
    signingAlgorithm: algorithm,
  });
  const folder = mkdtempSync(join(tmpdir(), 'sealwire-subject-'));
  writeFileSync(join(folder, 'alice.crt'), certificate.toString('pem'));
  const tls = `{ ca_file: ca.crt, cert_file: '${folder}/{agent}.crt', key_file: key.pem }`;
  return readPolicy(
    policyFile(`${head}${oneChannel}connections:
  kafka: { tls: ${tls} }
  rabbitmq: { tls: ${tls}, sasl: { mechanism: EXTERNAL } }
`),
  );
}

describe('the subject of a certificate', () => {
  // As Java's X500Principal.getName() writes them.
  test.each<[JsonName, string]>([
    [[{ CN: ['alice'] }], 'User:CN=alice'],
    [
      [{ C: ['DE'] }, { O: ['Ex, +ample'] }, { CN: ['agent one'] }],
      'User:CN=agent one,O=Ex\\, \\+ample,C=DE',
    ],
    [[{ DC: ['org'] }, { DC: ['ex'] }, { CN: ['Zürich'] }], 'User:CN=Zürich,DC=ex,DC=org'],
  ])('is Kafka’s principal, last part first', async (name, principal) => {
    expect(kafkaPrincipal(await policyWith(name), 'alice')).toBe(principal);
  });

  test('that Kafka may write otherwise is not guessed', async () => {
    const policy = await policyWith([{ CN: ['alice'] }, { E: ['alice@example.org'] }]);
    const error = thrown(() => kafkaPrincipal(policy, 'alice'));
    expect([error.code, error.message]).toEqual([
      'ERR_USAGE_FILE',
      expect.stringContaining('acl: { kafka: { principal:'),
    ]);
  });

  test('has the common name that RabbitMQ takes for EXTERNAL', async () => {
    const policy = await policyWith([{ O: ['Example'] }, { CN: ['alice'] }]);
    expect(rabbitmqUser(policy, 'alice')).toBe('alice');
    expect(thrown(() => rabbitmqUser(policy, 'bob')).code).toBe('ERR_USAGE_FILE');
    expect(thrown(() => kafkaPrincipal(policy, 'bob')).code).toBe('ERR_USAGE_FILE');
  });

  test.each<[string, JsonName]>([
    ['two', [{ CN: ['alice'] }, { CN: ['bob'] }]],
    ['none', [{ O: ['Example'] }]],
    ['an odd one', [{ CN: ['a,b'] }]],
  ])('with %s of them names nobody', async (_, name) => {
    const policy = await policyWith(name);
    expect(thrown(() => rabbitmqUser(policy, 'alice')).code).toBe('ERR_USAGE_FILE');
  });
});
