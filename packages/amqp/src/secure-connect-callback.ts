// amqplib’s `connect` of the callback API, sealed.
import type { Sealwire } from '@sealwire/core';
import type { Options, SocketOptions } from 'amqplib';
import callbackApi, {
  type Connection,
  type RecoveringConnection,
  type RecoveryOptions,
} from 'amqplib/callback_api';
import { AdmittedModels } from './admitted-models.js';
import type { BrokerAccess } from './broker-access.js';
import { SecureCallbackModel, SecureCallbackRecoveringModel } from './callback-models.js';
import type { SecureConnectOptions } from './connect-options.js';
import type { Link } from './link.js';
import { prepareConnection, wantsRecovery } from './prepare-connection.js';

/** As amqplib’s, with wrapped models for `setup`. */
export type SecureCallbackOptions = Omit<SecureConnectOptions, 'recovery'> & {
  readonly recovery?: RecoveryOptions | boolean;
};

type Done<T> = (error: Error, connection: T) => void;

/**
 * The callback form of secureConnect, with the same promises and the same errors, given to the callback.
 * @returns with `recovery` the connection, at once, as amqplib does
 * @throws UsageError for arguments and options, at once
 */
export function secureConnectCallback(
  sealwire: Sealwire,
  url: string | Options.Connect,
  options: SecureCallbackOptions & { readonly recovery: RecoveryOptions | true },
  callback?: Done<RecoveringConnection>,
): RecoveringConnection;
export function secureConnectCallback(
  sealwire: Sealwire,
  url: string | Options.Connect,
  options: SecureCallbackOptions,
  callback: Done<Connection>,
): void;
export function secureConnectCallback(
  sealwire: Sealwire,
  url: string | Options.Connect,
  callback: Done<Connection>,
): void;
export function secureConnectCallback(
  sealwire: Sealwire,
  url: string | Options.Connect,
  first: SecureCallbackOptions | Done<Connection>,
  second?: Done<Connection> | Done<RecoveringConnection>,
): RecoveringConnection | undefined {
  const [options, callback] = typeof first === 'function' ? [{}, first] : [first, second];
  const { access, link } = prepareConnection(sealwire, url, options);
  if (wantsRecovery(options.recovery))
    return recovering(access, link, options.recovery!, callback as Done<RecoveringConnection> | undefined);
  once(access, link).then(
    (model) => process.nextTick(() => callback?.(null as unknown as Error, model as never)),
    (error: unknown) => process.nextTick(() => callback?.(error as Error, undefined as never)),
  );
  return undefined;
}

async function once(access: BrokerAccess, link: Link): Promise<Connection> {
  let raw: Connection | null = null;
  try {
    raw = await new Promise<Connection>((resolve, reject) => {
      callbackApi.connect(access.address, access.socket, (error, connection) => {
        if (error === null) resolve(connection);
        else reject(error);
      });
    });
    access.admit(raw, link.sink);
    link.connected();
  } catch (error) {
    const failed = raw;
    if (failed !== null) await new Promise<void>((resolve) => failed.close(() => resolve()));
    link.release();
    throw access.failure(error, link.sink);
  }
  return new SecureCallbackModel(raw, link, false);
}

function recovering(
  access: BrokerAccess,
  link: Link,
  recovery: RecoveryOptions | boolean,
  callback: Done<RecoveringConnection> | undefined,
): RecoveringConnection {
  const given: RecoveryOptions = typeof recovery === 'boolean' ? {} : recovery;
  const models = new AdmittedModels<Connection, SecureCallbackModel>(
    access,
    link,
    (raw) => new SecureCallbackModel(raw, link, true),
  );
  const options: SocketOptions & { recovery: RecoveryOptions } = {
    ...access.socket,
    // Always waited for below, so that the callback gets the wrapper.
    recovery: { ...given, waitForConnect: false, setup: models.setup(given.setup) },
  };
  const inner = callbackApi.connect(access.address, options);
  const model = new SecureCallbackRecoveringModel(inner, link, models);
  const typed = model as unknown as RecoveringConnection;
  if (given.waitForConnect === false) process.nextTick(() => callback?.(null as unknown as Error, typed));
  else model.waitForConnect(callback);
  return typed;
}
