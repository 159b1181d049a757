// What the application’s handler gets: a message as kafkajs would have decoded it, had nobody sealed it.
import { rememberOrigin, tracingHeaders, type Verified } from '@sealwire/core';
import type { KafkaMessage } from 'kafkajs';
import { addHeader, headersObject } from './header-fields.js';
import type { RawMessage } from './received.js';

/**
 * Makes a fresh, extensible message with the opened value and the application’s own headers; `origin(message)` says
 * what was verified about it. The record’s tracing headers come along although nobody vouches for them: instrumentation
 * adds them after sealing.
 */
export function userMessage(raw: RawMessage, verified: Verified): KafkaMessage {
  const headers = headersObject(verified.headers);
  for (const field of verified.received.headers) {
    if (tracingHeaders.has(field.name) && !Object.hasOwn(headers, field.name)) addHeader(headers, field);
  }
  const { magicByte, attributes, timestamp, offset, key, isControlRecord, batchContext } = raw;
  const message = {
    magicByte,
    attributes,
    timestamp,
    offset,
    key,
    value: verified.payload,
    headers,
    isControlRecord,
    batchContext,
  };
  if (raw.size !== undefined) Object.assign(message, { size: raw.size });
  rememberOrigin(message, verified);
  return message;
}
