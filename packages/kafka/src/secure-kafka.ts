// A kafkajs Kafka whose producers seal, whose consumers open, and whose connections the policy decides.
import type { AuditSink, Sealwire } from '@sealwire/core';
import kafkajs, { type Admin, type AdminConfig, type Consumer, type ConsumerConfig } from 'kafkajs';
import type { Offsets, PartitionMetadata, Producer, ProducerConfig } from 'kafkajs';
import { ActiveRuns } from './active-runs.js';
import { secureAdmin } from './admin.js';
import { allowReread, type AllowedReread, type Reread } from './allow-reread.js';
import { auditSink } from './audit-sink.js';
import { checkReplayTopic } from './check-replay-topic.js';
import { checkRetries } from './check-retries.js';
import { connectionReports } from './connection-reports.js';
import type { ConnectionObserver } from './connection.js';
import { secureConsumer } from './consumer.js';
import { definedOptions } from './defined-of.js';
import { GroupMemories } from './group-memories.js';
import { guardedConfig } from './guarded-config.js';
import { registerCodecs } from './codecs.js';
import { knowPacked } from './packed-messages.js';
import { LazyClient } from './lazy-client.js';
import { LiveClients } from './live-clients.js';
import type { SecureKafkaConfig, SecureKafkaOptions } from './options.js';
import type { NoticeTopic } from './notice-topic.js';
import { openNoticeTopic } from './open-notice-topic.js';
import { OwnProducer } from './own-producer.js';
import { ownReader, readerWaitMs, type OwnClients } from './own-reader.js';
import { PartitionChoice } from './partition-choice.js';
import { secureProducer } from './producer.js';
import { prepareAuditTopic } from './prepare-audit-topic.js';
import { quarantineTopic } from './quarantine.js';
import { SealLater } from './seal-later.js';
import type { BatchSender } from './send-complete.js';
import { checkQuarantineSize } from './check-quarantine-size.js';
import { checkSessionTopics } from './check-session-topics.js';
import { Sending } from './sending.js';
import { SessionTopics } from './session-topics.js';
import { SessionWriter } from './session-writer.js';
import type { SettledOffsets } from './transaction.js';

/** kafkajs’ own default. */
const metadataMaxAgeMs = 300_000;
/**
 * Four times kafkajs’ own: small messages are three times as large when they are sealed, and kafkajs fetches nothing
 * while a fetch is handled.
 */
const fetching = { maxBytesPerPartition: 4 * 1_048_576, maxBytes: 4 * 10_485_760 };

/**
 * Makes a Kafka client that seals what it sends and opens what it reads. It is a kafkajs `Kafka`: same types, same
 * methods, same events; code that uses kafkajs keeps its calls.
 * @param config kafkajs’ configuration; TLS, SASL and socket factory come from the policy
 * @throws UsageError ERR_USAGE_CONNECTION where the configuration would decide about the connection,
 *   ERR_USAGE_SASL where the policy names a mechanism that Kafka lacks, ERR_USAGE_POLICY where it has no Kafka connection
 */
export function secureKafka(
  sealwire: Sealwire,
  config: SecureKafkaConfig,
  options: SecureKafkaOptions = {},
): SecureKafka {
  return new SecureKafka(sealwire, config, options);
}

/** What `secureKafka` makes. Its producers, consumers and admins are kafkajs’ in type and behaviour. */
export class SecureKafka extends kafkajs.Kafka {
  readonly #sealwire: Sealwire;
  readonly #options: SecureKafkaOptions;
  readonly #config: SecureKafkaConfig;
  readonly #sink: AuditSink;
  readonly #own: OwnProducer;
  readonly #metadata: LazyClient<Admin>;
  readonly #clients: LiveClients;
  readonly #sessions: SessionTopics;
  readonly #sessionWriter: SessionWriter;
  readonly #notices: NoticeTopic | null;
  #prepared: Promise<void> | null = null;
  readonly #groups: GroupMemories;

