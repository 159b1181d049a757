// The audit sink of RabbitMQ: each event a persistent message to a durable topic exchange.
import type { AuditBatch, AuditSink, NoticeBoard } from '@sealwire/core';
import type { ConfirmedWriter } from './confirmed-writer.js';

/** The routing key is the writer: a claim must not choose where an event goes, for a key that no queue is bound by would hold
 * up the audit for ever. Resolves when the broker has confirmed that every event is in a queue. */
export class AuditExchange implements AuditSink {
  readonly #name: string;
  readonly #writer: ConfirmedWriter;
  readonly notices?: NoticeBoard;

  constructor(name: string, writer: ConfirmedWriter, notices: NoticeBoard | null = null) {
    this.#name = name;
    this.#writer = writer;
    if (notices !== null) this.notices = notices;
  }

  async write({ writer, lines }: AuditBatch): Promise<void> {
    if (lines.length === 0) return;
    const written = await this.#writer.write(
      lines.map((content) => ({
        exchange: this.#name,
        routingKey: shortened(writer),
        content,
        options: { contentType: 'application/json' },
      })),
    );
    const missing = written.filter((one) => !one).length;
    if (missing > 0) throw this.#writer.unwritten(missing);
  }
}

/** A routing key holds 255 bytes. */
function shortened(key: string): string {
  return Buffer.byteLength(key) <= 255 ? key : Buffer.from(key).subarray(0, 252).toString().slice(0, -1);
}
