// What is sent: random bytes, which nothing can compress, and real messages of agents.
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';

export function randomPayloads(count: number, bytes: number): Buffer[] {
  return Array.from({ length: count }, () => randomBytes(bytes));
}

/** A value, and the record key under which its conversation stays in order. */
export interface Payload {
  readonly key: string | null;
  readonly value: Buffer;
}

/** The 5,198 messages of test/data, median 278 bytes, keyed by conversation. */
export function agentMessages(): Payload[] {
  const file = new URL('../data/agent-messages.jsonl', import.meta.url);
  return readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => ({
      key: (JSON.parse(line) as { conversation: string }).conversation,
      value: Buffer.from(line),
    }));
}

/** Repeats or cuts a list to a length. */
export function cycled<Item>(items: readonly Item[], length: number): Item[] {
  return Array.from({ length }, (_, i) => items[i % items.length]!);
}

export function inBatches<Item>(items: readonly Item[], size: number): Item[][] {
  const batches: Item[][] = [];
  for (let at = 0; at < items.length; at += size) batches.push(items.slice(at, at + size));
  return batches;
}
