// Writes messages so that success means: routed to a queue, unless it need not be, and confirmed by the broker.
import { InabilityError } from '@sealwire/core';
import type { ConfirmChannel, Options } from 'amqplib';
import type { OwnConnection } from './own-connection.js';

/** One message to write. */
export interface Writing {
  readonly exchange: string;
  readonly routingKey: string;
  readonly content: Buffer;
  /** Mandatory and persistent unless it says otherwise. */
  readonly options: Options.Publish;
}

const targets = { ERR_UNABLE_AUDIT: 'The audit exchange', ERR_UNABLE_QUARANTINE: 'The quarantine queue' };

/** Longer than this without all confirms is not certain any more, in ms: a broker short of memory or disk blocks. */
const confirmTimeoutMs = 30_000;

/** A channel of the own connection with one purpose; it is opened and its target declared when needed, again after a failure. */
export class ConfirmedWriter {
  readonly #connection: OwnConnection;
  readonly #declare: (open: () => Promise<ConfirmChannel>) => Promise<ConfirmChannel>;
  readonly #code: keyof typeof targets;
  readonly #target: string;
  #channel: Promise<ConfirmChannel> | null = null;
  readonly #returned = new Set<string>();
  #lastId = 0;

  /**
   * @param declare sees to the target and gives back a channel that is open
   * @param target what errors call it
   */
  constructor(
    connection: OwnConnection,
    code: keyof typeof targets,
    declare: (open: () => Promise<ConfirmChannel>) => Promise<ConfirmChannel>,
    target = targets[code],
  ) {
    this.#target = target;
    this.#connection = connection;
    this.#code = code;
    this.#declare = declare;
  }

  /** Settles when the target is there. @throws InabilityError */
  async ready(): Promise<void> {
    await this.#connection.during(async () => {
      try {
        await this.#open();
      } catch (error) {
        throw this.#unable('the target is not there or may not be used', error);
      }
    });
  }

  /**
   * Writes all, in order.
   * @returns for each whether it is certainly in a queue; of one that is not mandatory, whether the broker has it
   * @throws InabilityError where nothing could be written
   */
  async write(writings: readonly Writing[]): Promise<boolean[]> {
    return this.#connection.during(async () => {
      let channel: ConfirmChannel;
      try {
        channel = await this.#open();
      } catch (error) {
        throw this.#unable('the target is not there or may not be used', error);
      }
      return this.#writeAll(channel, writings);
    });
  }

  /** An error that says what was not written. */
  unwritten(count: number): InabilityError {
    return this.#unable(`${count} messages were not routed to a queue or not confirmed`);
  }

  #writeAll(channel: ConfirmChannel, writings: readonly Writing[]): Promise<boolean[]> {
    return new Promise((resolve) => {
      const written = writings.map(() => false);
      let open = writings.length;
      let gone = false;
      const timer = setTimeout(() => {
        this.#drop(channel);
        resolve(written);
      }, confirmTimeoutMs);
      const done = (): void => {
        if (--open > 0) return;
        clearTimeout(timer);
        // What was there to take it is gone, and is declared again with the next channel.
        if (gone) this.#drop(channel);
        resolve(written);
      };
      if (open === 0) done();
      writings.forEach((writing, i) => {
        const messageId = String(++this.#lastId);
        const options = { mandatory: true, persistent: true, ...writing.options, messageId };
        try {
          channel.publish(writing.exchange, writing.routingKey, writing.content, options, (error) => {
            // The return of an unroutable message comes before its confirm.
            const returned = this.#returned.delete(messageId);
            gone ||= returned;
            written[i] = error === null && !returned;
            done();
          });
        } catch {
          this.#drop(channel);
          done();
        }
      });
    });
  }

  #open(): Promise<ConfirmChannel> {
    if (this.#channel !== null) return this.#channel;
    const opening = this.#declare(() => this.#connection.channel()).then((channel) => {
      channel.on('return', (message) => this.#returned.add(String(message.properties.messageId)));
      channel.on('close', () => this.#forget(opening));
      return channel;
    });
    opening.catch(() => this.#forget(opening));
    this.#channel = opening;
    return opening;
  }

  #forget(channel: Promise<ConfirmChannel>): void {
    // Another one may be writing by now, and what came back to it counts.
    if (this.#channel !== channel) return;
    this.#channel = null;
    this.#returned.clear();
  }

  #drop(channel: ConfirmChannel): void {
    this.#channel = null;
    Promise.resolve()
      .then(() => channel.close())
      .catch(() => undefined);
  }

  #unable(why: string, cause?: unknown): InabilityError {
    const detail = cause instanceof Error ? ` (${cause.message})` : '';
    return new InabilityError(
      this.#code,
      `${this.#target} cannot be written: ${why}${detail}. Check the broker, rights and names in sealwire.yaml.`,
      {},
      cause,
    );
  }
}
