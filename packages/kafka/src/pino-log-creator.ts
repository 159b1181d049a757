// kafkajs’ log, and what Sealwire logs through it, to a pino logger.
import type { LogEntry, logCreator } from 'kafkajs';
import { safeEntry } from './log-fields.js';

/** Of a pino logger, what is called. */
export interface StructuredLogger {
  error(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  info(fields: object, message: string): void;
  debug(fields: object, message: string): void;
}

const methods = { 1: 'error', 2: 'warn', 4: 'info', 5: 'debug' } as const satisfies Record<
  number,
  keyof StructuredLogger
>;

/**
 * For `logCreator` of kafkajs’ configuration. Of each entry it passes on the text and the fields whose names are known to
 * hold names, places and numbers; of errors that may be the application’s only name, code and the places of the stack.
 * So neither payloads, record keys and headers nor credentials are logged at any level, not with
 * `KAFKAJS_DEBUG_PROTOCOL_BUFFERS` either. kafkajs’ `logLevel` still decides what is logged at all. Does not throw.
 */
export const pinoLogCreator =
  (logger: StructuredLogger): logCreator =>
  () =>
  (entry: LogEntry): void => {
    const method = methods[entry.level as keyof typeof methods] ?? 'debug';
    try {
      const { message, fields } = safeEntry(entry);
      logger[method](fields, message);
    } catch {
      // A log is never worth a message.
    }
  };
