// amqplib’s `connect` of the promise API, sealed.
import type { Sealwire } from '@sealwire/core';
import amqplib, {
  type ChannelModel,
  type Options,
  type RecoveringChannelModel,
  type RecoveryOptions,
  type SocketOptions,
} from 'amqplib';
import { AdmittedModels } from './admitted-models.js';
import type { BrokerAccess } from './broker-access.js';
import type { SecureConnectOptions } from './connect-options.js';
import type { Link } from './link.js';
import { openModel } from './open-model.js';
import { prepareConnection, wantsRecovery } from './prepare-connection.js';
import { SecureChannelModel } from './secure-channel-model.js';
import { SecureRecoveringModel } from './secure-recovering-model.js';

/**
 * Connects as `amqplib.connect` does, over TLS as the policy asks, and gives back amqplib’s ChannelModel whose channels
 * seal and open messages. The broker’s certificate, its name and the TLS version are verified before credentials are sent.
 * @param url `amqps://host:port/vhost` or amqplib’s object form, without credentials
 * @param options what amqplib takes, without TLS and credentials: those come from the policy
 * @throws UsageError ERR_USAGE_CONNECTION for options or a connection weaker than the policy, ERR_USAGE_ARGUMENT for an
 * address that is none, ERR_USAGE_TLS where a certificate or TLS does not fit, ERR_USAGE_SASL where the login is refused,
 * ERR_USAGE_POLICY where the policy has no connection for RabbitMQ; InabilityError ERR_UNABLE_CONNECTION where the broker is
 * away or refuses the connection for another reason
 */
export function secureConnect(
  sealwire: Sealwire,
  url: string | Options.Connect,
  options: SecureConnectOptions & { readonly recovery: RecoveryOptions | true },
): Promise<RecoveringChannelModel>;
export function secureConnect(
  sealwire: Sealwire,
  url: string | Options.Connect,
  options?: SecureConnectOptions & { readonly recovery?: false },
): Promise<ChannelModel>;
export async function secureConnect(
  sealwire: Sealwire,
  url: string | Options.Connect,
  options: SecureConnectOptions = {},
): Promise<ChannelModel | RecoveringChannelModel> {
  const { access, link } = prepareConnection(sealwire, url, options ?? {});
  try {
    return wantsRecovery(options?.recovery)
      ? await recovering(access, link, options.recovery as RecoveryOptions | true)
      : new SecureChannelModel(await openModel(access, link), link, false);
  } catch (error) {
    link.release();
    throw error;
  }
}

async function recovering(
  access: BrokerAccess,
  link: Link,
  recovery: RecoveryOptions | true,
): Promise<RecoveringChannelModel> {
  const given: RecoveryOptions = recovery === true ? {} : recovery;
  const models = new AdmittedModels<ChannelModel, SecureChannelModel>(
    access,
    link,
    (raw) => new SecureChannelModel(raw, link, true),
  );
  const options: SocketOptions & { recovery: RecoveryOptions } = {
    ...access.socket,
    recovery: { ...given, setup: models.setup(given.setup) },
  };
  try {
    const inner = await amqplib.connect(access.address, options);
    return new SecureRecoveringModel(inner, link, models);
  } catch (error) {
    throw models.failure(error);
  }
}
