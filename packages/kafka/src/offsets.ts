// Compares Kafka offsets, which kafkajs has as decimal strings of 64 bits.

/** Negative, zero or positive as `a` is before, at or after `b`. Both are non-negative and without leading zeros. */
export function compareOffsets(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length;
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** How many of `messages`, which ascend by offset, have an offset below `offset`. */
export function countBefore(messages: readonly { readonly offset: string }[], offset: string): number {
  let low = 0;
  let high = messages.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareOffsets(messages[middle]!.offset, offset) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** How many of `messages`, which ascend by offset, have this offset or a lower one. */
export function countUpTo(messages: readonly { readonly offset: string }[], offset: string): number {
  const count = countBefore(messages, offset);
  return messages[count]?.offset === offset ? count + 1 : count;
}

/** An offset as a caller without types may give it: kafkajs takes numbers too. */
export const offsetText = (offset: unknown): string =>
  typeof offset === 'string' ? offset : BigInt(offset as number).toString();

/** The offset after this one: what is committed when this one is done. */
export const nextOffset = (offset: string): string => (BigInt(offset) + 1n).toString();
