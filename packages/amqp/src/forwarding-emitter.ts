// An event emitter that passes on another one’s events, with the same effect on that one as its listeners would have.
import { EventEmitter } from 'node:events';

type Listener = Parameters<EventEmitter['on']>[1];

/**
 * amqplib asks whether there are `handler-error` listeners before it decides to close, so one is attached inside only
 * while there is one outside. An `error` without a listener throws, inside and outside alike.
 */
export class ForwardingEmitter extends EventEmitter {
  readonly #source: EventEmitter;
  readonly #passHandlerError = (...args: unknown[]) => void this.emit('handler-error', ...args);
  #passes = false;

  constructor(source: EventEmitter, events: readonly string[]) {
    super();
    this.#source = source;
    for (const event of events) source.on(event, (...args: unknown[]) => void this.emit(event, ...args));
  }

  override on(event: string | symbol, listener: Listener): this {
    super.on(event, listener);
    return this.#follow();
  }

  override addListener(event: string | symbol, listener: Listener): this {
    super.addListener(event, listener);
    return this.#follow();
  }

  override prependListener(event: string | symbol, listener: Listener): this {
    super.prependListener(event, listener);
    return this.#follow();
  }

  override off(event: string | symbol, listener: Listener): this {
    super.off(event, listener);
    return this.#follow();
  }

  override removeListener(event: string | symbol, listener: Listener): this {
    super.removeListener(event, listener);
    return this.#follow();
  }

  override removeAllListeners(event?: string | symbol): this {
    if (event === undefined) super.removeAllListeners();
    else super.removeAllListeners(event);
    return this.#follow();
  }

  #follow(): this {
    const wanted = this.listenerCount('handler-error') > 0;
    if (wanted && !this.#passes) this.#source.on('handler-error', this.#passHandlerError);
    if (!wanted && this.#passes) this.#source.removeListener('handler-error', this.#passHandlerError);
    this.#passes = wanted;
    return this;
  }
}
