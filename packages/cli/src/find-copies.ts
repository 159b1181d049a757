// Looks through a partition for other copies of messages that are to be re-driven (sealwire/SPEC.md Q-13).
import { decodeOuter } from '@sealwire/envelope';
import type { ConnectionGuard, Received } from '@sealwire/core';
import type { RedriveTool } from '@sealwire/kafka';

/** One message that copies are looked for of. */
export interface Wanted {
  readonly id: string;
  readonly original: Received;
  readonly issuedAtMs: number;
}

/** What was found in one partition. */
export interface Copies {
  /** Offsets of copies by the id of the message, without its own. */
  readonly byId: ReadonlyMap<string, readonly string[]>;
  /** Whether everything was read that may have been appended since the first of them was issued. */
  readonly complete: boolean;
}

export interface CopySearch {
  readonly guard: ConnectionGuard;
  readonly brokers: readonly string[];
  readonly tool: RedriveTool;
  readonly topic: string;
  readonly partition: number;
  readonly skewMs: number;
}

/** Reads the partition once for all of them, from the issue of the first one on. */
export async function findCopies(search: CopySearch, wanted: readonly Wanted[]): Promise<Copies> {
  const { guard, brokers, tool, topic, partition, skewMs } = search;
  const { low } = await tool.bounds(topic, partition);
  const earliestMs = Math.min(...wanted.map(({ issuedAtMs }) => issuedAtMs)) - skewMs;
  // Only where the broker stamps do times ascend with offsets.
  const stamped = wanted.every(({ original }) => original.appendedAtMs !== null);
  const from = stamped ? await tool.offsetAt(topic, partition, earliestMs) : low;
  const byName = new Map<string, Wanted>();
  for (const one of wanted) {
    const name = nameOf(one.original);
    if (name !== null) byName.set(name, one);
  }
  const byId = new Map<string, string[]>();
  const { readRange } = await import('@sealwire/kafka');
  await readRange(guard, brokers, {
    range: { topic, partition, from, to: null },
    sessions: null,
    take(records) {
      for (const received of records) {
        const one = byName.get(nameOf(received) ?? '');
        if (one === undefined) continue;
        const { offset } = received.source as { readonly offset: string };
        if (offset === (one.original.source as { readonly offset: string }).offset) continue;
        byId.set(one.id, [...(byId.get(one.id) ?? []), offset]);
      }
      return Promise.resolve();
    },
  });
  return { byId, complete: low === 0n || from > low };
}

/** The same for all copies of a message, whichever form its session has: header and mac. Each header has a salt and a position. */
function nameOf({ value, headers }: Received): string | null {
  const envelope = value ?? headers.find(({ name }) => name === 'sealwire')?.values[0];
  if (envelope === undefined) return null;
  try {
    const { header, mac } = decodeOuter(envelope);
    return `${header.toString('latin1')}/${mac.toString('latin1')}`;
  } catch {
    return null;
  }
}
