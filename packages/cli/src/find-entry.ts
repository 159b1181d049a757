// Finds one record in quarantine by its id.
import { UsageError } from '@sealwire/core';
import { guardOf } from './broker-record.js';
import type { QuarantineOptions, QuarantinePlace } from './quarantine-options.js';
import { entryOf, readQuarantine, type QuarantineEntry } from './read-quarantine.js';

/** @throws UsageError ERR_USAGE_ARGUMENT, ERR_USAGE_RECORD; InabilityError ERR_UNABLE_CONNECTION */
export async function findEntry(
  options: QuarantineOptions,
  place: QuarantinePlace,
  id: string,
): Promise<QuarantineEntry> {
  if (place.transport === 'kafka') {
    const { peekRecord } = await import('@sealwire/kafka');
    const at = { topic: place.name, ...kafkaId(id) };
    return entryOf(await peekRecord(guardOf(options, 'kafka'), place.broker.split(','), at));
  }
  requireDigest(id);
  let found: QuarantineEntry | null = null;
  await readQuarantine(options, place, (entry) => {
    if (entry.id === id) found = entry;
    return found === null;
  });
  if (found === null)
    throw new UsageError(
      'ERR_USAGE_RECORD',
      `There is no ${id} in ${place.name}; "list" prints what there is.`,
    );
  return found;
}

/** @throws UsageError ERR_USAGE_ARGUMENT */
export function kafkaId(id: string): { readonly partition: number; readonly offset: string } {
  const match = /^(\d{1,9})@(\d{1,18})$/.exec(id);
  if (match === null)
    throw new UsageError(
      'ERR_USAGE_ARGUMENT',
      `${JSON.stringify(id)} is no id: on Kafka it is partition@offset.`,
    );
  return { partition: Number(match[1]), offset: match[2]! };
}

/** @throws UsageError ERR_USAGE_ARGUMENT */
export function requireDigest(id: string): void {
  if (!/^[0-9a-f]{16}$/.test(id))
    throw new UsageError(
      'ERR_USAGE_ARGUMENT',
      `${JSON.stringify(id)} is no id: on RabbitMQ it is 16 hex digits.`,
    );
}
