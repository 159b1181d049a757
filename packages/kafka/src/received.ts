// Turns a record as kafkajs decoded it into one on trial.
import type { Received } from '@sealwire/core';
import type { KafkaMessage } from 'kafkajs';
import { receivedHeaders } from './header-fields.js';

/** What kafkajs’ records have at run time beyond their types. */
export type RawMessage = KafkaMessage & {
  readonly magicByte?: number;
  readonly isControlRecord?: boolean;
  readonly batchContext?: { readonly timestampType?: number };
};

/** Kafka’s timestamp type when the broker stamped the record itself. */
const logAppendTime = 1;

/** Shares the record’s buffers. A time that a producer chose is not passed on as one that the broker vouches for. */
export function toReceived(
  topic: string,
  partition: number,
  message: RawMessage,
  receivedAtMs: number,
): Received {
  const { offset, value, key, headers, timestamp, batchContext } = message;
  return {
    source: { transport: 'kafka', topic, partition, offset },
    value,
    key,
    headers: receivedHeaders(headers),
    appendedAtMs: batchContext?.timestampType === logAppendTime ? Number(timestamp) : null,
    receivedAtMs,
  };
}
