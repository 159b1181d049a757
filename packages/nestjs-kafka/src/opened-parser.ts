// Nest’s parser, for messages that were opened.
import { shareOrigin } from '@sealwire/core';
import { KafkaParser } from '@nestjs/microservices';
import { noValueHeader } from './valued-kafka.js';

interface Parsed {
  value: unknown;
  readonly headers: Record<string, unknown>;
}

/** Nest hands copies to handlers: `origin(context.getMessage())` knows them too. */
export class OpenedParser extends KafkaParser {
  override parse<T = unknown>(message: object): T {
    const parsed = super.parse<Parsed>(message);
    if (Object.hasOwn(parsed.headers, noValueHeader)) {
      parsed.value = null;
      Reflect.deleteProperty(parsed.headers, noValueHeader);
    }
    shareOrigin(message, parsed);
    return parsed as T;
  }
}
