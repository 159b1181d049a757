// `sealwire quarantine purge`: deletes quarantined records for good, audited.
import type { Command } from 'commander';
import { UsageError } from '@sealwire/core';
import type { AuditEvent, AuditSink, Sealwire, Transport } from '@sealwire/core';
import type { HeldMessage } from '@sealwire/amqp';
import { openSealwire } from 'sealwire';
import { guardOf } from './broker-record.js';
import { kafkaId } from './find-entry.js';
import { examples } from './operator.js';
import { printResult, type Outcome } from './outcome.js';
import type { Streams } from './output.js';
import { claimedOf, entryLine, type Claimed } from './quarantine-entry.js';
import {
  placeOf,
  withFilters,
  withQuarantine,
  type FilterOptions,
  type QuarantineOptions,
  type QuarantinePlace,
} from './quarantine-options.js';
import { type Filter } from './quarantine-filter.js';
import { selectionOf } from './quarantine-redrive.js';
import { entryOf, readQuarantine, type QuarantineEntry } from './read-quarantine.js';
import { isNote } from './redrive-note.js';

interface Options extends QuarantineOptions, FilterOptions {
  readonly all?: boolean;
  readonly yes?: boolean;
}

/** How many ids are told of what stands in the way. */
const toldIds = 5;

export function addQuarantinePurge(quarantine: Command, streams: Streams, outcome: Outcome): void {
  withFilters(withQuarantine(quarantine.command('purge')))
    .summary('delete quarantined records for good')
    .description(
      'Deletes quarantined records for good, once each is in the audit trail. Without --yes it says what it would delete. Kafka deletes from the beginning of a partition only: there it refuses where records lie before that are not to be deleted, and the notes of operators between them go too.',
    )
    .argument('[ids...]', 'as "list" prints them')
    .option('--all', 'all that the filters leave')
    .option('--yes', 'delete them')
    .addHelpText(
      'after',
      examples(
        'sealwire quarantine purge --all --kafka localhost:9093 --agent operator',
        'sealwire quarantine purge 0@17 0@18 --yes --kafka localhost:9093 --agent operator',
        'sealwire quarantine purge --all --code ERR_FORMAT_ --yes --rabbitmq amqps://localhost:5671 --agent operator',
      ),
    )
    .action((ids: string[], options: Options) => purge(ids, options, streams, outcome));
}

/** What is told and audited of a record: the bytes of a whole quarantine must not add up in memory. */
interface Told {
  readonly id: string;
  readonly line: string;
  readonly claimed: Claimed | null;
  readonly recordHash: string | null;
  readonly rejected: AuditEvent['facts'];
}

interface Purge {
  readonly options: Options;
  readonly place: QuarantinePlace;
  readonly wanted: Filter;
  readonly sealwire: Sealwire;
}

async function purge(ids: string[], options: Options, streams: Streams, outcome: Outcome): Promise<void> {
  const place = placeOf(options);
  const wanted = selectionOf(ids, options, place);
  const sealwire = await openSealwire(
    options.policy,
    options.agent === undefined ? {} : { agent: options.agent },
  );
  try {
    const run = { options, place, wanted, sealwire };
    const chosen = await (place.transport === 'kafka' ? purgeTopic(run) : purgeQueue(run));
    const selected = chosen.map(({ id }) => id);
    const missing = ids.filter((id) => !selected.includes(id));
    const done = options.yes === true;
    const ok = done && missing.length === 0;
    printResult(streams, options, outcome, ok, { purged: done ? selected : [], selected, missing }, [
      ...chosen.map(({ line }) => line),
      ...missing.map((id) => `${id}  is not there`),
      done
        ? `${chosen.length} purged from ${place.name}`
        : `Nothing was purged: these are ${chosen.length}. Give --yes to delete them for good.`,
    ]);
  } finally {
    await sealwire.close();
  }
}

