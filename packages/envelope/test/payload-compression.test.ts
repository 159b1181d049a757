// Payloads compressed inside the seal (SPEC.md §7): what senders leave as it is, and what receivers take.
import { randomBytes } from 'node:crypto';
import { deflateRawSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Compression } from '@sealwire/core';
import { compressPayload, expandPayload } from '../src/payload-compression.js';
import { opener, outgoing, receivedFrom, route, sealer, world } from './world.js';

const kinds: readonly Compression[] = ['deflate', 'zstd'];
const maxBytes = 1_048_576;
/** Text with something new in every line, as messages have. */
const text = (bytes: number): Buffer =>
  Buffer.from(Array.from({ length: bytes }, (_, i) => `{"step":${i * 7919},"do":"it"} `).join('')).subarray(
    0,
    bytes,
  );
const sized = (length: number, stream: Buffer): Buffer => {
  const head = Buffer.alloc(4);
  head.writeUInt32BE(length);
  return Buffer.concat([head, stream]);
};
const code = (read: () => unknown): string => {
  try {
    read();
    return 'taken';
  } catch (error) {
    return (error as { readonly code?: string }).code ?? String(error);
  }
};

describe.each(kinds)('%s', (kind) => {
  test('[E-46] gives back every payload, and never takes more room than it', () => {
    const words = fc.array(fc.constantFrom('{"a":', 'agent', ' ', '0', 'ä', '"}'), { maxLength: 3000 });
    const payloads = fc.oneof(
      words.map((parts) => Buffer.from(parts.join(''))),
      fc.uint8Array({ maxLength: 2000 }).map((bytes) => Buffer.from(bytes)),
    );
    fc.assert(
      fc.property(payloads, (payload) => {
        const encoded = compressPayload(kind, payload, maxBytes);
        expect(encoded.bytes.length).toBeLessThanOrEqual(payload.length);
        expect(expandPayload(encoded, kind, maxBytes).equals(payload)).toBe(true);
      }),
    );
  });

  test('[E-45] leaves a payload as it is that would not get smaller', () => {
    for (const payload of [Buffer.alloc(0), Buffer.from('{}'), randomBytes(4096)])
      expect(compressPayload(kind, payload, maxBytes)).toEqual({ encoding: 0, bytes: payload });
    expect(compressPayload(kind, text(4096), maxBytes)).toMatchObject({
      encoding: kind === 'deflate' ? 1 : 2,
    });
  });

  test('[E-45] leaves a payload as it is that its receivers would not expand: beyond 64 times, or beyond the limit', () => {
    for (const payload of [Buffer.alloc(maxBytes), text(maxBytes + 1)]) {
      const { encoding, bytes } = compressPayload(kind, payload, maxBytes);
      expect({ encoding, same: bytes === payload }).toEqual({ encoding: 0, same: true });
    }
    expect(compressPayload(kind, text(2048), 2047).encoding).toBe(0);
    expect(compressPayload(kind, text(2048), 2048).encoding).not.toBe(0);
  });

  test('[E-45] expands up to the limit for a whole record, and not a byte more', () => {
    const encoded = compressPayload(kind, text(5000), maxBytes);
    expect(expandPayload(encoded, kind, 5000)).toHaveLength(5000);
    expect(code(() => expandPayload(encoded, kind, 4999))).toBe('ERR_FORMAT_SIZE');
  });

  test('[E-46] a window of 1 MiB for a payload of 1 MiB is kept, and opens', () => {
    // Random halves that are the same: what matches lies half a mebibyte back.
    const half = randomBytes(maxBytes / 2);
    const payload = Buffer.concat([half, half]);
    const encoded = compressPayload(kind, payload, maxBytes);
    expect(encoded.encoding).toBe(kind === 'zstd' ? 2 : 0);
    expect(expandPayload(encoded, kind, maxBytes).equals(payload)).toBe(true);
  });

  test('[E-44] to [E-46] any bytes at all are taken whole or refused with a code of their own', () => {
    const known = ['taken', 'ERR_FORMAT_SIZE', 'ERR_FORMAT_BODY'];
    const made = compressPayload(kind, text(700), maxBytes).bytes;
    fc.assert(
      fc.property(fc.nat(made.length - 1), fc.nat(255), fc.nat(made.length), (at, byte, length) => {
        const changed = Buffer.from(made).subarray(0, length);
        changed[at] = byte;
        const bytes = { encoding: kind === 'deflate' ? 1 : 2, bytes: changed };
        expect(known).toContain(code(() => expandPayload(bytes, kind, maxBytes)));
      }),
      { numRuns: 500 },
    );
  });
});

