// What the tests against real brokers share: where the brokers are, whose keys there are, and policies over fresh topics and queues.
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { randomBytes } from 'node:crypto';
import amqplib, { type ChannelModel } from 'amqplib';
import kafkajs, {
  type AclEntry,
  type AclResourceTypes as AclResourceType,
  type Admin,
  type Kafka,
} from 'kafkajs';
import type { JWK } from 'jose';
import { openSealwire, type OpenedSealwire, type OpenOptions } from 'sealwire';

/** What set-up.js started. */
export interface Fixture {
  readonly folder: string;
  readonly realm: string;
  readonly rootKey: string;
  readonly tls: { readonly caFile: string; readonly adminCertFile: string; readonly adminKeyFile: string };
  readonly admin: { readonly name: string; readonly password: string };
  readonly agents: readonly string[];
  /** Whose tokens Kafka takes. */
  readonly tokens?: { readonly issuer: string; readonly audience: string; readonly privateJwk: JWK };
  /** The brokers' own certificate and key. */
  readonly brokerTls?: { readonly certFile: string; readonly keyFile: string };
  readonly kafka: string[];
  readonly rabbitmqUrl: string;
  readonly managementUrl: string | null;
  readonly managementTlsUrl: string | null;
  readonly dataFolders: { readonly kafka: readonly string[]; readonly rabbitmq: readonly string[] };
}

export function fixture(): Fixture {
  const text = process.env['SEALWIRE_TEST_FIXTURE'];
  if (text === undefined)
    throw new Error('These tests need brokers: run them with `npm test`, which starts them.');
  return JSON.parse(text) as Fixture;
}

/** A name that no other test uses. */
export const fresh = (name: string) => `${name}-${randomBytes(4).toString('hex')}`;

/** One channel of a test’s policy. */
export interface ChannelOptions {
  readonly topics?: readonly string[];
  /** Messages of its topics go by reference. */
  readonly sessionTopic?: string;
  readonly queues?: readonly string[];
  readonly publish?: readonly { readonly exchange: string; readonly routingKey: string }[];
  readonly from?: readonly string[];
  readonly to?: readonly string[];
  readonly types?: readonly string[];
  readonly clearHeaders?: readonly string[];
  /** Others consume its queues with the same memory. */
  readonly competing?: string;
  /** JSON unless it says otherwise. */
  readonly contentType?: string;
  /** The file of the schema that payloads are held to. */
  readonly schema?: string;
  /** `24h` unless it says otherwise; `null` leaves it out of the policy. */
  readonly maxAge?: string | null;
  /** `mode` and `plaintext`, as lines of the policy. */
  readonly mode?: readonly string[];
}

export interface PolicyOptions {
  readonly channels: Readonly<Record<string, ChannelOptions>>;
  readonly onReject?: 'quarantine' | 'halt' | 'drop';
  readonly quarantine?: string;
  readonly audit?: string;
  /** More keys of `audit`, each behind a comma. */
  readonly auditMore?: string;
  readonly saslMechanism?: { readonly kafka?: string; readonly rabbitmq?: string };
  readonly maxMessage?: string;
  readonly kafkaConnection?: string;
  readonly rabbitmqConnection?: string;
  /** Other keys of the file, with their line ends. */
  readonly more?: string;
  /** The map under `replay`. */
  readonly replay?: string;
}

