// Records that a thread has packed, through the encoder and the decoder of kafkajs 2.2.4 itself.
import { describe, expect, test } from '@jest/globals';
import { createRequire } from 'node:module';
import fc from 'fast-check';
import type { Message } from 'kafkajs';
import { pack } from '../src/pack-events.js';
import { knowPacked, PackedMessages, packedGzip } from '../src/packed-messages.js';

interface Protocol {
  readonly request: (parts: object) => { encode(): Promise<{ readonly buffer: Buffer }> };
  readonly Decoder: new (bytes: Buffer) => { readonly offset: number; skip(bytes: number): void };
  readonly decode: (decoder: object) => Promise<{
    readonly records: readonly { readonly offset: string; readonly key: Buffer; readonly value: Buffer }[];
  }>;
}

const require = createRequire(import.meta.url);
const protocol: Protocol = {
  request: require('kafkajs/src/protocol/requests/produce/v7/request') as Protocol['request'],
  Decoder: require('kafkajs/src/protocol/decoder') as Protocol['Decoder'],
  decode: require('kafkajs/src/protocol/recordBatch/v0/decoder') as Protocol['decode'],
};

const chain = 'ab'.repeat(16);

/** What a broker would store, and a consumer get. */
async function carried(messages: readonly Message[]) {
  const topicData = [{ topic: 't', partitions: [{ partition: 3, messages }] }];
  const { buffer } = await protocol
    .request({ acks: -1, timeout: 1, compression: packedGzip, topicData })
    .encode();
  // Transaction, acks, timeout, one topic with its name, one partition with its number and the batch’s length.
  const decoder = new protocol.Decoder(buffer.subarray(2 + 2 + 4 + 4 + 3 + 4 + 4 + 4));
  const { records } = await protocol.decode(decoder);
  return records;
}

describe('packed messages', () => {
  knowPacked();

  test('arrive as the lines that were packed, each one record under its chain', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { minLength: 1, maxLength: 200 }),
        async (lines) => {
          const packed = { bytes: pack(chain, lines), count: lines.length };
          const records = await carried(new PackedMessages(packed, 3));
          expect(records.map(({ value }) => Buffer.from(value))).toEqual(
            lines.map((line) => Buffer.from(line)),
          );
          expect(records.map(({ offset }) => offset)).toEqual(lines.map((_, i) => `${i}`));
          expect(new Set(records.map(({ key }) => String(key)))).toEqual(new Set([chain]));
        },
      ),
      { numRuns: 50 },
    );
  });

  test('with lengths at the edges of their varints', async () => {
    const lines = [62, 63, 64, 65, 8_000, 8_191, 8_192].map((length) => Buffer.alloc(length, 'x'));
    const records = await carried(new PackedMessages({ bytes: pack(chain, lines), count: lines.length }, 3));
    expect(records.map(({ value }) => value.length)).toEqual(lines.map(({ length }) => length));
  });

  test('are as many as they say to whoever asks for their number, and one group to kafkajs', () => {
    const messages = new PackedMessages({ bytes: Buffer.alloc(1), count: 7 }, 3);
    const grouped = messages.reduce(
      (groups: Record<string, unknown>, { partition }: Message) => ({ ...groups, [partition!]: [] }),
      {},
    ) as Record<string, unknown>;
    expect([messages.length, Object.keys(grouped), grouped['3'] === messages]).toEqual([7, ['3'], true]);
  });
});