test('[E-46] a bomb is refused after the length that it states, whatever it would give', () => {
  const zeros = Buffer.alloc(64 * 1024 * 1024);
  for (const [encoding, kind, stream] of [
    [1, 'deflate', deflateRawSync(zeros)],
    [2, 'zstd', zstdCompressSync(zeros)],
  ] as const) {
    const stated = { encoding, bytes: sized(Math.min(64 * stream.length, maxBytes), stream) };
    const before = process.memoryUsage().arrayBuffers;
    expect(code(() => expandPayload(stated, kind, maxBytes))).toBe('ERR_FORMAT_BODY');
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4 * maxBytes);
  }
});

test('[E-46] a frame that asks for a window of 128 MiB is refused before it is given one', () => {
  const frame = zstdCompressSync(text(4096));
  // Without a content size, the second byte behind the magic number is the window (RFC 8878 §3.1.1.1.2).
  const content = frame.subarray(4 + 1 + 2);
  const asking = (windowLog: number) =>
    sized(4096, Buffer.concat([frame.subarray(0, 4), Buffer.of(0, (windowLog - 10) << 3), content]));
  expect(code(() => expandPayload({ encoding: 2, bytes: asking(15) }, 'zstd', maxBytes))).toBe('taken');
  expect(code(() => expandPayload({ encoding: 2, bytes: asking(27) }, 'zstd', maxBytes))).toBe(
    'ERR_FORMAT_BODY',
  );
});

describe('a sealed message', () => {
  const w = world();
  const payload = Buffer.from(JSON.stringify({ steps: Array.from({ length: 100 }, (_, i) => `step ${i}`) }));
  const sealedBy = (compression: Compression | null) =>
    sealer(w, { route: { ...route, compression } })([outgoing({ payload })])[0]!;

  test.each(kinds)('is smaller where its route compresses by %s, and opens to the same', async (kind) => {
    const [plain, packed] = [sealedBy(null), sealedBy(kind)];
    expect(plain.value!.length - packed.value!.length).toBeGreaterThan(payload.length / 2);
    const open = opener(w, w.team, maxBytes, undefined, { ...route, compression: kind });
    const outcomes = await open([receivedFrom(packed), receivedFrom(plain)]);
    for (const outcome of outcomes)
      expect(outcome).toMatchObject({ verified: true, payload: expect.objectContaining(payload) as unknown });
  });

  test('[E-44] that is compressed is refused by a receiver whose policy has it otherwise', async () => {
    for (const [sent, asked] of [
      ['deflate', null],
      ['zstd', null],
      ['deflate', 'zstd'],
      ['zstd', 'deflate'],
    ] as const) {
      const open = opener(w, w.team, maxBytes, undefined, { ...route, compression: asked });
      const [outcome] = await open([receivedFrom(sealedBy(sent))]);
      expect(outcome).toMatchObject({ verified: false, code: 'ERR_POLICY_COMPRESSION' });
    }
  });

  test('is refused at send where its payload is larger than the limit, however small it would get', () => {
    const seal = sealer(w, { route: { ...route, compression: 'zstd' }, maxMessageBytes: 2000 });
    expect(code(() => seal([outgoing({ payload: text(2001) })]))).toBe('ERR_USAGE_SIZE');
    expect(seal([outgoing({ payload: text(2000) })])).toHaveLength(1);
  });
});
