// Events on standard output, one a line, through pino’s destination: what collects its logs there collects them too.
import { InabilityError, type AuditBatch, type AuditSink } from '@sealwire/core';
import { destination } from 'pino';

const lineFeed = Buffer.from('\n');
const standardOutput = 1;

/** pino’s type knows texts only. */
interface Bytes {
  write(bytes: Buffer): boolean;
}

/**
 * Standard output. `write` resolves when the operating system has every line; it does not know whether somebody keeps
 * them. Lines are written at once: nothing is lost when the process ends, and a reader that stops reading holds the
 * process up. What else the process prints to a pipe that is full may stand in the middle of a line.
 */
export class StdoutSink implements AuditSink {
  readonly #stream: ReturnType<typeof destination>;
  #failure: Error | null = null;
  /** pino writes nothing more to a pipe that nobody reads, and reports no error then. */
  #isClosed = false;

  /** @param descriptor where to write in its place */
  constructor(descriptor = standardOutput) {
    this.#stream = destination({ dest: descriptor, sync: true, contentMode: 'buffer' });
    this.#stream.on('error', (error: NodeJS.ErrnoException) => {
      this.#failure = error;
      if (error.code === 'EPIPE') this.#isClosed = true;
    });
  }

  write({ lines }: AuditBatch): Promise<void> {
    if (lines.length === 0) return Promise.resolve();
    if (this.#isClosed) return Promise.reject(unable(this.#failure));
    this.#failure = null;
    // One piece: what a full disk takes of it in part is completed before anything else is written.
    const bytes = Buffer.concat(lines.flatMap((line) => [line, lineFeed]));
    (this.#stream as unknown as Bytes).write(bytes);
    return this.#failure === null ? Promise.resolve() : Promise.reject(unable(this.#failure));
  }
}

const unable = (cause: unknown): InabilityError =>
  new InabilityError(
    'ERR_UNABLE_AUDIT',
    `Standard output did not take the events (${(cause as NodeJS.ErrnoException).code ?? 'unknown reason'}); see that somebody reads it, or remove stdout from audit.sinks.`,
    {},
    cause,
  );
