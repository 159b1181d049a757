// One connector for each broker, kept as long as it is among those to connect to.
import {
  checkConnect,
  secureConnector,
  type SecureConnectOptions,
  type SecureConnector,
} from '@sealwire/amqp';
import type { Sealwire } from '@sealwire/core';
import type { BrokerUrl } from './broker-urls.js';

/** As many brokers are remembered; who finds others all the time gets fresh connectors for them. */
const most = 64;

export class Connectors {
  readonly #sealwire: Sealwire;
  readonly #options: SecureConnectOptions;
  readonly #byAddress = new Map<string, SecureConnector>();

  constructor(sealwire: Sealwire, options: SecureConnectOptions) {
    this.#sealwire = sealwire;
    this.#options = options;
  }

  /** Connects nothing. @throws UsageError, see secureConnect */
  check(url: BrokerUrl): void {
    checkConnect(this.#sealwire, url.address, this.#optionsOf(url));
  }

  /** @throws UsageError, see secureConnect */
  of(url: BrokerUrl): SecureConnector {
    const key = JSON.stringify(url.address);
    const known = this.#byAddress.get(key);
    if (known !== undefined) return known;
    const connector = secureConnector(this.#sealwire, url.address, this.#optionsOf(url));
    const [oldest] = this.#byAddress.keys();
    if (oldest !== undefined && this.#byAddress.size >= most) {
      this.#byAddress.get(oldest)!.release();
      this.#byAddress.delete(oldest);
    }
    this.#byAddress.set(key, connector);
    return connector;
  }

  release(): void {
    for (const connector of this.#byAddress.values()) connector.release();
    this.#byAddress.clear();
  }

  #optionsOf({ options }: BrokerUrl): SecureConnectOptions {
    const { describe } = this.#options;
    return { ...(options ?? this.#options), ...(describe === undefined ? {} : { describe }) };
  }
}
