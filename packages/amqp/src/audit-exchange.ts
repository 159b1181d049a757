// The audit sink of RabbitMQ: each event a persistent message to a durable topic exchange.
import type { AuditLine, AuditSink } from '@sealwire/core';
import type { ConfirmedWriter } from './confirmed-writer.js';

/** Routing key is the event’s key. Resolves when the broker has confirmed that every event is in a queue. */
export class AuditExchange implements AuditSink {
  readonly #name: string;
  readonly #writer: ConfirmedWriter;

  constructor(name: string, writer: ConfirmedWriter) {
    this.#name = name;
    this.#writer = writer;
  }

  async write(lines: readonly AuditLine[]): Promise<void> {
    if (lines.length === 0) return;
    const written = await this.#writer.write(
      lines.map(({ key, json }) => ({
        exchange: this.#name,
        routingKey: shortened(key),
        content: Buffer.from(json),
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
