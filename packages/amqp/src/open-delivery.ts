// From amqplib’s message to a neutral record, and from its outcome to the application’s message.
import {
  isRejected,
  recordHash,
  rememberOrigin,
  SealwireError,
  type Judged,
  type Plain,
  type Received,
  type Rejected,
  type Verified,
} from '@sealwire/core';
import type { Message } from 'amqplib';
import { plainMessage } from './plain-message.js';
import { unpackMessage } from './unpack-message.js';
import { fieldsOfTable } from './wire-headers.js';

/** @param queue that it was consumed from, not a name that the wire gives */
export function receivedFrom(raw: Message, queue: string): Received {
  const { exchange, routingKey, deliveryTag } = raw.fields;
  const { headers, contentType, userId } = raw.properties as unknown as Record<string, unknown>;
  return {
    source: { transport: 'rabbitmq', queue, exchange, routingKey, deliveryTag },
    value: raw.content,
    key: null,
    headers: fieldsOfTable(headers),
    appendedAtMs: appendedAtMs(),
    receivedAtMs: Date.now(),
    contentType: typeof contentType === 'string' ? contentType : null,
    userId: typeof userId === 'string' ? userId : null,
  };
}

/**
 * Always unknown: the only stamp of RabbitMQ’s, `timestamp_in_ms` of the timestamp interceptor, is a header that a sender
 * can write too, and the client cannot see whether the broker overwrites it.
 */
const appendedAtMs = (): number | null => null;

/** The application’s message, or why there is none. */
export type OpenedDelivery<M extends Message> =
  { readonly rejected: null; readonly message: M } | { readonly rejected: Rejected };

/** Notes the outcome on the delivery, and the origin of the message. */
export function openDelivery<M extends Message>(
  delivery: { readonly raw: Message; outcome: Judged | null },
  outcome: Judged,
): OpenedDelivery<M> {
  delivery.outcome = outcome;
  if (isRejected(outcome)) return { rejected: outcome };
  const raw = delivery.raw as M;
  if (!outcome.verified) return handedOver(plainMessage(raw), outcome);
  try {
    return handedOver(unpackMessage(raw, outcome), outcome);
  } catch (error) {
    const rejected = malformed(outcome, error);
    delivery.outcome = rejected;
    return { rejected };
  }
}

function handedOver<M extends Message>(message: M, outcome: Verified | Plain): OpenedDelivery<M> {
  rememberOrigin(message, outcome);
  return { rejected: null, message };
}

/** An allowed sender sealed properties that cannot be read. */
function malformed({ received, facts }: Verified, error: unknown): Rejected {
  return {
    verified: false,
    received,
    code: error instanceof SealwireError ? error.code : 'ERR_FORMAT_UNEXPECTED',
    reason: error instanceof SealwireError ? error.message : 'The sealed message cannot be read.',
    recordHash: recordHash(received),
    claims: { sender: facts.sender, recipients: facts.recipients, type: facts.type },
    session: null,
  };
}
