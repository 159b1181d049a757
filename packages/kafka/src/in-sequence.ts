// Keeps the sends of an idempotent producer apart: kafkajs gives the sequence numbers of a batch whose answer was lost to
// whatever it sends next, and the broker takes that for a repeat: it acknowledges it, and drops it.
import type { Logger, ProducerBatch, RecordMetadata } from 'kafkajs';
import { sendComplete, type BatchSender } from './send-complete.js';
import { sendOutcome } from './send-outcome.js';

type Part = ProducerBatch & { readonly topicMessages: NonNullable<ProducerBatch['topicMessages']> };

/** What nobody knows of whether it was written, all for one partition. */
interface Doubt {
  readonly part: Part;
  /** Up to which turn its error is the answer, because it could not be settled while they waited. */
  refusedUpTo: number;
  error: unknown;
}

/** A partition by its name. */
export const placeOf = (topic: string, partition: number | undefined): string => `${partition} ${topic}`;

/** The sends of one idempotent producer, or of one transaction. */
export class InSequence implements BatchSender {
  readonly #inner: BatchSender;
  readonly #logger: Logger;
  readonly #doubts = new Map<string, Doubt[]>();
  /** By partition: settles when the turns so far are over. */
  readonly #lines = new Map<string, Promise<void>>();
  #turns = 0;

  constructor(inner: BatchSender, logger: Logger) {
    this.#inner = inner;
    this.#logger = logger;
  }

  /** Whether it is known of all that was sent whether it was written. */
  get isSettled(): boolean {
    return this.#doubts.size === 0;
  }

  /**
   * Runs what seals and sends to these partitions, one after another for each of them. Before it goes what an earlier one
   * has left in doubt there: the same records under the same sequence numbers, which the broker keeps once.
   * @throws what that meets: then nothing of this send was sent
   */
  async turn<Result>(places: readonly string[], send: () => Promise<Result>): Promise<Result> {
    const turn = ++this.#turns;
    const before = places.map((place) => this.#lines.get(place) ?? Promise.resolve());
    let end = (): void => undefined;
    const over = new Promise<void>((resolve) => (end = resolve));
    for (const place of places) this.#lines.set(place, over);
    try {
      await Promise.all(before);
      for (const place of places) await this.#settle(place, turn);
      return await send();
    } finally {
      end();
    }
  }

  async sendBatch(batch: ProducerBatch): Promise<RecordMetadata[]> {
    try {
      return await this.#inner.sendBatch(batch);
    } catch (error) {
      const parts = partsOf(batch);
      if (sendOutcome(error, parts.size) === 'unknown')
        for (const [place, part] of parts)
          this.#doubts.set(place, [
            ...(this.#doubts.get(place) ?? []),
            { part, refusedUpTo: 0, error: null },
          ]);
      throw error;
    }
  }

  async #settle(place: string, turn: number): Promise<void> {
    for (const doubt of this.#doubts.get(place) ?? []) {
      if (turn <= doubt.refusedUpTo) throw doubt.error;
      try {
        await sendComplete(this.#inner, doubt.part, this.#logger);
      } catch (error) {
        // What is refused for good was not written.
        if (sendOutcome(error, 1) === 'unknown') {
          Object.assign(doubt, { refusedUpTo: this.#turns, error });
          throw error;
        }
      }
      const left = this.#doubts.get(place)!.filter((each) => each !== doubt);
      if (left.length > 0) this.#doubts.set(place, left);
      else this.#doubts.delete(place);
    }
  }
}

/**
 * By partition: of several that are sent together a broker may take one and refuse another. Where there are no messages
 * kafkajs has refused the call itself.
 */
function partsOf({ topicMessages = [], ...rest }: ProducerBatch): Map<string, Part> {
  const parts = new Map<string, Part>();
  for (const { topic, messages } of topicMessages.filter((each) => Array.isArray(each.messages)))
    for (const partition of new Set(messages.map((message) => message.partition))) {
      const own = messages.filter((message) => message.partition === partition);
      parts.set(placeOf(topic, partition), { ...rest, topicMessages: [{ topic, messages: own }] });
    }
  return parts;
}
