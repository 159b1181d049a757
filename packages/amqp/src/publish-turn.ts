// What is published in one turn of the event loop: the first message goes at once, those behind it share a signature.
import type { Maced, Outlet, Sealed } from '@sealwire/core';

/** A message that has begun, and how it is sent once it is sealed. `send` gives amqplib's answer, or throws its error. */
export interface BegunMessage {
  readonly begun: Maced;
  send(sealed: Sealed): boolean;
  /** It could not be sent, after `publish` has returned. */
  failed(error: unknown): void;
}

/** As many as share one tree. */
const treeLeaves = 64;

/**
 * One ECDSA operation a message would be most of what publishing costs. So the messages that a program publishes in one
 * turn, a burst, wait for the end of the turn (`setImmediate`, which is when amqplib writes to its socket) and are signed
 * together. All that can be refused was refused before; nothing else of the channel is sent before them.
 */
export class PublishTurn {
  readonly #outlet: Outlet;
  #waiting: BegunMessage[] = [];
  readonly #most: number;
  /** Messages of this turn, and whether the last turn was a burst. */
  #count = 0;
  #bursts = false;
  #open = false;
  #hasRoom = true;

  /** @param bufferedFrames amqplib's highWaterMark; fewer messages wait than fill a quarter of it */
  constructor(outlet: Outlet, bufferedFrames: number) {
    this.#outlet = outlet;
    this.#most = Math.min(treeLeaves, Math.floor(bufferedFrames / 4));
  }

  /** amqplib's write buffer has room again. */
  drained(): void {
    this.#hasRoom = true;
  }

  /** Sends at once, behind what waits. @throws what amqplib throws; then the message was not sent */
  sendNow(message: BegunMessage): boolean {
    this.flush();
    this.#begin();
    const [sealed] = this.#outlet.finish([message.begun]);
    return (this.#hasRoom = message.send(sealed!));
  }

  /**
   * Sends by the end of the turn, the first of a turn at once.
   * @returns whether the write buffer has room, as far as is known: it is asked again every 64 messages
   */
  send(message: BegunMessage): boolean {
    this.#count++;
    // In the middle of bursts the first waits too: a signature for it alone would be half of the cost.
    if (this.#most < 2 || (!this.#open && !this.#bursts)) return this.sendNow(message);
    this.#begin();
    this.#waiting.push(message);
    if (this.#waiting.length >= this.#most) this.flush();
    return this.#hasRoom;
  }

  /** Sends what waits: before anything else is sent on the channel. */
  flush(): void {
    if (this.#waiting.length === 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    let sealed: readonly Sealed[];
    try {
      sealed = this.#outlet.finish(waiting.map(({ begun }) => begun));
    } catch (error) {
      for (const message of waiting) tell(message, error);
      return;
    }
    waiting.forEach((message, i) => {
      try {
        this.#hasRoom = message.send(sealed[i]!);
      } catch (error) {
        tell(message, error);
      }
    });
  }

  #begin(): void {
    if (this.#open) return;
    this.#open = true;
    setImmediate(() => {
      this.#open = false;
      this.#bursts = this.#count > 1;
      this.#count = 0;
      this.flush();
    });
  }
}

/** A callback that throws is its owner's affair, as with amqplib; it must not keep the others from being sent or told. */
function tell(message: BegunMessage, error: unknown): void {
  try {
    message.failed(error);
  } catch (thrown) {
    process.nextTick(() => {
      throw thrown;
    });
  }
}
