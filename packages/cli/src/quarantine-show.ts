// `sealwire quarantine show`: everything about one quarantined record, and what verifies of it now.
import type { Command } from 'commander';
import { recordHash, UsageError } from '@sealwire/core';
import { nodePrimitives } from '@sealwire/crypto';
import { inspect, recordVerifier, type KeptRecord } from '@sealwire/envelope';
import { inspectionLines } from './inspection-lines.js';
import { examples, iso } from './operator.js';
import { printResult, type Outcome } from './outcome.js';
import type { Streams } from './output.js';
import { placeText, shownEntry } from './quarantine-entry.js';
import { placeOf, withQuarantine, type QuarantineOptions } from './quarantine-options.js';
import { readDirectory } from './read-directory.js';
import { findEntry } from './find-entry.js';
import { resultOf } from './verify-result.js';
import { visibleText } from './visible-text.js';

export function addQuarantineShow(quarantine: Command, streams: Streams, outcome: Outcome): void {
  withQuarantine(quarantine.command('show'))
    .summary('show one quarantined record, and what verifies of it now')
    .description(
      'Shows all that is noted beside a quarantined record, its fields as "inspect" does, and whether its signature verifies by the directory as it is now, as "verify" does. Needs no private key but that of the connection; nobody’s payload is opened.',
    )
    .argument('<id>', 'as "list" prints it')
    .addHelpText(
      'after',
      examples(
        'sealwire quarantine show 0@17 --kafka localhost:9093 --agent operator',
        'sealwire quarantine show 4f2a9c0b17d3e865 --rabbitmq amqps://localhost:5671 --agent operator --json',
      ),
    )
    .action((id: string, options: QuarantineOptions) => show(id, options, streams, outcome));
}

async function show(
  id: string,
  options: QuarantineOptions,
  streams: Streams,
  outcome: Outcome,
): Promise<void> {
  const place = placeOf(options);
  const entry = await findEntry(options, place, id);
  const { record } = entry;
  const shown = shownEntry(entry);
  if (record === null || shown.foreign)
    throw new UsageError(
      'ERR_USAGE_QUARANTINE',
      `${id} in ${place.name} was not written by an adapter: there is nothing beside it to show. Look at it with "sealwire inspect".`,
    );
  const { original, session } = record;
  const kept: KeptRecord = { ...original, session };
  const inspected = inspect(kept);
  const whole = !record.shortened && recordHash(original).toString('hex') === record.recordHash;
  const { policy } = place;
  const directory = readDirectory(policy.directory, policy.realm, Infinity);
  const { skewMs, maxMessageBytes } = policy;
  const atMs = original.appendedAtMs ?? original.receivedAtMs;
  const verify = recordVerifier({ primitives: nodePrimitives, directory, skewMs, maxMessageBytes });
  const now = resultOf(id, atMs, verify(kept, atMs));
  const lines = [
    `${id} in ${place.name}`,
    `rejected      ${shown.rejectedAt} by ${JSON.stringify(shown.rejectedBy)}`,
    `code          ${shown.code}`,
    `reason        ${visibleText(shown.reason ?? 'not noted')}`,
    `read from     ${placeText(original.source)}`,
    `received      ${shown.receivedAt}${shown.appendedAt === null ? '' : `, appended ${shown.appendedAt}`}`,
    whole
      ? 'kept          whole: its bytes are those that were rejected'
      : `kept          ${record.shortened ? 'its first 4 KiB only' : 'NOT the bytes that were rejected: their hash is another'}`,
    now.verified
      ? `signature     verifies by the directory as it is now, judged at ${iso(atMs)}: ${JSON.stringify(now.sender)} sent it${now.keyRevoked ? ' (its key was revoked later)' : ''}`
      : `signature     does NOT verify, ${now.code}: ${now.reason}`,
    '',
    ...inspectionLines(`${id}, the original`, inspected),
  ];
  printResult(
    streams,
    options,
    outcome,
    true,
    { ...shown, whole, verification: now, inspection: inspected },
    lines,
  );
}
