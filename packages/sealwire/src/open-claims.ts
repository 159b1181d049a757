// The replay guard of RabbitMQ, as the policy describes it.
import { UsageError, type Clock } from '@sealwire/core';
import type { Policy } from '@sealwire/policy';
import { ClaimKeeper, openSqliteStore } from '@sealwire/replay';

/**
 * Opens nothing yet: a process that only publishes needs no store, and must not take the lock of one that consumes.
 * @returns `null` where the policy has no queues
 */
export function openClaims(policy: Policy, clock: Clock): ClaimKeeper | null {
  const channels = new Map(policy.channels.map((channel) => [channel.name, channel]));
  if (!policy.channels.some(({ queues }) => queues.length > 0)) return null;
  const { leaseMs, store } = policy.replay;
  return new ClaimKeeper({
    open: () => {
      if ('file' in store) return openSqliteStore(store);
      throw new UsageError('ERR_USAGE_REPLAY', 'Redis is not supported yet; write replay.store.sqlite.');
    },
    realm: policy.realm,
    receiverOf(channel) {
      const competing = channels.get(channel)?.competing ?? null;
      return typeof competing === 'string' ? competing : policy.agent;
    },
    // Age is judged at receipt; sender, receiver and store may each be off by the skew.
    windowMsOf: (channel) => (channels.get(channel)?.maxAgeMs ?? 0) + 2 * policy.skewMs,
    leaseMs,
    clock,
  });
}
