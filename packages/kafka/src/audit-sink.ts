// Writes audit lines to the audit topic, in chunks that a broker takes.
import type { AuditSink } from '@sealwire/core';
import type { OwnProducer } from './own-producer.js';

/**
 * Before compression; half of what Kafka takes by default. Smaller sends were measured and cost more than kafkajs’
 * copying of long lists does.
 */
const partitionBytes = 512 * 1024;

/**
 * The audit topic as a sink. `write` resolves when all in-sync replicas have every line; when it rejects, some lines
 * may be there, and writing them again is harmless: a reader can tell a repeat by what it says.
 */
export function auditSink(topic: string, producer: Pick<OwnProducer, 'write'>): AuditSink {
  return {
    async write({ chain, lines }) {
      const messages = lines.map((value) => ({ key: chain, value }));
      if (messages.length > 0) await producer.write(topic, messages, { compressed: true, partitionBytes });
    },
  };
}
