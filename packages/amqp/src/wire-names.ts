// Which names on the wire belong to whom: to the application (sealed), to the broker, to instrumentation.
import { carriedHeaders } from '@sealwire/core';

/** The sealed header field that holds an AMQP message’s properties and typed headers. */
export const propertiesField = 'amqp.properties';

/** Content type of every sealed message on the wire. */
export const sealedContentType = 'application/vnd.sealwire';

/** Headers that the broker acts on: they are sent and handed over in clear, and nothing vouches for them. */
const routingHeaders: ReadonlySet<string> = new Set(['CC', 'BCC', 'x-delay', 'x-stream-filter-value']);

/** Headers that the broker makes. Handed over as they are on the wire; nothing vouches for them. */
const brokerMade =
  /^x-(death|(first|last)-death-(queue|reason|exchange)|delivery-count|acquired-count|stream-offset|received-from)$/;

/** True for names that travel beside the seal on sending. */
export function isSentInClear(name: string): boolean {
  return carriedHeaders.has(name) || routingHeaders.has(name);
}

/** True for names that are taken from the wire on receiving. */
export function isReadFromWire(name: string): boolean {
  return isSentInClear(name) || brokerMade.test(name);
}

/** The queue that RabbitMQ’s direct reply-to consumes from; the broker rewrites it in `replyTo`. */
export const directReplyTo = 'amq.rabbitmq.reply-to';
