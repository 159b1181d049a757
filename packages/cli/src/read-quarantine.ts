// Reads a quarantine as it lies on the broker: nothing is opened, and nothing is taken away.
import { createHash } from 'node:crypto';
import { quarantinedRecord, type QuarantinedRecord, type Received } from '@sealwire/core';
import { guardOf } from './broker-record.js';
import type { QuarantineOptions, QuarantinePlace } from './quarantine-options.js';

/** What lies in quarantine. */
export interface QuarantineEntry {
  /** Names it in these commands: partition@offset on Kafka; on RabbitMQ, which has no places, a digest of what it says. */
  readonly id: string;
  readonly kept: Received;
  /** `null`: no adapter wrote it. */
  readonly record: QuarantinedRecord | null;
}

/** Whether to go on reading. */
export type TakeEntry = (entry: QuarantineEntry) => boolean | Promise<boolean>;

export function entryOf(kept: Received): QuarantineEntry {
  return { id: idOf(kept), kept, record: quarantinedRecord(kept) };
}

function idOf({ source, value, headers }: Received): string {
  if (source.transport === 'kafka') return `${source.partition}@${source.offset}`;
  const hash = createHash('sha256');
  const add = (bytes: Buffer): void => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    hash.update(length).update(bytes);
  };
  for (const { name, values } of headers) for (const part of [Buffer.from(name), ...values]) add(part);
  add(value ?? Buffer.alloc(0));
  return hash.digest('hex').slice(0, 16);
}

/**
 * Reads from the beginning to the end that there is at the start, one entry after the other.
 * @throws UsageError ERR_USAGE_RECORD where there is no such topic or queue; InabilityError ERR_UNABLE_CONNECTION
 */
export async function readQuarantine(
  options: QuarantineOptions,
  place: QuarantinePlace,
  take: TakeEntry,
): Promise<void> {
  const guard = guardOf(options, place.transport);
  if (place.transport === 'rabbitmq') {
    const { holdQueue, withToolConnection } = await import('@sealwire/amqp');
    await withToolConnection(guard, place.broker, (model) =>
      holdQueue(model, place.name, async (next) => {
        for (let held = await next(); held !== null; held = await next())
          if (!(await take(entryOf(held.received)))) return;
      }),
    );
    return;
  }
  const { readRange } = await import('@sealwire/kafka');
  let wanted = true;
  await readRange(guard, place.broker.split(','), {
    range: { topic: place.name, partition: null, from: null, to: null },
    sessions: null,
    async take(records) {
      for (const received of records) wanted &&= await take(entryOf(received));
    },
  });
}
