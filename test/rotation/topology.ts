// Who there is in the rotation test, where messages go, and the policies of each kind of process.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Rotates itself: a producer and two consumers. An operator rotates the others. */
export const selfRotating = ['alice', 'carol', 'dave'];
export const operated = ['bob', 'erin', 'trent'];
export const agents = [...selfRotating, ...operated];
/** All of them read everything; erin’s directory lags. */
export const groups = { team: ['carol', 'dave', 'erin'] };

export const names = {
  topic: 'rotation',
  exchange: 'rotation',
  queue: 'rotation.team',
  lagging: 'rotation.erin',
  quarantine: 'rotation.quarantine',
  audit: 'rotation.audit',
} as const;

export interface PolicyFacts {
  readonly folder: string;
  readonly realm: string;
  readonly rootKey: string;
  readonly intervalMs: number;
}

export interface Variant {
  readonly file: string;
  readonly directory: string;
  readonly state: string;
  readonly maxLag?: string;
  readonly self?: boolean;
}

/** @returns the policy's path */
export function writePolicyFor(facts: PolicyFacts, variant: Variant): string {
  const { folder, realm, rootKey, intervalMs } = facts;
  const senders = ['alice', 'bob', 'trent'].join(', ');
  const issuer = `
  issuer_key_file: ${folder}/issuers/issuer-key.pem
  issuer_passphrase_file: ${folder}/issuers/passphrase`;
  const tls = `tls: { ca_file: ${folder}/tls/ca.crt, cert_file: '${folder}/tls/{agent}.crt', key_file: '${folder}/tls/{agent}.key' }`;
  const sasl = (mechanism: string): string =>
    `sasl: { mechanism: ${mechanism}, username: '{agent}', password_file: '${folder}/secrets/{agent}.password' }`;
  const text = `version: 1
realm: '${realm}'
directory: { file: ${variant.directory}, root_key: ${rootKey}, max_lag: ${variant.maxLag ?? '5s'} }
state: { folder: '${variant.state}' }
keys: { folder: ${folder}/keys, passphrase_file: '${folder}/secrets/{agent}.passphrase' }
rotation:
  rotation_interval_hours: ${(intervalMs / 3_600_000).toFixed(6)}
  destroy_after: ${Math.round((intervalMs * 15) / 1000)}s
  signing_validity: ${Math.round((intervalMs * 6) / 1000)}s
  directory_validity: 60s${variant.self === true ? issuer : ''}
channels:
  work:
    kafka: { topics: [${names.topic}] }
    rabbitmq: { publish: [{ exchange: ${names.exchange}, routing_key: work }], queues: [${names.queue}, ${names.lagging}] }
    max_age: 24h
    messages: [{ type: agent.message, from: [${senders}], to: [team], content_type: application/json }]
connections:
  kafka: { ${tls}, ${sasl('SCRAM-SHA-512')} }
  rabbitmq: { ${tls}, ${sasl('PLAIN')} }
quarantine: { on_reject: quarantine, kafka_topic: ${names.quarantine}, rabbitmq_queue: ${names.quarantine} }
audit: { kafka_topic: ${names.audit}, rabbitmq_exchange: ${names.audit} }
`;
  const file = join(folder, variant.file);
  writeFileSync(file, text);
  return file;
}
