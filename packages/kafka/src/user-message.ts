// What the application’s handler gets: a message as kafkajs would have decoded it, had nobody sealed it.
import { isPlain, rememberOrigin, carriedHeaders, type Plain, type Verified } from '@sealwire/core';
import type { IHeaders, KafkaMessage } from 'kafkajs';
import { addHeader, headersObject, plainHeaders } from './header-fields.js';
import type { RawMessage } from './received.js';

/**
 * Makes a fresh, extensible message with the opened value and the application’s own headers; `origin(message)` says
 * what was verified about it. The record’s trace context comes along although nobody vouches for it: instrumentation
 * adds it after sealing. Plaintext that the policy admits comes as kafkajs has decoded it.
 */
export function userMessage(raw: RawMessage, outcome: Verified | Plain): KafkaMessage {
  const headers = isPlain(outcome) ? plainHeaders(raw.headers) : openedHeaders(outcome);
  const { magicByte, attributes, timestamp, offset, key, isControlRecord, batchContext } = raw;
  const message = {
    magicByte,
    attributes,
    timestamp,
    offset,
    key,
    value: isPlain(outcome) ? raw.value : outcome.payload,
    headers,
    isControlRecord,
    batchContext,
  };
  if (raw.size !== undefined) Object.assign(message, { size: raw.size });
  rememberOrigin(message, outcome);
  return message;
}

function openedHeaders({ headers: opened, received }: Verified): IHeaders {
  const headers = headersObject(opened);
  for (const field of received.headers) {
    if (carriedHeaders.has(field.name) && !Object.hasOwn(headers, field.name)) addHeader(headers, field);
  }
  return headers;
}
