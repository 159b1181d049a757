// Messages as a ledger meets them, without envelopes.
import type { Received, Rejected, Session, Vouched } from '@sealwire/core';
import { PartitionLedger, type LedgerOptions } from '../src/index.js';

export const place = { cluster: 'c1', group: 'g', topic: 't', partition: 3 };
export const key = Buffer.alloc(32, 7);
export const maxAgeMs = 10_000;
export const skewMs = 100;
export const windowMs = maxAgeMs + 2 * skewMs;

export const ledger = (more: Partial<LedgerOptions> = {}): PartitionLedger =>
  new PartitionLedger({ place, key, maxAgeMs, skewMs, retryWindowMs: 1000, ...more });

const sessions = new Map<string, Session>();

/** One object for each sender and instance, as the envelope has it. */
export function session(sender = 'alice', instance = 0): Session {
  const name = `${sender} ${instance}`;
  let known = sessions.get(name);
  if (known === undefined) {
    const bytes = Buffer.alloc(16);
    bytes.writeUInt32BE(instance);
    sessions.set(name, (known = { sender, instance: bytes } as Session));
  }
  return known;
}

export interface Arrival {
  readonly offset: number;
  readonly sequence: number;
  readonly sender?: string;
  readonly instance?: number;
  readonly stream?: number;
  readonly issued?: number;
  /** The broker’s stamp; `null`: there is none, and it was received at `received`. */
  readonly appended?: number | null;
  readonly received?: number;
}

export function arrival(given: Arrival): Vouched {
  const { offset, sequence, sender, instance, stream = 0, issued = 1_000_000 } = given;
  const { appended = issued, received = issued } = given;
  return {
    received: {
      source: { transport: 'kafka', topic: 't', partition: 3, offset: `${offset}` },
      appendedAtMs: appended,
      receivedAtMs: received,
    } as Received,
    session: session(sender, instance),
    header: { stream, sequence, issuedAtMs: issued },
  } as unknown as Vouched;
}

export type Verdict = 'accepted' | 'duplicate' | 'replay' | 'limit' | 'doubtful';

const verdicts: Readonly<Record<string, Verdict>> = {
  ERR_POLICY_DUPLICATE: 'duplicate',
  ERR_POLICY_REPLAY: 'replay',
  ERR_POLICY_REPLAY_LIMIT: 'limit',
};

/** Judges a batch as the journey does, and lets a later stage reject some of it. */
export function judge(
  memory: PartitionLedger,
  batch: readonly Arrival[],
  rejects: (arrival: Arrival) => boolean = () => false,
): Verdict[] {
  const messages = batch.map(arrival);
  memory.begin(messages[0]!.received);
  const results = messages.map((message): Verdict => {
    try {
      return memory.admit(message) ? 'doubtful' : 'accepted';
    } catch (error) {
      const known = verdicts[(error as Pick<Rejected, 'code'>).code];
      if (known === undefined) throw error;
      return known;
    }
  });
  const rejected = messages.filter(
    (_, i) => rejects(batch[i]!) || !['accepted', 'doubtful'].includes(results[i]!),
  );
  memory.withdraw(rejected.map(({ received }) => received));
  memory.passed(batch.at(-1)!.offset + 1);
  return results;
}
