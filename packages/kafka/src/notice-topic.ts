// The topic in which writers tell one another of their checkpoints. Nothing that an application sends or reads waits for it.
import type { AuditTopicSettings, NoticeBoard } from '@sealwire/core';
import type { Admin, Logger, Producer } from 'kafkajs';
import type { LazyClient } from './lazy-client.js';
import { prepareNoticeTopic } from './prepare-notice-topic.js';
import type { RawMessage } from './received.js';
import type { TopicReader, TopicReaderParts } from './topic-reader.js';

export interface NoticeTopicParts {
  readonly topic: string;
  /** How it is made where it is missing; `null`: an administrator makes it. */
  readonly create: AuditTopicSettings | null;
  /** These are its own: what goes wrong with this topic must not meet what audit events are written with. */
  readonly admin: LazyClient<Admin>;
  readonly producer: LazyClient<Producer>;
  readonly reader: (parts: Pick<TopicReaderParts, 'topic' | 'take'>) => TopicReader;
  /** Whether a client of the application’s is connected. */
  readonly isWanted: () => boolean;
  readonly logger: Logger;
}

const warnEveryMs = 60_000;
/** How long a reader that has not come to the end may bring nothing, before another one takes its place. */
const silentMs = 30_000;

export class NoticeTopic implements NoticeBoard {
  readonly #parts: NoticeTopicParts;
  #take: ((notices: readonly Buffer[]) => Promise<void>) | null = null;
  #reader: TopicReader | null = null;
  #prepared: Promise<void> | null = null;
  #warnedMs = -Infinity;
  /** Reads that are under way, and when one of them last showed that it goes on. */
  #reads = 0;
  #aliveMs = 0;

  constructor(parts: NoticeTopicParts) {
    this.#parts = parts;
  }

  async put(chain: string, notice: Buffer): Promise<void> {
    const { topic, producer } = this.#parts;
    // What ended the reading is over, perhaps.
    this.read();
    await this.#prepare();
    const messages = [{ key: chain, value: notice }];
    try {
      await producer.use((client) => client.send({ topic, acks: -1, messages }));
    } catch (error) {
      this.#asksAgain();
      throw error;
    }
  }

  follow(take: (notices: readonly Buffer[]) => Promise<void>): void {
    this.#take = take;
    this.read();
  }

  /** Begins to read, where that has ended or never began. To be called when a client has connected. */
  read(): void {
    if (this.#take === null || !this.#parts.isWanted()) return;
    this.#replaceSilent();
    if (this.#reads++ === 0) this.#aliveMs = performance.now();
    this.#prepare()
      .then(() => (this.#parts.isWanted() ? this.#reading().readToStable() : undefined))
      .catch((error: unknown) => {
        this.#asksAgain();
        this.#warn(error);
      })
      .finally(() => this.#reads--);
  }

  /** Stops reading until it is called for again. Never rejects. */
  async release(): Promise<void> {
    const { admin, producer } = this.#parts;
    const reader = this.#reader;
    this.#reader = null;
    await Promise.all([reader?.close(), producer.release(), admin.release()]);
  }

  #replaceSilent(): void {
    if (this.#reads === 0 || performance.now() - this.#aliveMs < silentMs) return;
    const reader = this.#reader;
    this.#reader = null;
    // What waits for it is rejected.
    void reader?.close();
    this.#aliveMs = performance.now();
  }

  #reading(): TopicReader {
    const { topic, reader } = this.#parts;
    return (this.#reader ??= reader({ topic, take: (records) => this.#give(records) }));
  }

  async #give(records: readonly RawMessage[]): Promise<void> {
    this.#aliveMs = performance.now();
    await this.#take?.(records.flatMap(({ value }) => value ?? []));
  }

  /** The topic may have been deleted since it was seen to be there. */
  #asksAgain(): void {
    this.#prepared = null;
  }

  #prepare(): Promise<void> {
    const { topic, create, admin, logger } = this.#parts;
    this.#prepared ??= admin
      .use((client) => prepareNoticeTopic(topic, create, client, logger))
      .catch((error: unknown) => {
        this.#prepared = null;
        throw error;
      });
    return this.#prepared;
  }

  #warn(error: unknown): void {
    // Reading that ends with the last client is no failure.
    if (!this.#parts.isWanted() || performance.now() - this.#warnedMs < warnEveryMs) return;
    this.#warnedMs = performance.now();
    const { topic, logger } = this.#parts;
    logger.warn('Notices of audit checkpoints cannot be read; that is tried again', {
      topic,
      reason: (error as Error).message,
    });
  }
}
