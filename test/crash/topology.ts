// Who there is in the crash harness, where messages go, and the policies.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Two of each transport send; on Kafka one group reads, on RabbitMQ one agent for each queue. */
export const senders = ['alice', 'bob', 'rosa', 'ruth'];
export const readers = ['kate', 'quinn', 'clara'];
export const agents = [...senders, ...readers];
export const groups = { team: readers };

export const kafka = {
  /** Each is a channel of its own: what is copied from one to the other is out of place. */
  topics: ['crash.work', 'crash.side'],
  partitions: 4,
  group: 'crash-team',
  quarantine: 'crash.quarantine',
  audit: 'crash.audit',
} as const;

export const rabbitmq = {
  exchange: 'crash',
  /** The first is a quorum queue, the second a classic one. Named as their routing keys. */
  queues: ['crash.quorum', 'crash.classic'],
  /** Of each. */
  readers: ['quinn', 'clara'],
  /** Gets a copy of all that the exchange routes: the adversary's. */
  tap: 'crash.tap',
  quarantine: 'crash.quarantine',
  audit: 'crash.audit',
  /** Gets every audit event too, and keeps them all until the end. */
  trail: 'crash.trail',
} as const;

export const channelOf = (name: string): string => name.replace('.', '-');

/** How RabbitMQ's claims are kept: `mixed` has the quorum queue's in Redis and the classic one's in a file. */
export const claimWays = ['mixed', 'sqlite', 'redis'] as const;
export type ClaimWay = (typeof claimWays)[number];

/** The queues that several processes consume at once, with Redis between them. */
export const sharedQueues = (way: ClaimWay): readonly string[] =>
  way === 'sqlite' ? [] : way === 'redis' ? rabbitmq.queues : rabbitmq.queues.slice(0, 1);

/**
 * Longer than Redis is ever away here: a lease that runs out while its handler lives lets a copy in, which is promised to
 * nobody and would look like a replay.
 */
export const sharedLeaseMs = 10_000;

export interface PolicyFacts {
  readonly folder: string;
  readonly realm: string;
  readonly rootKey: string;
  readonly state: string;
  /** Where there is one. */
  readonly redis: { readonly url: string; readonly passwordFile: string; readonly caFile: string } | null;
}

/**
 * One policy for each transport, so that neither waits for the other.
 * @param shared RabbitMQ's claims are in Redis
 * @returns its path
 */
export function writePolicyFor(facts: PolicyFacts, transport: 'kafka' | 'rabbitmq', shared = false): string {
  const { folder, realm, rootKey, state, redis } = facts;
  if (shared && redis === null) throw new Error('there is no Redis');
  const replay = shared
    ? `{ lease: ${sharedLeaseMs / 1000}s, store: { redis: { url: '${redis!.url}', password_file: '${redis!.passwordFile}', ca_file: '${redis!.caFile}' } } }`
    : '{ lease: 3s }';
  const tls = `tls: { ca_file: ${folder}/tls/ca.crt, cert_file: '${folder}/tls/{agent}.crt', key_file: '${folder}/tls/{agent}.key' }`;
  const sasl = (mechanism: string): string =>
    `sasl: { mechanism: ${mechanism}, username: '{agent}', password_file: '${folder}/secrets/{agent}.password' }`;
  const messages = `messages: [{ type: agent.message, from: [${senders.join(', ')}], to: [team], content_type: application/json }]
    clear_headers: [id]
    max_age: 2h`;
  const channels =
    transport === 'kafka'
      ? kafka.topics.map(
          (topic) => `  ${channelOf(topic)}:
    kafka: { topics: [${topic}] }
    ${messages}`,
        )
      : rabbitmq.queues.map(
          (queue) => `  ${channelOf(queue)}:
    rabbitmq: { publish: [{ exchange: ${rabbitmq.exchange}, routing_key: ${queue} }], queues: [${queue}]${shared ? ', competing: true' : ''} }
    ${messages}`,
        );
  const text = `version: 1
realm: '${realm}'
directory: { file: ${folder}/directory.jsonl, root_key: ${rootKey}, max_lag: 0s }
state: { folder: '${state}/{agent}' }
keys: { folder: ${folder}/keys, passphrase_file: '${folder}/secrets/{agent}.passphrase' }
channels:
${channels.join('\n')}
connections:
  kafka: { ${tls}, ${sasl('SCRAM-SHA-512')} }
  rabbitmq: { ${tls}, ${sasl('PLAIN')} }
quarantine: { on_reject: quarantine, kafka_topic: ${kafka.quarantine}, rabbitmq_queue: ${rabbitmq.quarantine} }
audit: { kafka_topic: ${kafka.audit}, rabbitmq_exchange: ${rabbitmq.audit} }
replay: ${replay}
`;
  const file = join(folder, `${transport}${shared ? '-shared' : ''}.yaml`);
  writeFileSync(file, text);
  return file;
}
