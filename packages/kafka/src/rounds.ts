// Divides sealed records into produce calls that brokers take: sealing makes records larger than the caller counted on.
import type { InClear, Sealed } from '@sealwire/core';
import type { Message, TopicMessages } from 'kafkajs';

/** A record and where it goes: sealed, unless the policy only observes its channel. */
export interface PlacedRecord {
  readonly topic: string;
  readonly partition: number;
  readonly timestamp: string | undefined;
  readonly sealed: Sealed | InClear;
}

/** One produce call. */
export interface Round {
  readonly sealed: (Sealed | InClear)[];
  readonly topicMessages: TopicMessages[];
}

/** Kafka’s default limit of a record batch is 1,048,588 bytes; what kafkajs adds stays below the difference. */
const batchBytes = 1_000_000;
const recordOverheadBytes = 64;

/**
 * Puts records into as few rounds as possible such that no partition gets more than a record batch of a round; a
 * record that is larger by itself goes alone. Order within a partition is kept when rounds are sent one after another.
 * @param toMessage makes kafkajs’ message; it is called once for each record
 */
export function rounds(
  records: readonly PlacedRecord[],
  toMessage: (record: PlacedRecord) => Message,
  limitBytes = batchBytes,
): Round[] {
  const fill = new Map<string, { round: number; bytes: number }[]>();
  const result: { sealed: (Sealed | InClear)[]; topics: Map<string, Message[]> }[] = [];
  for (const record of records) {
    const bytes = sizeOf(record.sealed);
    let partitions = fill.get(record.topic);
    if (partitions === undefined) fill.set(record.topic, (partitions = []));
    const last = (partitions[record.partition] ??= { round: 0, bytes: 0 });
    if (last.bytes > 0 && last.bytes + bytes > limitBytes) {
      last.round++;
      last.bytes = 0;
    }
    last.bytes += bytes;
    const round = (result[last.round] ??= { sealed: [], topics: new Map() });
    round.sealed.push(record.sealed);
    const messages = round.topics.get(record.topic);
    if (messages === undefined) round.topics.set(record.topic, [toMessage(record)]);
    else messages.push(toMessage(record));
  }
  return result.map(({ sealed, topics }) => ({
    sealed,
    topicMessages: Array.from(topics, ([topic, messages]) => ({ topic, messages })),
  }));
}

function sizeOf({ value, key, headers }: Sealed | InClear): number {
  let bytes = recordOverheadBytes + (value?.length ?? 0) + (key?.length ?? 0);
  for (const header of headers) {
    for (const part of header.values) bytes += 16 + header.name.length + part.length;
  }
  return bytes;
}
