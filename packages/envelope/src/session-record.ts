// A record of the session topic (SPEC.md §13): a session that messages refer to, and its sender’s signature over its hash.
import type { KeyStore, ReferredSession, Session } from '@sealwire/core';
import { FormatError, KeyError } from '@sealwire/core';
import { AvroReader } from './avro-reader.js';
import { AvroWriter } from './avro-writer.js';
import { fingerprint } from './fingerprint.js';
import { limits } from './limits.js';
import { decodeSession } from './session-codec.js';

const canonicalSchema =
  '{"name":"sealwire.v1.SessionRecord","type":"record","fields":[{"name":"session","type":"bytes"},{"name":"signature","type":"bytes"}]}';
/** C3 01 and the fingerprint. */
const prefix: Buffer = Buffer.concat([Buffer.from([0xc3, 0x01]), fingerprint(canonicalSchema)]);
const label = Buffer.from('sealwire/v1/session', 'ascii');

/** How many bytes of S a message refers to its session by. */
export const referenceBytes = 16;

/** What the session’s sender signs. @param hash S, 32 bytes */
export function sessionMessage(hash: Buffer): Buffer {
  return Buffer.concat([label, hash]);
}

/** @param signature 64 bytes */
export function encodeSessionRecord(session: Buffer, signature: Buffer): Buffer {
  return new AvroWriter().fixed(prefix).bytes(session).bytes(signature).copy();
}

/** A record of the session topic, before anything in it is believed. */
export interface SessionRecord {
  readonly session: Session;
  readonly signature: Buffer;
}

/**
 * Reads a record of the session topic. Its session hashes to its key; whether it is signed is not checked here.
 * @throws FormatError ERR_FORMAT_SESSION (E-33)
 */
export function decodeSessionRecord(key: Buffer | null, value: Buffer | null): SessionRecord {
  if (key?.length !== 32 || value === null || value.length < prefix.length || !startsWith(value, prefix)) {
    throw new FormatError('ERR_FORMAT_SESSION', 'The record is not one of a session topic.');
  }
  const reader = new AvroReader(value, 'ERR_FORMAT_SESSION', prefix.length);
  const bytes = reader.bytes(0, limits.sessionBytes);
  const signature = Buffer.from(reader.bytes(64, 64));
  reader.end();
  const session = decodeSession(bytes);
  if (!session.hash.equals(key)) {
    throw new FormatError('ERR_FORMAT_SESSION', 'The session does not hash to the key of its record.');
  }
  return { session, signature };
}

function startsWith(bytes: Buffer, start: Buffer): boolean {
  return bytes.compare(start, 0, start.length, 0, start.length) === 0;
}

/** What an adapter has to write before messages refer to a session. It is signed once, when it is first written. */
export function referredSession(topic: string, session: Session, keyStore: KeyStore): ReferredSession {
  const { hash, bytes, senderKeyId } = session;
  let value: Buffer | Promise<Buffer> | null = null;
  const make = (): Buffer | Promise<Buffer> => {
    const signer = keyStore.signerOf(senderKeyId.toString('latin1'));
    if (signer === null) {
      throw new KeyError(
        'ERR_KEY_MISSING',
        'The key that signs this session was revoked, has expired or is gone: nothing was sent. Send again.',
      );
    }
    const signature = signer.sign(sessionMessage(hash));
    if (Buffer.isBuffer(signature)) return encodeSessionRecord(bytes, signature);
    return signature.then(
      (later) => encodeSessionRecord(bytes, later),
      (error: unknown) => {
        // What failed once is asked for again.
        value = null;
        throw error;
      },
    );
  };
  return { topic, key: hash, value: () => (value ??= make()) };
}
