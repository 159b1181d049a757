// The directory in a Kafka topic: every signed line a record, read to its end and followed.
import { InabilityError, KeyError, readerGroup, SealwireError, UsageError } from '@sealwire/core';
import type { DirectorySource, DirectorySourceParts, OpenDirectorySource, SourceRead } from '@sealwire/core';
import { randomUUID } from 'node:crypto';
import kafkajs, { type Admin, type Producer } from 'kafkajs';
import { DirectoryLines } from './directory-lines.js';
import { guardedConfig } from './guarded-config.js';
import { registerCodecs } from './codecs.js';
import { LazyClient } from './lazy-client.js';
import { leadersOf } from './leaders-of.js';
import type { SecureKafkaConfig } from './options.js';
import type { RawMessage } from './received.js';
import { TopicReader } from './topic-reader.js';
import { topicRetention } from './topic-retention.js';

export interface KafkaDirectoryOptions extends Pick<
  SecureKafkaConfig,
  'brokers' | 'clientId' | 'connectionTimeout' | 'logLevel' | 'logCreator' | 'requestTimeout' | 'retry'
> {
  /** Default: `sealwire.directory`. It has one partition, is not compacted and not limited by size. */
  readonly topic?: string;
  /**
   * Writes lines that are still needed again before the topic forgets them: at half of its retention. For one or more
   * processes that may write to the topic; without any, `retention.ms` must be -1. Default: false.
   */
  readonly repeat?: boolean;
}

const idleFetchMs = 500;
const repeatCheckMs = 60 * 60 * 1000;

/**
 * The directory in a Kafka topic, for `openSealwire(file, { directory: kafkaDirectory({ brokers }) })`. A read is
 * conclusive: it goes to the end that the topic had when it was asked for. Connections are as the policy says.
 * Whoever may write to the topic can hold up publication, but not forge anything: let only issuers write.
 */
export function kafkaDirectory(options: KafkaDirectoryOptions): OpenDirectorySource {
  return (parts) => new KafkaDirectory(options, parts);
}

class KafkaDirectory implements DirectorySource {
  readonly name: string;
  readonly lagMs = 0;
  readonly #topic: string;
  readonly #parts: DirectorySourceParts;
  readonly #admin: LazyClient<Admin>;
  readonly #producer: LazyClient<Producer>;
  readonly #reader: TopicReader;
  readonly #lines: DirectoryLines;
  readonly #repeat: boolean;
  #changed: (() => void) | null = null;
  #timer: NodeJS.Timeout | null = null;
  #checked: Promise<number> | null = null;
  #givenVersion = -1;

