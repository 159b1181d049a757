// Connections to one broker, one after the other, for packages that reconnect by themselves.
import type { Sealwire } from '@sealwire/core';
import type { ChannelModel, Options } from 'amqplib';
import type { SecureConnectOptions } from './connect-options.js';
import { openModel } from './open-model.js';
import { prepareConnection } from './prepare-connection.js';
import { SecureChannelModel } from './secure-channel-model.js';

/** What its connections have in common survives each of them: sessions, audit, what is known of queues. */
export interface SecureConnector {
  /**
   * As `secureConnect`: every connection is judged anew, before credentials are sent.
   * @throws UsageError, InabilityError, see secureConnect
   */
  connect(): Promise<ChannelModel>;
  /** When nothing is connected any more, nor will be: closes what is Sealwire’s own, behind what is left to write. */
  release(): void;
}

/**
 * The application’s connection is opened by `connect`, but what `secureConnect` would refuse before it connects is refused
 * now. Sealwire’s own, for audit, can be open from now on: release it.
 * @throws UsageError, see secureConnect
 */
export function secureConnector(
  sealwire: Sealwire,
  url: string | Options.Connect,
  options: Omit<SecureConnectOptions, 'recovery'> = {},
): SecureConnector {
  const { access, link } = prepareConnection(sealwire, url, options);
  return {
    connect: async () => new SecureChannelModel(await openModel(access, link), link, true),
    release: () => link.release(),
  };
}