/** Writes a policy over the fixture’s keys. @returns its path */
export function writePolicy(options: PolicyOptions): string {
  const { folder, realm, rootKey } = fixture();
  const list = (items: readonly string[]) => `[${items.map((item) => JSON.stringify(item)).join(', ')}]`;
  const channels = Object.entries(options.channels).map(([name, channel]) => {
    const publish = (channel.publish ?? []).map(
      ({ exchange, routingKey }) =>
        `{ exchange: ${JSON.stringify(exchange)}, routing_key: ${JSON.stringify(routingKey)} }`,
    );
    const messages = (channel.types ?? ['agent.message']).map(
      (type) =>
        `      - { type: ${type}, from: ${list(channel.from ?? ['orchestrator'])}, to: ${list(channel.to ?? ['team'])}, content_type: ${channel.contentType ?? 'application/json'}${channel.schema === undefined ? '' : `, schema: ${channel.schema}`} }`,
    );
    return [
      `  ${name}:`,
      ...(channel.topics
        ? [
            `    kafka: { topics: ${list(channel.topics)}${channel.sessionTopic === undefined ? '' : `, session_topic: ${channel.sessionTopic}`} }`,
          ]
        : []),
      ...(channel.queues || channel.publish
        ? [
            `    rabbitmq: { publish: [${publish.join(', ')}], queues: ${list(channel.queues ?? [])}${channel.competing === undefined ? '' : `, competing: ${channel.competing}`} }`,
          ]
        : []),
      '    messages:',
      ...messages,
      ...(channel.maxAge === null ? [] : [`    max_age: ${channel.maxAge ?? '24h'}`]),
      ...(channel.mode ?? []).map((line) => `    ${line}`),
      ...(channel.clearHeaders ? [`    clear_headers: ${list(channel.clearHeaders)}`] : []),
    ].join('\n');
  });
  const connection = (mechanism: string) =>
    `{ tls: { ca_file: ${folder}/tls/ca.crt, cert_file: '${folder}/tls/{agent}.crt', key_file: '${folder}/tls/{agent}.key' }, sasl: { mechanism: ${mechanism}${mechanism === 'EXTERNAL' ? '' : `, username: '{agent}', password_file: '${folder}/secrets/{agent}.password'`} } }`;
  const text = `version: 1
realm: ${realm}
directory: { file: ${folder}/directory.jsonl, root_key: ${rootKey}, max_lag: 0s }
keys: { folder: ${folder}/keys, passphrase_file: '${folder}/secrets/{agent}.passphrase' }
channels:
${channels.join('\n')}
connections:
  kafka: ${options.kafkaConnection ?? connection(options.saslMechanism?.kafka ?? 'SCRAM-SHA-512')}
  rabbitmq: ${options.rabbitmqConnection ?? connection(options.saslMechanism?.rabbitmq ?? 'PLAIN')}
quarantine: { on_reject: ${options.onReject ?? 'quarantine'}, kafka_topic: ${options.quarantine ?? 'sealwire.quarantine'}, rabbitmq_queue: ${options.quarantine ?? 'sealwire.quarantine'} }
audit: { kafka_topic: ${options.audit ?? 'sealwire.audit'}, rabbitmq_exchange: ${options.audit ?? 'sealwire.audit'}${options.auditMore ?? ''} }
${options.replay === undefined ? '' : `replay: ${options.replay}\n`}${options.maxMessage === undefined ? '' : `limits: { max_message: ${options.maxMessage} }\n`}${options.more ?? ''}`;
  const file = join(mkdtempSync(join(dirname(folder), 'policy-')), 'sealwire.yaml');
  writeFileSync(file, text);
  return file;
}

/** Opens a Sealwire as one agent. */
export const openAs = (agent: string, policy: string, options: OpenOptions = {}): Promise<OpenedSealwire> =>
  openSealwire(policy, { ...options, agent });

/** An ordinary kafkajs with the administrator’s rights: what an insider has. */
export function bareKafka(config: { readonly retries?: number } = {}): Kafka {
  const { tls, admin, kafka } = fixture();
  return new kafkajs.Kafka({
    clientId: 'bare',
    brokers: kafka,
    logLevel: kafkajs.logLevel.NOTHING,
    connectionTimeout: 5_000,
    retry: { retries: config.retries ?? 5 },
    ssl: {
      ca: readFileSync(tls.caFile),
      cert: readFileSync(tls.adminCertFile),
      key: readFileSync(tls.adminKeyFile),
    },
    sasl: { mechanism: 'scram-sha-512', username: admin.name, password: admin.password },
  });
}

