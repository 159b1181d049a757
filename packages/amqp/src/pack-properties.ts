// Splits publish options into what travels inside the seal and what the broker has to see.
import { UsageError, type HeaderField } from '@sealwire/core';
import type { Options } from 'amqplib';
import { checkHeaderName, encodeHeaderValue, type HeaderJson } from './header-value.js';
import { directReplyTo, isSentInClear, propertiesField, sealedContentType } from './wire-names.js';

/** The sealed properties as JSON: short keys, absent ones left out. `b` names headers that are bytes, `h` has the typed ones. */
export interface SealedProperties {
  ct?: string;
  ce?: string;
  ci?: string;
  rt?: string;
  mi?: string;
  ty?: string;
  ai?: string;
  ts?: number;
  b?: string[];
  h?: Record<string, HeaderJson>;
}

/** Which property has which key. */
export const stringKeys = {
  contentType: 'ct',
  contentEncoding: 'ce',
  correlationId: 'ci',
  replyTo: 'rt',
  messageId: 'mi',
  type: 'ty',
  appId: 'ai',
} as const;

/** What publish options become. */
export interface PackedProperties {
  /** For the outlet. */
  readonly fields: readonly HeaderField[];
  /** For amqplib: a fresh object whose `headers` hold only what travels in clear. */
  readonly wire: Omit<Options.Publish, 'headers'> & { readonly headers: Record<string, unknown> };
}

/** amqplib’s own limit for a header table; what is larger was never deliverable. */
const maxPropertiesBytes = 65_536;

/**
 * Never changes `options`. Properties are checked as amqplib checks them.
 * @throws UsageError ERR_USAGE_MESSAGE for properties, ERR_USAGE_HEADER for headers that cannot be carried
 */
export function packProperties(options: Options.Publish | undefined): PackedProperties {
  const wire: PackedProperties['wire'] = { contentType: sealedContentType, headers: {} };
  if (options === undefined || options === null) return { fields: [], wire };
  const sealed: SealedProperties = {};
  const fields: HeaderField[] = [];

  for (const name in stringKeys) packString(sealed, name as keyof typeof stringKeys, options);
  packTimestamp(sealed, options.timestamp);
  if (options.headers !== undefined && options.headers !== null)
    packHeaders(sealed, fields, wire.headers, options.headers);

  copyClear(wire, options);
  if (Object.keys(sealed).length > 0) fields.push(asField(sealed));
  return { fields, wire };
}

function packString(sealed: SealedProperties, name: keyof typeof stringKeys, options: Options.Publish): void {
  const value: unknown = options[name];
  if (value === undefined || value === null) return;
  if (typeof value !== 'string' || Buffer.byteLength(value) > 255)
    throw new UsageError('ERR_USAGE_MESSAGE', `The property ${name} must be a string of at most 255 bytes.`, {
      property: name,
    });
  sealed[stringKeys[name]] = value;
}

function packTimestamp(sealed: SealedProperties, value: unknown): void {
  if (value === undefined || value === null) return;
  if (!Number.isInteger(value) || (value as number) < 0)
    throw new UsageError('ERR_USAGE_MESSAGE', 'The property timestamp must be a whole number from 0.', {
      property: 'timestamp',
    });
  sealed.ts = value as number;
}

function packHeaders(
  sealed: SealedProperties,
  fields: HeaderField[],
  clear: Record<string, unknown>,
  headers: unknown,
): void {
  if (typeof headers !== 'object')
    throw new UsageError('ERR_USAGE_HEADER', 'The property headers must be an object.');
  // As amqplib: inherited headers are sent too, undefined ones are not.
  for (const name in headers) {
    const value = (headers as Record<string, unknown>)[name];
    if (value === undefined) continue;
    checkHeaderName(name);
    if (name === propertiesField)
      throw new UsageError('ERR_USAGE_HEADER', `The header name ${name} is Sealwire’s: choose another.`);
    if (isSentInClear(name)) clear[name] = value;
    else if (typeof value === 'string') fields.push({ name, values: [Buffer.from(value)] });
    else if (value instanceof Uint8Array) {
      fields.push({ name, values: [Buffer.from(value)] });
      (sealed.b ??= []).push(name);
    } else (sealed.h ??= {})[name] = encodeHeaderValue(value, name);
  }
}

/** What the broker acts on. `replyTo` is such only for direct reply-to. */
function copyClear(wire: Options.Publish, options: Options.Publish): void {
  if (options.persistent !== undefined) wire.persistent = options.persistent;
  if (options.deliveryMode !== undefined) wire.deliveryMode = options.deliveryMode;
  if (options.expiration !== undefined) wire.expiration = options.expiration;
  if (options.priority !== undefined) wire.priority = options.priority;
  if (options.mandatory !== undefined) wire.mandatory = options.mandatory;
  if (options.CC !== undefined) wire.CC = options.CC;
  if (options.BCC !== undefined) wire.BCC = options.BCC;
  if (options.userId !== undefined) wire.userId = options.userId;
  if (options.replyTo === directReplyTo) wire.replyTo = directReplyTo;
}

function asField(sealed: SealedProperties): HeaderField {
  const bytes = Buffer.from(JSON.stringify(sealed));
  if (bytes.length > maxPropertiesBytes)
    throw new UsageError(
      'ERR_USAGE_HEADER',
      `Properties and typed headers are ${bytes.length} bytes; at most ${maxPropertiesBytes} can be carried. Put large values into the content.`,
      { bytes: bytes.length },
    );
  return { name: propertiesField, values: [bytes] };
}
