// Which broker is next: amqp-connection-manager’s forms of an address, in its order.
import type { SecureConnectOptions } from '@sealwire/amqp';
import type { AmqpConnectionManagerOptions, ConnectionUrl, Options } from 'amqp-connection-manager';

/** As the application gives them. */
export type GivenUrls = ConnectionUrl | ConnectionUrl[] | undefined | null;
type FindServers = NonNullable<AmqpConnectionManagerOptions['findServers']>;

/** One broker to try. */
export interface BrokerUrl {
  /** As the application gave it: what events name. */
  readonly given: string | Options.Connect;
  /** For `secureConnect`. */
  readonly address: string | Options.Connect;
  /** Its own, in place of the manager’s. */
  readonly options: SecureConnectOptions | undefined;
}

/** Goes round the list, and asks for it again at its end. */
export class BrokerUrls {
  readonly #find: () => Promise<GivenUrls>;
  readonly #heartbeatSeconds: number;
  #round: readonly ConnectionUrl[] = [];

  /** @param findServers in place of `urls`, as in amqp-connection-manager */
  constructor(urls: GivenUrls, findServers: FindServers | undefined, heartbeatSeconds: number) {
    this.#find = findServers === undefined ? () => Promise.resolve(urls) : () => found(findServers);
    this.#heartbeatSeconds = heartbeatSeconds;
  }

  /** @throws Error where there is none, and what `findServers` throws */
  async next(): Promise<BrokerUrl> {
    if (this.#round.length === 0) this.#round = listOf(await this.#find());
    const [next, ...rest] = this.#round;
    this.#round = rest;
    if (next === undefined) throw new Error('There is no broker to connect to: give urls, or findServers.');
    return brokerUrl(next, this.#heartbeatSeconds);
  }
}

/** Those that are known before anything is connected. */
export function knownUrls(urls: GivenUrls, heartbeatSeconds: number): BrokerUrl[] {
  return listOf(urls).map((url) => brokerUrl(url, heartbeatSeconds));
}

function listOf(urls: GivenUrls): readonly ConnectionUrl[] {
  if (Array.isArray(urls)) return urls;
  return urls === undefined || urls === null ? [] : [urls];
}

function brokerUrl(url: ConnectionUrl, heartbeat: number): BrokerUrl {
  if (typeof url === 'string')
    return { given: url, address: withHeartbeat(url, heartbeat), options: undefined };
  if (!('url' in url))
    return { given: url, address: { ...url, heartbeat: url.heartbeat ?? heartbeat }, options: undefined };
  const options = url.connectionOptions as SecureConnectOptions | undefined;
  return { given: url.url, address: withHeartbeat(url.url, heartbeat), options };
}

/** What is no URL stays what it is: who reads it refuses it, in words that repeat no password. */
function withHeartbeat(text: string, heartbeat: number): string {
  if (!URL.canParse(text)) return text;
  const url = new URL(text);
  if (!url.searchParams.get('heartbeat')) url.searchParams.set('heartbeat', `${heartbeat}`);
  return url.toString();
}

/** Either of amqp-connection-manager’s forms: one that returns a promise, or one that calls back. */
function found(findServers: FindServers): Promise<GivenUrls> {
  if (findServers.length === 0) return (findServers as () => Promise<GivenUrls>)();
  return new Promise((resolve, reject) => {
    // Its types leave out the error, which comes first.
    const find = findServers as unknown as (done: (error: Error | null, urls?: GivenUrls) => void) => void;
    find((error, urls) => {
      if (error) reject(error);
      else resolve(urls);
    });
  });
}
