// Payloads compressed inside the seal (SPEC.md §7, E-44 to E-46).
import { constants, deflateRawSync, inflateRawSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { FormatError, PolicyError, type Compression } from '@sealwire/core';

/** The encodings of a plaintext by their numbers; 0 is the payload as it is. */
const encodings: Readonly<Record<Compression, number>> = { deflate: 1, zstd: 2 };
const lengthBytes = 4;
/** Beyond this, a small fetch would fill the memory of who opens it (E-45). */
const maxExpansion = 64;
/** Shorter payloads gain nothing: the length alone takes four bytes. */
const leastBytes = 32;
const leastWindowLog = 15;

/** What of a payload goes into the plaintext. */
export interface EncodedPayload {
  readonly encoding: number;
  readonly bytes: Buffer;
}

/**
 * Compresses a payload. One that would not get smaller, or that a receiver would refuse to expand, is left as it is.
 * @param maxBytes the limit for a whole record
 */
export function compressPayload(compression: Compression, payload: Buffer, maxBytes: number): EncodedPayload {
  const asItIs = { encoding: 0, bytes: payload };
  if (payload.length < leastBytes || payload.length > maxBytes) return asItIs;
  const stream =
    compression === 'deflate'
      ? deflateRawSync(payload)
      : // Told the length, the encoder takes no larger window than that (E-46).
        zstdCompressSync(payload, { pledgedSrcSize: payload.length });
  if (stream.length + lengthBytes >= payload.length || expandsTooFar(payload.length, stream.length))
    return asItIs;
  const bytes = Buffer.allocUnsafe(lengthBytes + stream.length);
  bytes.writeUInt32BE(payload.length);
  stream.copy(bytes, lengthBytes);
  return { encoding: encodings[compression], bytes };
}

const expandsTooFar = (length: number, streamBytes: number): boolean => length > maxExpansion * streamBytes;

/**
 * Gives the payload of an opened plaintext. Takes memory for the length that the sender states, and only after that
 * was found within the limits; produces no byte more.
 * @param allowed what local policy has for this type on this channel; encoding 0 is always taken
 * @param maxBytes the limit for a whole record
 * @throws PolicyError ERR_POLICY_COMPRESSION (E-44); FormatError ERR_FORMAT_SIZE (E-45), ERR_FORMAT_BODY (E-46)
 */
export function expandPayload(
  { encoding, bytes }: EncodedPayload,
  allowed: Compression | null,
  maxBytes: number,
): Buffer {
  if (encoding === 0) return bytes;
  if (allowed === null || encodings[allowed] !== encoding) {
    throw new PolicyError(
      'ERR_POLICY_COMPRESSION',
      'The payload is compressed in a way that the policy does not have for this type. Set the same compress on both ends, receivers first; from one to another by way of none, senders first.',
    );
  }
  if (bytes.length <= lengthBytes) return refuse();
  const length = bytes.readUInt32BE();
  const stream = bytes.subarray(lengthBytes);
  if (length > maxBytes || expandsTooFar(length, stream.length)) {
    throw new FormatError(
      'ERR_FORMAT_SIZE',
      'The compressed payload would be larger than limits.max_message or than 64 times its bytes. It was not expanded.',
      { bytes: length, maxBytes },
    );
  }
  return length === 0 ? refuse() : expand(allowed, stream, length);
}

function expand(compression: Compression, stream: Buffer, length: number): Buffer {
  // One byte more than can come: a piece that is full makes node:zlib allocate the next.
  const bounds = { maxOutputLength: length, chunkSize: Math.max(64, length + 1), info: true };
  let expanded: Expanded;
  try {
    expanded = (compression === 'deflate'
      ? inflateRawSync(stream, bounds)
      : zstdDecompressSync(stream, {
          ...bounds,
          params: { [constants.ZSTD_d_windowLogMax]: windowLog(length) },
        })) as unknown as Expanded;
  } catch (error) {
    // That memory ran out says nothing about the message.
    if (!isVerdict((error as { readonly code?: unknown }).code)) throw error;
    return refuse(error);
  }
  // Bytes behind the stream’s end would be covered by the signature and read by nobody.
  if (expanded.buffer.length !== length || expanded.engine.bytesWritten !== stream.length) return refuse();
  return expanded.buffer;
}

/** What node:zlib returns for `info: true`. */
interface Expanded {
  readonly buffer: Buffer;
  /** `bytesWritten`: how much of the input was used. */
  readonly engine: { readonly bytesWritten: number };
}

const windowLog = (length: number): number => Math.max(leastWindowLog, 32 - Math.clz32(length - 1));

function isVerdict(code: unknown): boolean {
  return (
    typeof code === 'string' &&
    /^(Z_DATA_ERROR|Z_BUF_ERROR|Z_NEED_DICT|ERR_BUFFER_TOO_LARGE|ZSTD_error_(?!memory_allocation).*)$/.test(
      code,
    )
  );
}

function refuse(cause?: unknown): never {
  throw new FormatError(
    'ERR_FORMAT_BODY',
    'The compressed payload does not expand to exactly the length that it states.',
    undefined,
    cause,
  );
}
