// Remembers mandatory messages for a while, so that a `return` listener gets what the application published.
import { hash } from 'node:crypto';
import type { Message, MessageProperties, Options } from 'amqplib';
import { cleanTable } from './clean-table.js';
import { plainMessage } from './plain-message.js';
import { sealedContentType } from './wire-names.js';

const maxMessages = 10_000;
const maxBytes = 32 * 1024 * 1024;

interface Kept {
  readonly content: Buffer;
  readonly options: Options.Publish;
}

/**
 * The latest 10,000 mandatory messages of a channel, at most 32 MiB. On confirm channels they are forgotten with their
 * confirm, which comes after the return.
 */
export class ReturnedMessages {
  readonly #kept = new Map<string, Kept>();
  #bytes = 0;

  /** @returns the key to forget it by */
  keep(sealed: Buffer, content: Buffer, options: Options.Publish): string {
    const key = hash('sha256', sealed, 'base64');
    // Copies, because the application may use its buffer and options again.
    this.#kept.set(key, { content: Buffer.from(content), options: { ...options } });
    this.#bytes += content.length;
    while (this.#kept.size > maxMessages || (this.#bytes > maxBytes && this.#kept.size > 1)) {
      const oldest = this.#kept.keys().next();
      if (oldest.done === true) break;
      this.forget(oldest.value);
    }
    return key;
  }

  forget(key: string): void {
    const kept = this.#kept.get(key);
    if (kept === undefined) return;
    this.#bytes -= kept.content.length;
    this.#kept.delete(key);
  }

  /** The message as it was published, which is what came back where it was not sealed; without content and properties of its own where it is no longer remembered. */
  restore(raw: Message): Message {
    const key = hash('sha256', raw.content, 'base64');
    const kept = this.#kept.get(key);
    if (kept === undefined && (raw.properties.contentType as unknown) !== sealedContentType)
      return plainMessage(raw);
    const { content, options } = kept ?? { content: Buffer.alloc(0), options: {} };
    this.forget(key);
    const { deliveryMode, priority, expiration, userId } = raw.properties as unknown as Record<
      string,
      unknown
    >;
    const properties: MessageProperties = {
      contentType: options.contentType,
      contentEncoding: options.contentEncoding,
      headers: cleanTable(options.headers),
      deliveryMode,
      priority,
      correlationId: options.correlationId,
      replyTo: options.replyTo,
      expiration,
      messageId: options.messageId,
      timestamp: options.timestamp,
      type: options.type,
      userId,
      appId: options.appId,
      clusterId: undefined,
    };
    return { content, fields: { ...raw.fields }, properties };
  }
}
