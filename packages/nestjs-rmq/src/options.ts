// What both ends of the transport take.
import type { SecureConnectionManagerOptions } from '@sealwire/amqp-connection-manager';
import type { Sealwire } from '@sealwire/core';
import type { RmqOptions } from '@nestjs/microservices';

/** Nest’s own options of its RabbitMQ transport, and whose policy decides. */
export type SecureRmqTransportOptions = Required<RmqOptions>['options'] &
  Pick<SecureConnectionManagerOptions, 'describe'> & {
    readonly sealwire: Sealwire;
  };

/** Nest’s default is plaintext: who leaves `urls` out is told so. */
export const defaultUrls = ['amqp://localhost'];

/** What Nest passes to amqp-connection-manager. */
export function managerOptions({
  socketOptions,
  describe,
}: SecureRmqTransportOptions): SecureConnectionManagerOptions {
  return { ...socketOptions, describe };
}
