// Makes the message that an application gets from a verified record: what the sender gave, and what the broker added.
import { isUtf8 } from 'node:buffer';
import type { HeaderField, Verified } from '@sealwire/core';
import type { Message, MessageProperties } from 'amqplib';
import { cleanTable } from './clean-table.js';
import { decodeTable, malformed } from './header-value.js';
import { stringKeys, type SealedProperties } from './pack-properties.js';
import { directReplyTo, isReadFromWire, propertiesField } from './wire-names.js';

/**
 * A fresh message with all 14 properties, as amqplib delivers them. From the seal: content, headers, contentType,
 * contentEncoding, correlationId, replyTo, messageId, timestamp, type, appId. From the wire, so nothing vouches for
 * them: deliveryMode, priority, expiration, userId, trace context and the broker’s own.
 * @throws FormatError ERR_FORMAT_BODY where an allowed sender sealed malformed properties
 */
export function unpackMessage<M extends Message>(raw: M, verified: Verified): M {
  const sealed = sealedProperties(verified.headers);
  const headers = sealedHeaders(verified.headers, sealed);
  const wire = raw.properties;
  addFromWire(headers, wire.headers);
  const properties: MessageProperties = {
    contentType: sealed.ct,
    contentEncoding: sealed.ce,
    headers,
    deliveryMode: wire.deliveryMode as unknown,
    priority: wire.priority as unknown,
    correlationId: sealed.ci,
    replyTo: replyTo(sealed.rt, wire.replyTo),
    expiration: wire.expiration as unknown,
    messageId: sealed.mi,
    timestamp: sealed.ts,
    type: sealed.ty,
    userId: wire.userId as unknown,
    appId: sealed.ai,
    clusterId: undefined,
  };
  return { content: verified.payload ?? Buffer.alloc(0), fields: { ...raw.fields }, properties } as M;
}

/** Most messages have none: they cost no copy of an empty table. */
function addFromWire(headers: Record<string, unknown>, table: unknown): void {
  if (table === null || typeof table !== 'object' || Object.keys(table).length === 0) return;
  for (const [name, value] of Object.entries(cleanTable(table)))
    if (isReadFromWire(name)) headers[name] = value;
}

/** The broker names the reply channel only on the wire; any other address is the sealed one. */
function replyTo(sealed: string | undefined, wire: unknown): string | undefined {
  if (sealed !== directReplyTo) return sealed;
  return typeof wire === 'string' && wire.startsWith(`${directReplyTo}.`) ? wire : sealed;
}

function sealedProperties(fields: readonly HeaderField[]): SealedProperties {
  const field = fields.find(({ name }) => name === propertiesField);
  if (field === undefined) return {};
  let parsed: unknown;
  try {
    parsed = JSON.parse(field.values[0]?.toString() ?? '');
  } catch {
    throw malformed();
  }
  if (!isSealedProperties(parsed)) throw malformed();
  return parsed;
}

const textKeys = Object.values(stringKeys);

function isSealedProperties(parsed: unknown): parsed is SealedProperties {
  if (parsed === null || typeof parsed !== 'object' || Array.isArray(parsed)) return false;
  const fields = parsed as Record<string, unknown>;
  const { ts, b } = fields;
  return (
    textKeys.every((key) => fields[key] === undefined || typeof fields[key] === 'string') &&
    (ts === undefined || typeof ts === 'number') &&
    (b === undefined || (Array.isArray(b) && b.every((name) => typeof name === 'string')))
  );
}

function sealedHeaders(fields: readonly HeaderField[], sealed: SealedProperties): Record<string, unknown> {
  const headers = sealed.h === undefined ? {} : decodeTable(sealed.h);
  if (fields.length === 0) return headers;
  const bytes = new Set(sealed.b);
  for (const { name, values } of fields) {
    if (name === propertiesField || name === '__proto__') continue;
    const asText = !bytes.has(name) && values.every((value) => isUtf8(value));
    const restored = asText ? values.map((value) => value.toString()) : values;
    headers[name] = restored.length === 1 ? restored[0] : restored;
  }
  return headers;
}