/** An ordinary amqplib connection with the administrator’s rights. */
export function bareRabbitmq(): Promise<ChannelModel> {
  const { tls, admin, rabbitmqUrl } = fixture();
  return amqplib.connect(rabbitmqUrl, {
    ca: [readFileSync(tls.caFile)],
    cert: readFileSync(tls.adminCertFile),
    key: readFileSync(tls.adminKeyFile),
    credentials: amqplib.credentials.plain(admin.name, admin.password),
  });
}

export async function withAdmin<Result>(work: (admin: Admin) => Promise<Result>): Promise<Result> {
  const admin = bareKafka().admin();
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}

/** Creates topics that nobody but the administrator may use. */
export const createClosedTopics = (
  topics: readonly string[],
  numPartitions = 1,
  config: Readonly<Record<string, string>> = {},
): Promise<void> =>
  withAdmin(async (admin) => {
    await admin.createTopics({
      topics: topics.map((topic) => ({
        topic,
        numPartitions,
        configEntries: Object.entries(config).map(([name, value]) => ({ name, value })),
      })),
      waitForLeaders: false,
    });
    await leadersOf(admin, topics);
  });

/** Creates topics that every agent may read and write, beside the audit and quarantine topics. */
export async function createTopics(
  topics: readonly string[],
  numPartitions = 1,
  config: Readonly<Record<string, string>> = {},
): Promise<void> {
  const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs;
  const { agents } = fixture();
  await createClosedTopics(topics, numPartitions, config);
  await withAdmin(async (admin) => {
    const allow = (resourceType: AclResourceType, resourceName: string): AclEntry[] =>
      agents.map((agent) => ({
        resourceType,
        resourceName,
        resourcePatternType: ResourcePatternTypes.LITERAL,
        principal: `User:${agent}`,
        host: '*',
        operation: AclOperationTypes.ALL,
        permissionType: AclPermissionTypes.ALLOW,
      }));
    const acl = [
      ...topics.flatMap((topic) => allow(AclResourceTypes.TOPIC, topic)),
      ...allow(AclResourceTypes.GROUP, '*'),
      ...allow(AclResourceTypes.TRANSACTIONAL_ID, '*'),
    ];
    await admin.createAcls({ acl });
    await knownAcls(admin, acl);
  });
}

/** Waits until every partition has its leader: kafkajs' own wait gives up on a broker that has not heard of the topic yet. */
async function leadersOf(admin: Admin, topics: readonly string[]): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      const { topics: known } = await admin.fetchTopicMetadata({ topics: [...topics] });
      if (
        known.every(
          ({ partitions }) => partitions.length > 0 && partitions.every(({ leader }) => leader >= 0),
        )
      )
        return;
    } catch (error) {
      if ((error as { type?: unknown }).type !== 'UNKNOWN_TOPIC_OR_PARTITION' || attempt > 3_000) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Waits until the broker knows the rights: the controller answers before it does. */
async function knownAcls(admin: Admin, wanted: readonly AclEntry[]): Promise<void> {
  const name = (principal: string, resource: string): string => `${principal} ${resource}`;
  for (let attempt = 0; attempt < 3_000; attempt++) {
    const { resources } = await admin.describeAcls({
      resourceType: kafkajs.AclResourceTypes.ANY,
      resourcePatternType: kafkajs.ResourcePatternTypes.ANY,
      operation: kafkajs.AclOperationTypes.ANY,
      permissionType: kafkajs.AclPermissionTypes.ANY,
    });
    const known = new Set(
      resources.flatMap(({ acls, resourceName }) =>
        acls.map(({ principal }) => name(principal, resourceName)),
      ),
    );
    if (wanted.every(({ principal, resourceName }) => known.has(name(principal, resourceName)))) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('the broker did not take up the rights that the test created');
}