/** @throws UsageError ERR_USAGE_QUARANTINE where records that are to stay lie before others that are to go */
async function purgeTopic({ options, place, wanted, sealwire }: Purge): Promise<Told[]> {
  const chosen: Told[] = [];
  const staying: string[] = [];
  await readQuarantine(options, place, (entry) => {
    if (isNote(entry.kept)) return true;
    if (wanted(entry)) chosen.push(toldOf(entry));
    else staying.push(entry.id);
    return true;
  });
  const bounds = new Map<number, bigint>();
  for (const { id } of chosen) {
    const { partition, offset } = kafkaId(id);
    const next = BigInt(offset) + 1n;
    if (next > (bounds.get(partition) ?? 0n)) bounds.set(partition, next);
  }
  const inTheWay = staying.filter((id) => {
    const { partition, offset } = kafkaId(id);
    return BigInt(offset) < (bounds.get(partition) ?? 0n);
  });
  if (inTheWay.length > 0) {
    const told = inTheWay.slice(0, toldIds);
    throw new UsageError(
      'ERR_USAGE_QUARANTINE',
      `Kafka deletes from the beginning of a partition only, and ${inTheWay.length} records would go with these: ${told.join(', ')}${inTheWay.length > told.length ? ', …' : ''}. Purge them as well, or wait for the retention of ${place.name}.`,
    );
  }
  if (options.yes !== true || chosen.length === 0) return chosen;
  const { withRedriveTool } = await import('@sealwire/kafka');
  await withRedriveTool(guardOf(options, 'kafka'), place.broker.split(','), async (tool) => {
    await audit('kafka', sealwire, tool.auditSink(place.policy.auditTarget.kafka), chosen);
    for (const [partition, offset] of bounds) await tool.deleteBefore(place.name, partition, offset);
    await sealwire.close();
  });
  return chosen;
}

async function purgeQueue({ options, place, wanted, sealwire }: Purge): Promise<Told[]> {
  const { holdQueue, redriveTool, withToolConnection } = await import('@sealwire/amqp');
  return withToolConnection(guardOf(options, 'rabbitmq'), place.broker, (model) =>
    holdQueue(model, place.name, async (next) => {
      const chosen: Told[] = [];
      const removals: HeldMessage[] = [];
      for (let held = await next(); held !== null; held = await next()) {
        const entry = entryOf(held.received);
        if (!wanted(entry)) continue;
        chosen.push(toldOf(entry));
        removals.push(held);
      }
      if (options.yes !== true) return chosen;
      const sink = redriveTool(model).auditSink(place.policy.auditTarget.rabbitmq);
      await audit('rabbitmq', sealwire, sink, chosen);
      for (const held of removals) held.remove();
      await sealwire.close();
      return chosen;
    }),
  );
}

/** Before anything is deleted: what cannot be audited stays. */
async function audit(
  transport: Transport,
  sealwire: Sealwire,
  sink: AuditSink,
  entries: readonly Told[],
): Promise<void> {
  await Promise.all(entries.map((entry) => sealwire.report(transport, sink, purgedEvent(entry))));
}

function purgedEvent({ id, claimed, recordHash, rejected }: Told): AuditEvent {
  return {
    kind: 'quarantine.purged',
    timestampMs: Date.now(),
    senderId: claimed?.sender ?? null,
    recipientId: claimed?.recipients.join(',') ?? null,
    messageType: claimed?.type ?? null,
    messageHash: null,
    recordHash,
    channel: claimed?.channel ?? null,
    encryptionStatus: 'failed',
    outcome: 'dropped',
    code: null,
    unverified: true,
    facts: { quarantine_id: id, ...rejected },
  };
}

function toldOf(entry: QuarantineEntry): Told {
  const { id, record } = entry;
  return {
    id,
    line: entryLine(entry),
    claimed: claimedOf(entry),
    recordHash: record?.recordHash ?? null,
    rejected: record === null ? {} : { rejected_by: record.rejectedBy, rejected_for: record.code },
  };
}
