// Reads a topic from its beginning to its end, and follows it: for what everybody has to know, such as sessions.
import type { Consumer, Logger } from 'kafkajs';
import type { RawMessage } from './received.js';
import type { TopicOffsets } from './special-offsets.js';
import { whileGroupsLoad } from './while-groups-load.js';

export interface TopicReaderParts {
  readonly topic: string;
  /** Makes a consumer of a group of its own, which reads what is not committed too: an open transaction must not hide the end. */
  readonly consumer: () => Consumer;
  /** Reads the offsets that the topic has now: those that no open transaction holds up, as kafkajs asks for them. */
  readonly offsets: (topic: string) => Promise<TopicOffsets>;
  /** The brokers that lead its partitions now. */
  readonly leaders: (topic: string) => Promise<readonly number[]>;
  /** Takes records in the order of their partition. What it throws fails the read. */
  readonly take: (records: readonly RawMessage[], partition: number) => void | Promise<void>;
  readonly logger: Logger;
}

/**
 * A fetch begins when the one before is done and all that it brought was taken. The first that begins may find its offset
 * gone, in a topic that was made anew, and brings nothing then; the second does; the third shows that it was taken.
 */
const fetchesToTheEnd = 3;

interface Waiting {
  readonly isOver: (life: Life) => boolean;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** One life of a consumer: from the beginning of the topic until it fails, or until the topic is another one. */
interface Life {
  readonly consumer: Consumer;
  /** The next offset of each partition. */
  readonly next: Map<number, bigint>;
  /** The end of each partition as it was last asked for. */
  readonly stable: Map<number, bigint>;
  /** How far each partition reached when it was fetched last, open transactions included. */
  readonly reach: Map<number, bigint>;
  /** Fetches begun, by broker. */
  readonly fetches: Map<string, number>;
  /** `null` while it reads. */
  failure: Error | null;
}

/** A reader that starts when it is first needed, and starts anew after a failure. */
export class TopicReader {
  readonly #parts: TopicReaderParts;
  #life: Promise<Life> | null = null;
  #running: Promise<void> = Promise.resolve();
  #queued: Promise<void> | null = null;
  #runningToEnd: Promise<void> = Promise.resolve();
  #queuedToEnd: Promise<void> | null = null;
  #waiting: Waiting[] = [];
  #closed = false;

  constructor(parts: TopicReaderParts) {
    this.#parts = parts;
  }