  constructor(
    { topic = 'sealwire.directory', repeat = false, ...config }: KafkaDirectoryOptions,
    parts: DirectorySourceParts,
  ) {
    this.name = `topic ${topic}`;
    this.#topic = topic;
    this.#parts = parts;
    this.#repeat = repeat;
    this.#lines = new DirectoryLines(parts);
    registerCodecs();
    const nobody = { opened: () => undefined, refused: () => undefined };
    const kafka = new kafkajs.Kafka(guardedConfig(parts.connection('kafka'), config, nobody));
    const open = (): boolean => this.#changed !== null;
    this.#admin = new LazyClient(kafka.admin(), open);
    this.#producer = new LazyClient(kafka.producer({ allowAutoTopicCreation: false }), () => false);
    this.#reader = new TopicReader({
      topic,
      logger: kafka.logger(),
      offsets: (name) => this.#admin.use((admin) => admin.fetchTopicOffsets(name)),
      leaders: (name) => this.#admin.use((admin) => leadersOf(admin, name)),
      take: (records) => this.#take(records),
      consumer: () =>
        kafka.consumer({
          groupId: `${readerGroup('directory', parts.agent)}${randomUUID()}`,
          readUncommitted: true,
          allowAutoTopicCreation: false,
          maxWaitTimeInMs: idleFetchMs,
          // A line of a large directory is larger than kafkajs’ default.
          maxBytesPerPartition: parts.maxLineBytes,
          maxBytes: parts.maxLineBytes,
          // A broker that has just started loads its groups for some seconds.
          retry: { retries: 6, initialRetryTime: 100 },
        }),
    });
  }

  async read(anew: boolean): Promise<SourceRead> {
    const readAtMs = Date.now();
    try {
      await this.#check();
      await this.#reader.readToEnd();
    } catch (error) {
      throw this.#unreadable(error);
    }
    if (!anew && this.#lines.version === this.#givenVersion) return { lines: null, readAtMs };
    this.#givenVersion = this.#lines.version;
    return { lines: this.#lines.all, readAtMs };
  }

  watch(changed: () => void): void {
    this.#changed = changed;
    // Following begins with the first read; one that fails now is one that the next refresh does again.
    this.#reader.readToStable().catch(() => undefined);
    if (this.#repeat) {
      this.#timer = setInterval(() => void this.#repeatOld().catch(() => undefined), repeatCheckMs).unref();
    }
  }

  /** Anybody may be faster: the first line of an issuer and serial counts, as the topic has them. */
  async publish(line: Buffer): Promise<void> {
    const { issuer, serial } = this.#parts.peekedLine(this.name, line);
    await this.read(true);
    this.#refuseIfTaken(issuer, serial, line);
    await this.#write([line]);
    await this.read(true);
    this.#refuseIfTaken(issuer, serial, line);
  }

  async close(): Promise<void> {
    this.#changed = null;
    if (this.#timer !== null) clearInterval(this.#timer);
    await this.#reader.close();
    await Promise.all([this.#admin.release(), this.#producer.release()]);
  }

  #take(records: readonly RawMessage[]): void {
    const before = this.#lines.version;
    for (const { value, timestamp } of records) {
      if (value !== null) this.#lines.add(value, Number(timestamp));
    }
    if (this.#lines.version !== before) this.#changed?.();
  }

  #refuseIfTaken(issuer: string | null, serial: number, line: Buffer): void {
    const first = this.#lines.first(issuer, serial);
    if (first === null || first.equals(line)) return;
    throw new KeyError(
      'ERR_KEY_DIRECTORY',
      `${this.name} has another line of this issuer and serial already: somebody was faster. Read it and make the change again.`,
      { reason: 'superseded', serial },
    );
  }

  async #write(lines: readonly Buffer[]): Promise<void> {
    const messages = lines.map((value) => ({ value, partition: 0 }));
    try {
      await this.#producer.use((producer) => producer.send({ topic: this.#topic, acks: -1, messages }));
    } catch (error) {
      throw this.#unreadable(error);
    }
  }

  /** @returns how long the topic keeps its records, ms */
  #check(): Promise<number> {
    this.#checked ??= this.#admin
      .use(async (admin) => {
        const { topics } = await admin.fetchTopicMetadata({ topics: [this.#topic] });
        if (topics[0]?.partitions.length !== 1) {
          throw this.#refusal(
            'has several partitions, so that its lines have no order',
            '--create … --partitions 1',
          );
        }
        const retention = await topicRetention(this.#topic, admin);
        // Who may not ask cannot know; documents that vanish show when they expire.
        if (retention === 'unknown' || retention === 'missing') return Infinity;
        if (retention.compacted) throw this.#refusal('is compacted', 'cleanup.policy=delete');
        if (retention.bytes !== Infinity) throw this.#refusal('is limited by size', 'retention.bytes=-1');
        if (retention.ms !== Infinity && retention.ms < 2 * repeatCheckMs) {
          throw this.#refusal('keeps its records for less than two hours', 'retention.ms=-1');
        }
        return retention.ms;
      })
      .catch((error: unknown) => {
        this.#checked = null;
        throw error;
      });
    return this.#checked;
  }

  async #repeatOld(): Promise<void> {
    const retentionMs = await this.#check();
    if (retentionMs === Infinity) return;
    await this.#reader.readToStable();
    const old = this.#lines.olderThan(Date.now() - retentionMs / 2);
    if (old.length > 0) await this.#write(old);
  }

  #refusal(what: string, setting: string): UsageError {
    const command = setting.startsWith('--')
      ? `kafka-topics.sh ${setting}`
      : `kafka-configs.sh --alter --entity-type topics --entity-name ${this.#topic} --add-config ${setting}`;
    return new UsageError('ERR_USAGE_TOPIC', `The directory topic ${this.#topic} ${what}. Type: ${command}`, {
      topic: this.#topic,
    });
  }

  #unreadable(error: unknown): SealwireError {
    if (error instanceof SealwireError) return error;
    return new InabilityError(
      'ERR_UNABLE_DIRECTORY',
      `The directory topic ${this.#topic} cannot be used (${(error as Error).message}). Check that it exists, the broker and this agent’s rights; what was accepted stays in force meanwhile.`,
      { topic: this.#topic },
      error,
    );
  }
}
