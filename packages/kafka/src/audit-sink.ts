// Writes audit lines to the audit topic, in chunks that a broker takes.
import type { AuditSink } from '@sealwire/core';
import type { OwnProducer } from './own-producer.js';

/**
 * Before compression; half of what Kafka takes by default. Smaller sends were measured and cost more than kafkajs’
 * copying of long lists does.
 */
const partitionBytes = 512 * 1024;
/** The built file, also where this one is run from its source by a test runner. */
const packer = new URL('../dist/pack-events.js', import.meta.url).href;
/** One event at a time. */
const leastBytes = 8_000;

/**
 * The audit topic as a sink. `write` resolves when all in-sync replicas have every line; when it rejects, some lines
 * may be there, and writing them again is harmless: a reader can tell a repeat by what it says. A topic that takes
 * smaller batches than Kafka’s default gets smaller ones.
 */
export function auditSink(topic: string, producer: Pick<OwnProducer, 'write' | 'writePacked'>): AuditSink {
  let bytes = partitionBytes;
  /** Packed ones that are larger were refused. */
  let mostPacked = Infinity;
  return {
    packer,
    async write(batch) {
      const { chain, packed } = batch;
      // KafkaJS encodes record by record, which takes the application’s thread longer than all else that audit does.
      const made = packed?.(packer) ?? null;
      if (made !== null && made.bytes.length < mostPacked)
        try {
          await producer.writePacked(topic, chain, made);
          return;
        } catch (error) {
          if (!isTooLarge(error)) throw error;
          mostPacked = made.bytes.length;
        }
      await writeLines(chain, batch.lines);
    },
  };

  async function writeLines(chain: string, lines: readonly Buffer[]): Promise<void> {
    if (lines.length === 0) return;
    const messages = lines.map((value) => ({ key: chain, value }));
    for (;;)
      try {
        await producer.write(topic, messages, { compressed: true, partitionBytes: bytes });
        return;
      } catch (error) {
        if (!isTooLarge(error) || bytes <= leastBytes) throw error;
        bytes = Math.max(leastBytes, bytes / 4);
      }
  }
}

const isTooLarge = (error: unknown): boolean =>
  ['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE'].includes((error as { readonly type?: string }).type ?? '');