  /**
   * Resolves when every record has been taken that the topic had when this was called, but for what stands behind the
   * beginning of an open transaction: whoever may write to the topic can hold that up. It is quick, and no evidence that
   * something is not there. Calls that come together share one read. Rejects where the topic cannot be read, with whatever
   * kafkajs says.
   */
  readToStable(): Promise<void> {
    // A read whose offsets have been asked for already does not know of what was written since.
    this.#queued ??= this.#running
      .catch(() => undefined)
      .then(() => {
        this.#queued = null;
        return (this.#running = whileGroupsLoad(() => this.#read()));
      });
    return this.#queued;
  }

  /** As `readToStable`, with what stands behind an open transaction too. Waits for some fetches of each broker, idle ones included. */
  readToEnd(): Promise<void> {
    this.#queuedToEnd ??= this.#runningToEnd
      .catch(() => undefined)
      .then(() => {
        this.#queuedToEnd = null;
        return (this.#runningToEnd = this.#readBehindTransactions());
      });
    return this.#queuedToEnd;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#end(new Error('the reader is closed'));
  }

  async #read(): Promise<void> {
    if (this.#closed) throw new Error('the reader is closed');
    const offsets = await this.#parts.offsets(this.#parts.topic).catch(async (error: unknown) => {
      // What is known of its offsets may be another topic’s by the time it is back.
      await this.#end(error as Error);
      throw error;
    });
    const known = await this.#life;
    // Like with like: what is read goes beyond this end while a transaction is open, but the end itself never goes back.
    if (offsets.some(({ partition, high }) => BigInt(high) < (known?.stable.get(partition) ?? 0n))) {
      await this.#end(new Error('the topic is shorter than it was: it was made anew'));
    }
    const life = await this.#begin();
    for (const { partition, high } of offsets) life.stable.set(partition, BigInt(high));
    // Where everything was deleted there is nothing to wait for.
    const left = offsets.filter(({ high, low }) => BigInt(low) < BigInt(high));
    const ends = new Map(left.map(({ partition, high }) => [partition, BigInt(high)]));
    await this.#until(life, ({ next }) => {
      for (const [partition, end] of ends) if ((next.get(partition) ?? 0n) < end) return false;
      return true;
    });
  }

  /** kafkajs cannot ask where a topic ends while a transaction is open, but what a fetch brings says so. */
  async #readBehindTransactions(): Promise<void> {
    await this.readToStable();
    const leaders = (await this.#parts.leaders(this.#parts.topic)).map(String);
    const life = await this.#begin();
    const before = new Map(life.fetches);
    await this.#until(life, ({ next, reach, fetches }) => {
      for (const leader of leaders)
        if ((fetches.get(leader) ?? 0) < (before.get(leader) ?? 0) + fetchesToTheEnd) return false;
      for (const [partition, end] of reach) if ((next.get(partition) ?? 0n) < end) return false;
      return true;
    });
  }

  #until(life: Life, isOver: Waiting['isOver']): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      this.#waiting.push({ isOver, resolve, reject });
      this.#look(life);
    });
  }

  async #begin(): Promise<Life> {
    const life = await this.#life;
    if (life !== null && life.failure === null) return life;
    if (life !== null) await this.#end(life.failure!);
    const beginning = this.#start();
    this.#life = beginning;
    beginning.catch(() => {
      if (this.#life === beginning) this.#life = null;
    });
    return beginning;
  }

  async #start(): Promise<Life> {
    const { topic, take } = this.#parts;
    const consumer = this.#parts.consumer();
    const life: Life = {
      consumer,
      next: new Map(),
      stable: new Map(),
      reach: new Map(),
      fetches: new Map(),
      failure: null,
    };
    consumer.on(consumer.events.FETCH_START, ({ payload }) => {
      const broker = String(payload.nodeId);
      life.fetches.set(broker, (life.fetches.get(broker) ?? 0) + 1);
      this.#look(life);
    });
    consumer.on(consumer.events.CRASH, ({ payload }) => this.#fail(life, payload.error));
    // Also of batches that hold nothing but control records, which no handler sees.
    consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload }) => {
      life.next.set(payload.partition, BigInt(payload.lastOffset) + 1n);
      life.reach.set(payload.partition, BigInt(payload.highWatermark));
      this.#look(life);
    });
    try {
      await consumer.connect();
      await consumer.subscribe({ topics: [topic], fromBeginning: true });
      await consumer.run({
        autoCommit: false,
        eachBatch: async ({ batch }) => {
          if (life.failure === null) await take(batch.messages, batch.partition);
        },
      });
    } catch (error) {
      await consumer.disconnect().catch(() => undefined);
      throw error;
    }
    return life;
  }

  #look(life: Life): void {
    if (life.failure !== null) {
      for (const each of this.#waiting) each.reject(life.failure);
      this.#waiting = [];
      return;
    }
    this.#waiting = this.#waiting.filter(({ isOver, resolve }) => {
      if (!isOver(life)) return true;
      resolve();
      return false;
    });
  }

  #fail(life: Life, error: Error): void {
    if (life.failure !== null) return;
    life.failure = error;
    this.#parts.logger.warn('A topic cannot be read; it is read anew when it is needed', {
      topic: this.#parts.topic,
      reason: error.message,
    });
    this.#look(life);
  }

  async #end(reason: Error): Promise<void> {
    const life = await this.#life?.catch(() => null);
    this.#life = null;
    if (life === undefined || life === null) return;
    life.failure ??= reason;
    this.#look(life);
    await life.consumer.disconnect().catch(() => undefined);
  }
}
