// The time between amqplib’s connecting and the application’s getting the connection.
import type { EventEmitter } from 'node:events';
import { InabilityError } from '@sealwire/core';

/**
 * Does `work` on a connection that nobody listens to yet. Without this, an error then would end the process, and a
 * connection lost then would be handed over (amqplib’s recovery does so, and never reconnects).
 * @throws InabilityError ERR_UNABLE_CONNECTION where the connection is lost meanwhile, and what `work` throws
 */
export async function duringAdmission<T>(model: EventEmitter, work: () => Promise<T>): Promise<T> {
  let lost = false;
  const onError = (): void => undefined; // the loss shows as `close`
  const onClose = (): void => {
    lost = true;
  };
  model.on('error', onError);
  model.on('close', onClose);
  try {
    const result = await work();
    if (lost)
      throw new InabilityError('ERR_UNABLE_CONNECTION', 'The connection was lost right after it opened.');
    return result;
  } finally {
    model.removeListener('error', onError);
    model.removeListener('close', onClose);
  }
}
