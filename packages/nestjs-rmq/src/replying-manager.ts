// The manager of a server, whose replies nobody waits for.
import { SecureConnectionManager } from '@sealwire/amqp-connection-manager';

type Channel = ReturnType<SecureConnectionManager['createChannel']>;

/**
 * Nest drops the promise of a reply. Where to it goes is said by who asks, so a reply that the policy refuses must not be
 * an unhandled rejection: anybody who may send requests could end the process with one.
 */
export class ReplyingManager extends SecureConnectionManager {
  /** Told of replies that were not sent. */
  lost: (error: unknown) => void = () => undefined;

  override createChannel(...options: Parameters<SecureConnectionManager['createChannel']>): Channel {
    const channel = super.createChannel(...options);
    const send = channel.sendToQueue.bind(channel);
    channel.sendToQueue = (...message) => {
      const sent = send(...message);
      sent.catch((error: unknown) => this.lost(error));
      return sent;
    };
    return channel;
  }
}
