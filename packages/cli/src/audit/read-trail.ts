// Reads the events of an audit trail as they lie there: from a topic, a file or standard input.
import type { Place, Retention } from '@sealwire/audit';
import { UsageError } from '@sealwire/core';
import { guardOf } from '../broker-record.js';
import { linesOf } from '../lines.js';
import { policyOf } from './audit-trust.js';
import { fileChunks, type FollowedFile } from './follow-file.js';

export interface TrailOptions {
  readonly policy?: string;
  readonly agent?: string;
  readonly topic?: string;
  readonly brokers?: string;
}

/** One event, or what stands in the place of one. */
export interface TrailEvent {
  readonly bytes: Buffer;
  readonly place: Place;
  /** When the broker appended it, where the broker stamped it; otherwise `null`. */
  readonly appendedAtMs: number | null;
  /** Whether it stands at the end of a file, without the end of a line: it may be a part of an event. */
  readonly mayBeTorn?: boolean;
}

export interface TrailReading {
  /** What is older may be passed over, where that can be told without reading it. */
  readonly sinceMs: number | null;
  /** Of a file its last lines only, of a topic those of each partition. */
  readonly last?: number;
  /** Goes on with what comes, until it is aborted; left out, the end that there is now ends it. */
  readonly follow?: AbortSignal;
  readonly take: (event: TrailEvent) => void;
}

/** What was read. */
export interface TrailSource {
  readonly name: string;
  /** Whether what stood before the first event of a place may have gone by retention, or was not asked for. */
  mayBeginLate(place: Place): boolean;
  /** What is known of it, once everything is read. */
  retention(): Retention;
  read(reading: TrailReading): Promise<void>;
}

/** Longer than any event: the rest of a line is passed over. */
const maxLineBytes = 65_536;
/** Clocks of writers may go back a little between an event and its publishing. */
const clockMs = 600_000;

/** @throws UsageError ERR_USAGE_ARGUMENT where not exactly one source is given */
export function trailOf(file: string | undefined, options: TrailOptions): TrailSource {
  if (file === undefined && options.brokers === undefined)
    throw new UsageError(
      'ERR_USAGE_ARGUMENT',
      'Give a file with events, - for standard input, or --brokers for the topic.',
    );
  if (file !== undefined && (options.brokers !== undefined || options.topic !== undefined))
    throw new UsageError('ERR_USAGE_ARGUMENT', 'Give either a file, or --brokers and perhaps --topic.');
  return file === undefined ? topicSource(options) : fileSource(file);
}

function fileSource(file: string): TrailSource {
  return {
    name: file === '-' ? 'standard input' : file,
    mayBeginLate: () => true,
    retention: () => 'unknown',
    async read({ take, ...part }) {
      for await (const { number, bytes, hasEnd } of linesOf(chunksOf({ file, ...part }), maxLineBytes)) {
        const event = bytes === null ? overlong : withoutReturn(bytes);
        if (event.length === 0) continue;
        take({ bytes: event, place: { line: number }, appendedAtMs: null, mayBeTorn: !hasEnd });
      }
    },
  };
}

/** Is no event, and too long for one. */
const overlong = Buffer.alloc(maxLineBytes);

const withoutReturn = (bytes: Buffer): Buffer => (bytes.at(-1) === 0x0d ? bytes.subarray(0, -1) : bytes);

async function* chunksOf({ file, last, follow }: FollowedFile): AsyncGenerator<Buffer> {
  const stop = (): void => void process.stdin.destroy();
  try {
    if (file === '-') {
      follow?.addEventListener('abort', stop);
      yield* process.stdin as AsyncIterable<Buffer>;
    } else
      yield* fileChunks({
        file,
        ...(last === undefined ? {} : { last }),
        ...(follow === undefined ? {} : { follow }),
      });
  } catch (error) {
    if (follow?.aborted === true) return;
    const reason = (error as NodeJS.ErrnoException).code ?? 'unknown reason';
    throw new UsageError(
      'ERR_USAGE_FILE',
      `${file} cannot be read (${reason}); name a file, or - for standard input.`,
    );
  } finally {
    follow?.removeEventListener('abort', stop);
  }
}

function topicSource(options: TrailOptions): TrailSource {
  const topic = options.topic ?? policyOf(options).auditTarget.kafka;
  const begins = new Map<number, bigint>();
  let since = false;
  let isEmptied = false;
  return {
    name: topic,
    mayBeginLate: ({ partition = 0 }) => since || (begins.get(partition) ?? 0n) > 0n,
    retention() {
      if (isEmptied) return 'emptied';
      return [...begins.values()].some((low) => low > 0n) ? 'shortened' : 'unknown';
    },
    async read({ sinceMs, last, follow, take }) {
      since = sinceMs !== null;
      const guard = guardOf(options, 'kafka');
      const { readRange } = await import('@sealwire/kafka');
      await readRange(guard, options.brokers!.split(','), {
        range: {
          topic,
          partition: null,
          from: null,
          to: null,
          ...(sinceMs === null ? {} : { sinceMs: Math.max(0, sinceMs - clockMs) }),
          ...(last === undefined ? {} : { last }),
        },
        sessions: null,
        ...(follow === undefined ? {} : { follow }),
        onRange({ partition, low, to }) {
          begins.set(partition, low);
          isEmptied ||= low > 0n && low === to;
        },
        take(records) {
          for (const { source, value, appendedAtMs } of records) {
            if (source.transport !== 'kafka') continue;
            const place = { partition: source.partition, offset: source.offset };
            take({ bytes: value ?? Buffer.alloc(0), place, appendedAtMs });
          }
          return Promise.resolve();
        },
      });
    },
  };
}
