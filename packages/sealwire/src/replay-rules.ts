// How Kafka consumers remember, by the policy: what adapters make their ledgers with.
import { UsageError, type LedgerPlace, type ReplayRules, type Route } from '@sealwire/core';
import type { Policy } from '@sealwire/policy';
import { PartitionLedger, replayAllowance } from '@sealwire/replay';
import { readReplayKey } from './replay-key.js';

/** @param mine what this agent may send over Kafka */
export function replayRules(policy: Policy, mine: readonly Route[]): ReplayRules {
  const { keyFile, ownKeyFile, onUnverifiable, retryWindowMs } = policy.replay;
  let key: Buffer | null = null;
  const ownKey = (): Buffer => (key ??= readReplayKey(keyFile, ownKeyFile));
  const maxAgeOf = ({ topic }: LedgerPlace): number => {
    const channel = policy.channels.find(({ topics }) => topics.includes(topic));
    if (channel === undefined)
      throw new UsageError('ERR_USAGE_CHANNEL', `No channel of ${policy.file} maps the topic ${topic}.`);
    return channel.maxAgeMs;
  };
  return {
    onUnverifiable,
    shortestMaxAgeMs: Math.min(...mine.map(({ maxAgeMs }) => maxAgeMs)),
    ledger: (place) =>
      new PartitionLedger({
        place,
        key: ownKey(),
        maxAgeMs: maxAgeOf(place),
        skewMs: policy.skewMs,
        retryWindowMs,
      }),
    allowance(place, from, to) {
      maxAgeOf(place);
      return replayAllowance(ownKey(), place, from, to);
    },
  };
}

/** For a Sealwire that was put together without a policy: it has no consumers. */
export const noReplayRules: ReplayRules = {
  onUnverifiable: 'halt',
  shortestMaxAgeMs: Infinity,
  ledger: () => {
    throw new UsageError('ERR_USAGE_REPLAY', 'This Sealwire has no policy, so it remembers nothing.');
  },
  allowance: () => {
    throw new UsageError('ERR_USAGE_REPLAY', 'This Sealwire has no policy, so it allows nothing.');
  },
};
