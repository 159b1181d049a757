// Writes audit lines to the audit topic, in chunks that a broker takes.
import type { AuditLine, AuditSink } from '@sealwire/core';
import type { OwnProducer } from './own-producer.js';

/** Before compression; half of what Kafka takes by default. */
const chunkBytes = 512 * 1024;

/**
 * The audit topic as a sink. `write` resolves when all in-sync replicas have every line; when it rejects, some lines
 * may be there, and writing them again is harmless: lines are chained and numbered.
 */
export function auditSink(topic: string, producer: Pick<OwnProducer, 'write'>): AuditSink {
  return {
    async write(lines) {
      for (const chunk of chunks(lines)) {
        const messages = chunk.map(({ key, json }) => ({ key, value: json }));
        await producer.write(topic, messages, true);
      }
    },
  };
}

/** Keeps the order; a line that is larger than a chunk goes alone. */
function chunks(lines: readonly AuditLine[]): AuditLine[][] {
  const result: AuditLine[][] = [];
  let bytes = Infinity;
  for (const line of lines) {
    const size = Buffer.byteLength(line.json) + line.key.length;
    if (bytes + size > chunkBytes) {
      result.push([]);
      bytes = 0;
    }
    bytes += size;
    result.at(-1)!.push(line);
  }
  return result;
}
