// A realm of its own on the shared brokers: keys that turn, an operator, directories that lag or do not know.
import { copyFileSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { initFolder, run } from '@sealwire/cli';
import { secureKafka } from '@sealwire/kafka';
import kafkajs, { type Consumer, type KafkaMessage, type Producer } from 'kafkajs';
import { openSealwire, type Sealwire } from 'sealwire';
import { bareKafka, createTopics, fixture, fresh, withAdmin } from '../fixture.ts';

export interface RealmOptions {
  readonly intervalMs: number;
  readonly destroyAfterMs: number;
}

export interface Variant {
  /** Default: the original. */
  readonly directory?: string;
  readonly maxLag?: string;
  /** Rotates its own keys and its groups'. */
  readonly self?: boolean;
  readonly state?: string;
}

export class Realm {
  readonly folder: string;
  readonly directory: string;
  readonly topic = fresh('turning');
  readonly quarantine = fresh('quarantine');
  readonly audit = fresh('audit');
  readonly #facts: { readonly realm: string; readonly rootKey: string } & RealmOptions;
  readonly #closing: (() => Promise<unknown>)[] = [];
  #variants = 0;

  private constructor(folder: string, facts: { realm: string; rootKey: string } & RealmOptions) {
    this.folder = folder;
    this.directory = join(folder, 'directory.jsonl');
    this.#facts = facts;
  }

  static async open(options: RealmOptions): Promise<Realm> {
    const folder = join(mkdtempSync(join(tmpdir(), 'sealwire-journey-')), 'realm');
    const init = await initFolder({
      folder,
      agents: fixture().agents,
      groups: { team: ['researcher', 'intern'] },
    });
    const realm = new Realm(folder, { realm: init.realm, rootKey: init.rootPublicKey, ...options });
    await createTopics([realm.topic, realm.quarantine, realm.audit]);
    // The side of a revocation that a message is on is judged by the broker's time, where there is one.
    await withAdmin((admin) =>
      admin.alterConfigs({
        validateOnly: false,
        resources: [
          {
            type: kafkajs.ConfigResourceTypes.TOPIC,
            name: realm.topic,
            configEntries: [{ name: 'message.timestamp.type', value: 'LogAppendTime' }],
          },
        ],
      }),
    );
    return realm;
  }

  /** @returns the path of a policy of this realm, on the shared brokers */
  policy({
    directory = this.directory,
    maxLag = '0s',
    self = false,
    state = '{agent}',
  }: Variant = {}): string {
    const { realm, rootKey, intervalMs, destroyAfterMs } = this.#facts;
    const { folder: shared } = fixture();
    const { folder, topic, quarantine, audit } = this;
    const issuer = `
  issuer_key_file: ${folder}/issuers/issuer-key.pem
  issuer_passphrase_file: ${folder}/issuers/passphrase`;
    const text = `version: 1
realm: '${realm}'
directory: { file: ${directory}, root_key: ${rootKey}, max_lag: ${maxLag} }
state: { folder: '${folder}/state/${state}' }
keys: { folder: ${folder}/keys, passphrase_file: '${folder}/secrets/{agent}.passphrase' }
rotation:
  rotation_interval_hours: ${(intervalMs / 3_600_000).toFixed(6)}
  destroy_after: ${destroyAfterMs}ms${self ? issuer : ''}
channels:
  work:
    kafka: { topics: [${topic}] }
    max_age: 24h
    messages: [{ type: agent.message, from: [orchestrator], to: [team], content_type: application/json }]
connections:
  kafka: { tls: { ca_file: ${shared}/tls/ca.crt, cert_file: '${shared}/tls/{agent}.crt', key_file: '${shared}/tls/{agent}.key' }, sasl: { mechanism: SCRAM-SHA-512, username: '{agent}', password_file: '${shared}/secrets/{agent}.password' } }
quarantine: { on_reject: quarantine, kafka_topic: ${quarantine} }
audit: { kafka_topic: ${audit} }
`;
    const file = join(folder, `policy-${this.#variants++}.yaml`);
    writeFileSync(file, text);
    return file;
  }

  async sealwire(agent: string, policy: string): Promise<Sealwire> {
    const sealwire = await openSealwire(policy, { agent });
    this.#closing.push(() => sealwire.close());
    return sealwire;
  }

  async #kafka(agent: string, policy: string): Promise<ReturnType<typeof secureKafka>> {
    const logLevel = kafkajs.logLevel.NOTHING;
    return secureKafka(await this.sealwire(agent, policy), {
      clientId: agent,
      brokers: fixture().kafka,
      logLevel,
    });
  }

  async producer(agent: string, policy: string): Promise<Producer> {
    const producer = (await this.#kafka(agent, policy)).producer();
    this.#closing.push(() => producer.disconnect());
    await producer.connect();
    return producer;
  }

  /** Reads from the beginning; every message goes to `take`. */
  async consume(agent: string, policy: string, take: (message: KafkaMessage) => void): Promise<Consumer> {
    const consumer = (await this.#kafka(agent, policy)).consumer({
      groupId: fresh('group'),
      maxWaitTimeInMs: 100,
    });
    this.#closing.push(() => consumer.disconnect());
    await consumer.connect();
    await consumer.subscribe({ topics: [this.topic], fromBeginning: true });
    const eachMessage = ({ message }: { message: KafkaMessage }): Promise<void> => {
      take(message);
      return Promise.resolve();
    };
    await consumer.run({ eachMessage });
    return consumer;
  }

  /** What lies in a topic now. */
  async raw(topic: string): Promise<KafkaMessage[]> {
    const kafka = bareKafka();
    const admin = kafka.admin();
    await admin.connect();
    const [offsets] = await admin.fetchTopicOffsets(topic);
    await admin.disconnect();
    const end = Number(offsets!.high);
    const messages: KafkaMessage[] = [];
    if (end === 0) return messages;
    const consumer = kafka.consumer({ groupId: fresh('raw'), maxWaitTimeInMs: 100 });
    await consumer.connect();
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await new Promise<void>((resolve, reject) => {
      consumer
        .run({
          eachMessage: ({ message }) => {
            messages.push(message);
            if (Number(message.offset) >= end - 1) resolve();
            return Promise.resolve();
          },
        })
        .catch(reject);
    });
    await consumer.disconnect();
    return messages;
  }

  /** Runs the command as an operator. Where another process published in the same moment, once more. */
  async operator(...words: string[]): Promise<Record<string, unknown>> {
    const policy = this.policy({ state: '.operator' });
    for (let attempt = 0; ; attempt++) {
      let out = '';
      const streams = { out: (text: string) => (out += text), err: () => undefined };
      const code = await run([...words, '--policy', policy, '--json'], streams);
      const result = JSON.parse(out) as Record<string, unknown>;
      if (code === 0) return result;
      if (attempt === 10) throw new Error(JSON.stringify(result));
    }
  }

  /** What somebody has who copied the directory now. */
  frozenDirectory(): string {
    const file = join(this.folder, `frozen-${this.#variants++}.jsonl`);
    copyFileSync(this.directory, file);
    return file;
  }

  closes(close: () => Promise<unknown>): void {
    this.#closing.push(close);
  }

  async close(): Promise<void> {
    for (const close of this.#closing.splice(0).reverse()) await close().catch(() => undefined);
  }
}

export const textOf = ({ value }: KafkaMessage): string => String(value);

/** Waits until something is so. A test that waits for what never comes ends all the same. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (const endAt = performance.now() + 300_000; !(await isSo());) {
    if (performance.now() > endAt) throw new Error(`never came: ${isSo.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
