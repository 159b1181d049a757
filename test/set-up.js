// Starts the brokers that the tests in this folder share: one Kafka broker, one RabbitMQ node, one folder of keys.
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { initFolder } from '@sealwire/cli';
import { startBrokers } from '@sealwire/testing';
import { exportJWK, generateKeyPair } from 'jose';

export const agents = ['orchestrator', 'researcher', 'intern'];
/** Without rights on the brokers, but for those that a test gives them. */
export const confined = ['clerk', 'reader', 'deputy', 'stranger', 'siem', 'maker', 'teller', 'hearer'];

export default async function setUp() {
  const root = mkdtempSync(join(tmpdir(), 'sealwire-brokers-'));
  const folder = join(root, 'sealwire');
  const init = await initFolder({
    folder,
    agents: [...agents, ...confined],
    groups: {
      team: ['orchestrator', 'researcher'],
      auditors: ['researcher'],
      desk: ['reader', 'deputy'],
    },
    brokerHosts: ['localhost'],
  });
  const { admin, users } = JSON.parse(readFileSync(init.brokersFile, 'utf8'));
  const all = { configure: '.*', write: '.*', read: '.*' };
  const tokens = { issuer: 'https://issuer.test', audience: 'kafka' };
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid: 'test', alg: 'ES256', use: 'sig' };
  const brokers = await startBrokers({
    folder: join(root, 'brokers'),
    tls: { caFile: init.tls.caFile, certFile: init.tls.brokerCertFile, keyFile: init.tls.brokerKeyFile },
    admin,
    users,
    rabbitmqPermissions: Object.fromEntries(agents.map((name) => [name, all])),
    // kafkajs logs in again ten seconds before the end of a session.
    kafkaTokens: { ...tokens, jwks: JSON.stringify({ keys: [jwk] }), sessionMs: 12_000 },
    log: (line) => process.stderr.write(`brokers: ${line}\n`),
  });
  globalThis.sealwireBrokers = { brokers, root };
  process.env.SEALWIRE_TEST_FIXTURE = JSON.stringify({
    folder,
    realm: init.realm,
    rootKey: init.rootPublicKey,
    tls: init.tls,
    admin,
    agents,
    tokens: { ...tokens, privateJwk: await exportJWK(privateKey) },
    brokerTls: { certFile: init.tls.brokerCertFile, keyFile: init.tls.brokerKeyFile },
    kafka: brokers.kafka.brokers,
    rabbitmqUrl: brokers.rabbitmq.url,
    managementUrl: brokers.rabbitmq.managementUrl,
    managementTlsUrl: brokers.rabbitmq.managementTlsUrl,
    dataFolders: { kafka: brokers.kafka.dataFolders, rabbitmq: brokers.rabbitmq.dataFolders },
  });
}
