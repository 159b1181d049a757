// Tells an application of its confirms, a slice of a lump per turn of the event loop.
import type { Replies } from 'amqplib';

/** amqplib gives `null` for an ack, an error for a nack or a lost channel. */
export type ConfirmCallback = (error: unknown, ok: Replies.Empty) => void;

/** Half a tree: fewer would make a signature cover too little, more would keep the broker waiting for longer. */
const perTurn = 32;

interface Telling {
  readonly confirm: ConfirmCallback;
  readonly error: unknown;
  readonly ok: Parameters<ConfirmCallback>[1];
}

/**
 * RabbitMQ confirms in lumps of hundreds, and a producer that publishes the next message for each confirm would seal
 * hundreds before the first of them is written, while the broker waits. So the callbacks of one lump come 32 a turn, in
 * order, and what they publish is written in between. An error, or the end of the channel, is told at once, behind all
 * that waits.
 */
export class ConfirmTurns {
  #waiting: Telling[] = [];
  #told = 0;
  #scheduled = false;

  tell(confirm: ConfirmCallback, error: unknown, ok: Telling['ok']): void {
    if (error !== null && error !== undefined) this.tellAll();
    else if (this.#told >= perTurn || this.#waiting.length > 0) {
      this.#waiting.push({ confirm, error, ok });
      return;
    }
    this.#told++;
    this.#schedule();
    confirm(error, ok);
  }

  /** Tells what waits now: nobody is to find out by other means before. */
  tellAll(): void {
    while (this.#waiting.length > 0) this.#tellSome(this.#waiting.length);
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    // amqplib sees in the next tick that there is something to write, and writes in an immediate: this one is to come after.
    process.nextTick(() => process.nextTick(() => setImmediate(() => this.#turn())));
  }

  #turn(): void {
    this.#scheduled = false;
    this.#told = 0;
    if (this.#waiting.length === 0) return;
    this.#told = perTurn;
    this.#schedule();
    this.#tellSome(perTurn);
  }

  /** A callback that throws is its owner’s affair, as with amqplib; the others are told all the same. */
  #tellSome(count: number): void {
    const now = this.#waiting.slice(0, count);
    this.#waiting = this.#waiting.slice(count);
    for (const { confirm, error, ok } of now) {
      try {
        confirm(error, ok);
      } catch (thrown) {
        process.nextTick(() => {
          throw thrown;
        });
      }
    }
  }
}