  constructor(sealwire: Sealwire, config: SecureKafkaConfig, options: SecureKafkaOptions = {}) {
    const guard = sealwire.connection('kafka');
    // kafkajs needs the socket factory before this object exists; nothing connects before it does.
    const observer: { current: ConnectionObserver | null } = { current: null };
    super(
      guardedConfig(guard, config, {
        opened: (...facts) => observer.current?.opened(...facts),
        refused: (...facts) => observer.current?.refused(...facts),
      }),
    );
    registerCodecs();
    knowPacked();
    this.#sealwire = sealwire;
    this.#options = options;
    this.#config = definedOptions(config);
    const keep = (): boolean => this.#clients.any;
    const clients: OwnClients = {
      agent: sealwire.agent,
      admin: () => super.admin(),
      producer: (config) => super.producer(config),
      consumer: (config) => super.consumer(config),
      logger: () => this.logger(),
    };
    this.#metadata = new LazyClient(super.admin(), keep);
    const { producer, own } = this.#ownProducer(keep);
    this.#own = own;
    this.#sessionWriter = new SessionWriter(own);
    this.#sessions = new SessionTopics({
      rules: sealwire.sessions,
      reader: (parts) => ownReader(clients, 'sessions', this.#metadata, parts),
    });
    this.#clients = new LiveClients(() =>
      Promise.all([
        producer.release(),
        this.#metadata.release(),
        this.#sessions.release(),
        this.#notices?.release(),
      ]),
    );
    this.#notices = openNoticeTopic(clients, sealwire.auditTopic, keep);
    const sink = auditSink(sealwire.auditTarget('kafka'), own);
    this.#sink = this.#notices === null ? sink : Object.assign(sink, { notices: this.#notices });
    this.#groups = new GroupMemories({
      sealwire,
      sink: this.#sink,
      metadata: this.#metadata,
      consumer: (groupId) => this.#briefConsumer(groupId),
    });
    observer.current = connectionReports(sealwire, this.#sink, keep);
  }

  /**
   * As kafkajs’. `createPartitioner` sees the application’s own messages, once each.
   * @throws UsageError ERR_USAGE_REPLAY where it may try for longer than its messages stay fresh
   */
  override producer(config: ProducerConfig = {}): Producer {
    const { createPartitioner, ...rest } = definedOptions(config);
    const { retry, requestTimeout } = this.#config;
    const { shortestMaxAgeMs } = this.#sealwire.replay;
    checkRetries(shortestMaxAgeMs, { ...retry, ...rest.retry }, requestTimeout);
    const partitions = new PartitionChoice(
      createPartitioner ?? kafkajs.Partitioners.DefaultPartitioner,
      (topic) => this.#partitionsOf(topic, inner),
      config.metadataMaxAge ?? metadataMaxAgeMs,
    );
    const another = (): Producer => super.producer({ ...rest, createPartitioner: partitions.pinned });
    const inner = another();
    const outlet = this.#sealwire.outlet('kafka', this.#sink);
    const sending = new Sending({
      outlet,
      sealLater: this.#sealwire.synchronous ? null : new SealLater(outlet),
      partitions,
      describe: this.#options.describe,
      sessions: this.#sessionWriter,
      logger: inner.logger(),
    });
    const settle = (groupId: string, offsets: Offsets): Promise<SettledOffsets> =>
      this.#groups.settle(groupId, offsets);
    const prepare = (): Promise<void> => this.#prepare(inner);
    return secureProducer(inner, { sending, clients: this.#clients, prepare, settle, another });
  }

  /**
   * As kafkajs’. Without `maxBytesPerPartition` or `maxBytes` these limits of a fetch are four times kafkajs’ defaults,
   * because sealed records are larger.
   */
  override consumer(config: ConsumerConfig): Consumer {
    const inner = super.consumer({ ...fetching, ...definedOptions(config) });
    const { onReject, name } = this.#sealwire.quarantine('kafka');
    const runs = new ActiveRuns();
    const inlet = this.#sealwire.inlet('kafka', this.#sink, {
      sessions: this.#sessions,
      group: config.groupId,
    });
    const memories = this.#groups.join(config.groupId, { inlet, inner, runs });
    return secureConsumer(inner, {
      inlet,
      memories,
      prepare: () => this.#prepare(inner),
      warm: (topics) => {
        this.#warm(topics);
        if (onReject === 'quarantine') this.#checkQuarantine(name, topics, inner);
      },
      onReject,
      quarantine: quarantineTopic(name, this.#sealwire.agent, this.#own, (rejected) =>
        inlet.testify(rejected),
      ),
      logger: inner.logger(),
      clients: this.#clients,
      runs,
      listTopics: () => this.#metadata.use((admin) => admin.listTopics()),
      checkTopic: (topic) =>
        this.#metadata.use((admin) =>
          checkReplayTopic(topic, this.#sealwire.replay.window(topic), admin, inner.logger()),
        ),
      topicOffsets: (topic) => this.#metadata.use((admin) => admin.fetchTopicOffsets(topic)),
    });
  }

  /** As kafkajs’, over connections that the policy decides. */
  override admin(config: AdminConfig = {}): Admin {
    return secureAdmin(super.admin(definedOptions(config)), this.#clients);
  }

  /**
   * Lets a group whose members are stopped read again what it has read, though it was accepted before and, where the
   * broker stamps no append times, though its age has passed by now. It is audited, and holds over restarts.
   * @throws UsageError ERR_USAGE_RECORD, ERR_USAGE_REPLAY; InabilityError ERR_UNABLE_CONNECTION, ERR_UNABLE_AUDIT
   */
  allowReread(reread: Reread): Promise<AllowedReread> {
    const { agent, replay: rules } = this.#sealwire;
    return this.#metadata.use((admin) =>
      allowReread(
        {
          agent,
          rules,
          admin,
          consumer: () => this.#briefConsumer(reread.group),
          report: (event) => this.#sealwire.report('kafka', this.#sink, event),
        },
        reread,
      ),
    );
  }

  /** Once, whoever connects first; what fails is asked again by the next. */
  #prepare({ logger }: Pick<Producer | Consumer, 'logger'>): Promise<void> {
    const { sessions, auditTopic } = this.#sealwire;
    this.#notices?.read();
    if (sessions.topics.length === 0 && auditTopic === null) return Promise.resolve();
    this.#prepared ??= this.#metadata
      .use(async (admin) => {
        const { create } = auditTopic ?? {};
        if (create !== undefined)
          await prepareAuditTopic(this.#sealwire.auditTarget('kafka'), create, admin, logger());
        await checkSessionTopics(sessions, admin, logger());
      })
      .catch((error: unknown) => {
        this.#prepared = null;
        throw error;
      });
    return this.#prepared;
  }

  #warm(topics: readonly string[]): void {
    for (const { name, serves } of this.#sealwire.sessions.topics) {
      if (serves.some((topic) => topics.includes(topic))) this.#sessions.warm(name);
    }
  }

  /** Nobody waits for it: what it says is in the log. */
  #checkQuarantine(name: string, topics: readonly string[], { logger }: Pick<Consumer, 'logger'>): void {
    if (topics.length === 0) return;
    this.#metadata.use((admin) => checkQuarantineSize(name, topics, admin, logger())).catch(() => undefined);
  }

  /** Joins a group that nobody is in, commits, and goes. */
  #briefConsumer(groupId: string): Consumer {
    return super.consumer({ groupId, allowAutoTopicCreation: false, maxWaitTimeInMs: readerWaitMs });
  }

  #ownProducer(keep: () => boolean): { producer: LazyClient<Producer>; own: OwnProducer } {
    const partitions = new PartitionChoice(
      kafkajs.Partitioners.DefaultPartitioner,
      (topic) => this.#partitionsOf(topic, inner),
      metadataMaxAgeMs,
    );
    const inner = super.producer({ createPartitioner: partitions.pinned, allowAutoTopicCreation: false });
    const producer = new LazyClient(inner, keep);
    return { producer, own: new OwnProducer(producer, partitions, inner.logger()) };
  }

  /** An empty send first: it fails as kafkajs’ own send would, and creates the topic where that is allowed. */
  async #partitionsOf(topic: string, sender: BatchSender): Promise<PartitionMetadata[]> {
    await sender.sendBatch({ topicMessages: [{ topic, messages: [] }] });
    const { topics } = await this.#metadata.use((admin) => admin.fetchTopicMetadata({ topics: [topic] }));
    return topics.find(({ name }) => name === topic)?.partitions ?? [];
  }
}
