// The session record (SPEC.md §5): what stays the same for thousands of messages.
import { createHash } from 'node:crypto';
import type { Session, Wrap } from '@sealwire/core';
import { AvroReader } from './avro-reader.js';
import { AvroWriter } from './avro-writer.js';
import { contentTypeName, contentTypeNumber, largestContentType } from './content-types.js';
import { limits } from './limits.js';

/** A session before its data key is wrapped. `audience` is sorted by bytes; times are whole seconds. */
export type SessionTerms = Omit<Session, 'hash' | 'bytes' | 'wrapContext' | 'wraps'>;

/** Encodes everything before the wraps: what each wrap is bound to. */
export function encodeWrapContext(terms: SessionTerms): Buffer {
  const writer = new AvroWriter();
  const contentType = contentTypeNumber(terms.contentType);
  writer
    .integer(terms.suite)
    .fixed(terms.realm)
    .string(terms.sender)
    .fixed(terms.senderKeyId)
    .fixed(terms.instance);
  writer.array(terms.audience, (name) => writer.string(name));
  writer.integer(terms.epochStartMs / 1000).integer((terms.epochEndMs - terms.epochStartMs) / 1000);
  writer.string(terms.channel).string(terms.type).bytes(terms.schema);
  writer.integer(contentType).string(contentType === 0 ? terms.contentType : '');
  return writer.copy();
}

/** Completes a session with its wraps, which are put in ascending order of their keys. */
export function completeSession(terms: SessionTerms, wrapContext: Buffer, wraps: readonly Wrap[]): Session {
  const sorted = [...wraps].sort((a, b) => Buffer.compare(a.keyId, b.keyId));
  const writer = new AvroWriter().fixed(wrapContext);
  writer.array(sorted, (wrap) => writer.fixed(wrap.keyId).bytes(wrap.encapsulated).bytes(wrap.wrapped));
  const bytes = writer.copy();
  return {
    ...terms,
    bytes,
    wrapContext: bytes.subarray(0, wrapContext.length),
    hash: sha256(bytes),
    wraps: sorted,
  };
}

/** Decodes a received session; the result holds copies. @throws FormatError ERR_FORMAT_SESSION (E-11) */
export function decodeSession(received: Buffer): Session {
  // A copy: the received bytes may be a view on a whole fetch, which a kept session would hold in memory.
  const bytes = Buffer.from(received);
  const reader = new AvroReader(bytes, 'ERR_FORMAT_SESSION');
  const suite = reader.integer(1, 0xffff);
  const realm = reader.fixed(16);
  const sender = reader.string(1, limits.nameBytes);
  const senderKeyId = reader.fixed(16);
  const instance = reader.fixed(16);
  const audience = reader.ascendingStrings(1, limits.audience, limits.nameBytes);
  const epochStartMs = reader.integer(0, 2 ** 40) * 1000;
  const epochEndMs = epochStartMs + reader.integer(1, 2 ** 31 - 1) * 1000;
  const channel = reader.string(1, limits.nameBytes);
  const type = reader.string(1, limits.nameBytes);
  const schema = reader.bytes(0, 32);
  if (schema.length !== 0 && schema.length !== 32) reader.fail('the schema hash has not 32 bytes');
  const number = reader.integer(0, largestContentType);
  const named = reader.string(0, limits.nameBytes);
  if ((number === 0) !== named.length > 0) reader.fail('the content type is named twice or not at all');
  const wrapContext = bytes.subarray(0, reader.at);
  const wraps = readWraps(reader);
  reader.end();
  const contentType = number === 0 ? named : contentTypeName(number);
  if (number === 0 && contentTypeNumber(named) !== 0) reader.fail('the content type has a number');
  return {
    hash: sha256(bytes),
    bytes,
    wrapContext,
    suite,
    realm,
    sender,
    senderKeyId,
    instance,
    audience,
    epochStartMs,
    epochEndMs,
    channel,
    type,
    schema,
    contentType,
    wraps,
  };
}

function readWraps(reader: AvroReader): Wrap[] {
  const wraps: Wrap[] = [];
  reader.array(1, limits.wraps, () => {
    const keyId = reader.fixed(16);
    const previous = wraps.at(-1);
    if (previous !== undefined && Buffer.compare(previous.keyId, keyId) >= 0)
      reader.fail('wraps are not in order');
    wraps.push({ keyId, encapsulated: reader.bytes(1, 2048), wrapped: reader.bytes(1, 256) });
  });
  return wraps;
}

function sha256(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest();
}
