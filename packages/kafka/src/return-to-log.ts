// Moves a group that the log has left behind to where kafkajs would begin, with its memory, before kafkajs does it without.
import type { StatedOffset } from './commit-as-member.js';
import type { CommittedOffset } from './group-commits.js';
import type { SourceParts } from './ledger-source.js';

export interface ReturnParts extends SourceParts {
  /** Whether the group has no members now. */
  readonly idle: () => Promise<boolean>;
  /** Commits for a group that has no members. */
  readonly commit: (topic: string, offsets: readonly StatedOffset[]) => Promise<void>;
}

/**
 * While the group has members nothing is done: they own the partitions.
 * @param committed what the group has committed for the topic
 */
export async function returnToLog(
  parts: ReturnParts,
  topic: string,
  committed: readonly CommittedOffset[],
  fromBeginning: boolean,
): Promise<void> {
  const bounds = await parts.bounds(topic);
  const lost = committed.flatMap((each) => {
    const offset = Number(each.offset);
    const log = bounds.find(({ partition }) => partition === each.partition);
    if (log === undefined || offset < 0) return [];
    // Beyond the end it is left to kafkajs: the end that it tells is held up by open transactions.
    return offset >= Number(log.low) ? [] : [{ ...each, to: Number(fromBeginning ? log.low : log.high) }];
  });
  if (lost.length === 0 || !(await parts.idle())) return;
  const cluster = await parts.cluster();
  const offsets = lost.map(({ partition, offset, metadata, to }): StatedOffset => {
    const facts = { topic, partition, offset, goesOnAt: to };
    parts.logger.error(
      'The log does not have the offset any more that the group has committed: what lay between is lost',
      facts,
    );
    const place = { cluster, group: parts.group, topic, partition };
    return { partition, offset: `${to}`, metadata: stateAt(parts, place, Number(offset), metadata, to) };
  });
  await parts.commit(topic, offsets);
}

/** Of what lies between, which is gone, the group has accepted nothing. */
function stateAt(
  { rules }: ReturnParts,
  place: Parameters<SourceParts['rules']['ledger']>[0],
  offset: number,
  metadata: string | null,
  to: number,
): string {
  const ledger = rules.ledger(place);
  if (ledger.load(offset, metadata) !== 'state')
    return rules.allowance(place, to, ledger.allowedTo > to ? ledger.allowedTo : 0);
  ledger.passed(to);
  return ledger.metadataAt(to);
}
