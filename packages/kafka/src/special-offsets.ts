// The offsets that mean a place rather than a number: −1 the end of a partition, −2 its beginning.
import type { TopicPartitionOffset } from 'kafkajs';

/** kafkajs’ answer about one topic. */
export type TopicOffsets = readonly {
  readonly partition: number;
  readonly high: string;
  readonly low: string;
}[];

export const isSpecial = (offset: unknown): boolean =>
  offset === '-1' || offset === '-2' || offset === -1 || offset === -2;

/** @throws Error where the topic has no such partition */
export function specialOffset(
  offsets: TopicOffsets,
  { topic, partition, offset }: TopicPartitionOffset,
): string {
  const place = offsets.find((each) => each.partition === partition);
  if (place === undefined) throw new Error(`"${topic}" has no partition ${partition}`);
  return Number(offset) === -1 ? place.high : place.low;
}
