// amqp-connection-manager’s manager, every connection of which is the policy’s.
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import type { SecureConnectOptions } from '@sealwire/amqp';
import { UsageError, type Sealwire } from '@sealwire/core';
import { AmqpConnectionManagerClass, type AmqpConnectionManagerOptions } from 'amqp-connection-manager';
import { BrokerUrls, knownUrls, type GivenUrls } from './broker-urls.js';
import { Connectors } from './connectors.js';
import { tellingModel, type Model } from './telling-channel.js';

/** amqp-connection-manager’s own, without TLS and credentials: those come from the policy. */
export interface SecureConnectionManagerOptions extends Omit<
  AmqpConnectionManagerOptions,
  'connectionOptions'
> {
  readonly connectionOptions?: Omit<SecureConnectOptions, 'recovery' | 'describe'> | undefined;
  /** Says what the route leaves open, such as the message type, for each message. */
  readonly describe?: SecureConnectOptions['describe'];
}

/**
 * What `amqp.connect(urls, options)` is in amqp-connection-manager: begins to connect, and gives back the manager.
 * @throws UsageError ERR_USAGE_CONNECTION for addresses or options that are weaker than the policy, before anything is
 * connected; what `findServers` finds is refused when it is found, as `connectFailed`
 */
export function secureConnectionManager(
  sealwire: Sealwire,
  urls: GivenUrls,
  options: SecureConnectionManagerOptions = {},
): SecureConnectionManager {
  const manager = new SecureConnectionManager(sealwire, urls, options);
  manager.connect().catch(() => undefined); // told by `connectFailed`
  return manager;
}

/**
 * The same methods and events; channels, `setup` and consumers get sealed channels and opened messages. Every connection,
 * the first and each after a loss, is judged by the policy before credentials are sent.
 */
export class SecureConnectionManager extends AmqpConnectionManagerClass {
  readonly #urls: BrokerUrls;
  readonly #connectors: Connectors;
  readonly #end = new AbortController();
  #model: Model | undefined;
  #running: Promise<void> | null = null;
  #forced = false;

  /** @throws UsageError, see secureConnectionManager */
  constructor(sealwire: Sealwire, urls: GivenUrls, options: SecureConnectionManagerOptions = {}) {
    const { findServers, connectionOptions, describe, ...times } = options;
    // The base class is given no broker, so that nothing in it can connect past the policy.
    super(null, { ...times, findServers: () => Promise.reject(new Error('Connections are Sealwire’s')) });
    this.#urls = new BrokerUrls(urls, findServers, this.heartbeatIntervalInSeconds);
    this.#connectors = new Connectors(sealwire, {
      ...connectionOptions,
      ...(describe === undefined ? {} : { describe }),
    });
    if ((urls === undefined || urls === null) && findServers === undefined)
      throw new UsageError('ERR_USAGE_ARGUMENT', 'Give the brokers’ addresses, as urls or by findServers.');
    if (findServers !== undefined) return;
    for (const url of knownUrls(urls, this.heartbeatIntervalInSeconds)) this.#connectors.check(url);
  }

  /**
   * Begins to connect, and waits for the first connection. What fails is tried again all the same.
   * @throws UsageError where the policy or the broker refuses; Error after `timeout` ms
   */
  override async connect({ timeout }: { timeout?: number } = {}): Promise<void> {
    if (this.#end.signal.aborted) throw new Error('cannot connect after close');
    if (this.isConnected()) return;
    const settled = new AbortController();
    const { signal } = settled;
    const refused = new Promise<never>((_, reject) => {
      const listen = ({ err }: { err: Error }): void => {
        if (err instanceof UsageError) reject(err);
      };
      this.on('connectFailed', listen);
      signal.addEventListener('abort', () => this.removeListener('connectFailed', listen), { once: true });
    });
    const contest: Promise<unknown>[] = [once(this, 'connect', { signal }), refused];
    if (timeout !== undefined && timeout > 0)
      contest.push(
        wait(timeout, undefined, { signal }).then(() => {
          throw new Error('amqp-connection-manager: connect timeout');
        }),
      );
    for (const one of contest) one.catch(() => undefined);
    this.#running ??= this.#run();
    try {
      await Promise.race(contest);
    } finally {
      settled.abort();
    }
  }

  override isConnected(): boolean {
    return this.#model !== undefined;
  }

  override get connection(): Model | undefined {
    return this.#model;
  }

  /** Connects anew at once; does nothing while not connected. */
  override reconnect(): void {
    if (this.#end.signal.aborted) throw new Error('cannot reconnect after close');
    if (this.#model === undefined) return;
    this.#forced = true;
    this.#model.close().catch(() => undefined);
  }

  /** Closes channels and connection, with what they have to send first. */
  override async close(): Promise<void> {
    if (this.#end.signal.aborted) return;
    this.#end.abort();
    await super.close();
    await this.#model?.close().catch(() => undefined);
    await this.#running;
    this.#connectors.release();
  }

  async #run(): Promise<void> {
    while (!this.#end.signal.aborted) {
      this.#forced = false;
      const lost = await this.#once();
      if (lost === null || this.#end.signal.aborted) continue;
      this.#tell('disconnect', { err: this.#forced ? new Error('forced reconnect') : lost.err });
      if (!this.#forced) await this.#pause();
    }
  }

  /** One connection, from its beginning to its end. @returns `null` where there was none, after a pause */
  async #once(): Promise<{ readonly err: unknown } | null> {
    let given: unknown;
    let model: Model;
    try {
      const url = await this.#urls.next();
      given = url.given;
      model = tellingModel(await this.#connectors.of(url).connect());
    } catch (err) {
      this.#tell('connectFailed', { err, url: given });
      await this.#pause();
      return null;
    }
    const closed = new Promise<{ err: unknown }>((resolve) => {
      model.once('close', (err: unknown) => resolve({ err }));
    });
    model.on('error', () => undefined); // told with `close`
    model.on('blocked', (reason: unknown) => this.#tell('blocked', { reason }));
    model.on('unblocked', () => this.#tell('unblocked'));
    this.#model = model;
    if (this.#end.signal.aborted) model.close().catch(() => undefined);
    else this.#tell('connect', { connection: model, url: given });
    const lost = await closed;
    this.#model = undefined;
    return lost;
  }

  async #pause(): Promise<void> {
    const { signal } = this.#end;
    await wait(this.reconnectTimeInSeconds * 1000, undefined, { signal }).catch(() => undefined);
  }

  /** A listener that throws is its owner’s affair; it must not keep the next connection from being made. */
  #tell(event: string, ...facts: unknown[]): void {
    try {
      this.emit(event, ...facts);
    } catch (thrown) {
      process.nextTick(() => {
        throw thrown;
      });
    }
  }
}
