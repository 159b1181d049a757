// What is known about one message; its buffers are made only when somebody asks.
import type { MessageFacts, Session } from '@sealwire/core';

/** Facts that keep the session and the few numbers, and make the rest on demand. */
export class EnvelopeFacts implements MessageFacts {
  readonly #session: Session;
  readonly #stream: number;
  readonly #sequence: number;
  readonly #messageHash: string;
  readonly issuedAtMs: number;
  readonly correlationId: Buffer | null;
  readonly causationId: Buffer | null;

  constructor(
    session: Session,
    header: {
      readonly issuedAtMs: number;
      readonly stream: number;
      readonly sequence: number;
      readonly correlationId: Buffer | null;
      readonly causationId: Buffer | null;
    },
    messageHash: string,
  ) {
    this.#session = session;
    this.#stream = header.stream;
    this.#sequence = header.sequence;
    this.#messageHash = messageHash;
    this.issuedAtMs = header.issuedAtMs;
    this.correlationId = header.correlationId;
    this.causationId = header.causationId;
  }

  get sender(): string {
    return this.#session.sender;
  }

  get recipients(): readonly string[] {
    return this.#session.audience;
  }

  get channel(): string {
    return this.#session.channel;
  }

  get type(): string {
    return this.#session.type;
  }

  get contentType(): string {
    return this.#session.contentType;
  }

  get senderKeyId(): Buffer {
    // A copy: the session is kept for the messages to come, and an application may write into what it gets.
    return Buffer.from(this.#session.senderKeyId);
  }

  get messageHash(): Buffer {
    return Buffer.from(this.#messageHash, 'latin1');
  }

  get nonce(): Buffer {
    const nonce = Buffer.alloc(28);
    this.#session.instance.copy(nonce);
    nonce.writeUInt32BE(this.#stream, 16);
    nonce.writeBigUInt64BE(BigInt(this.#sequence), 20);
    return nonce;
  }
}
