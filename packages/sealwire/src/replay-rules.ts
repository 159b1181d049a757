// How Kafka consumers remember, by the policy: what adapters make their ledgers with.
import { UsageError, type ReplayRules, type Route } from '@sealwire/core';
import type { ChannelPolicy, Policy } from '@sealwire/policy';
import { PartitionLedger, replayAllowance } from '@sealwire/replay';
import { readReplayKey } from './replay-key.js';

/** @param mine what this agent may send over Kafka */
export function replayRules(policy: Policy, mine: readonly Route[]): ReplayRules {
  const { keyFile, ownKeyFile, onUnverifiable, retryWindowMs } = policy.replay;
  let key: Buffer | null = null;
  const ownKey = (): Buffer => (key ??= readReplayKey(keyFile, ownKeyFile));
  const channelOf = (topic: string): ChannelPolicy => {
    const channel = policy.channels.find(({ topics }) => topics.includes(topic));
    if (channel === undefined)
      throw new UsageError('ERR_USAGE_CHANNEL', `No channel of ${policy.file} maps the topic ${topic}.`);
    return channel;
  };
  return {
    onUnverifiable,
    shortestMaxAgeMs: Math.min(...mine.map(({ maxAgeMs }) => maxAgeMs)),
    window(topic) {
      const { name: channel, maxAgeMs, maxAgeStated: stated } = channelOf(topic);
      return { channel, windowMs: maxAgeMs + 2 * policy.skewMs, stated };
    },
    ledger: (place) =>
      new PartitionLedger({
        place,
        key: ownKey(),
        maxAgeMs: channelOf(place.topic).maxAgeMs,
        skewMs: policy.skewMs,
        retryWindowMs,
      }),
    allowance(place, from, to) {
      channelOf(place.topic);
      return replayAllowance(ownKey(), place, from, to);
    },
  };
}

/** For a Sealwire that was put together without a policy: it has no consumers. */
export const noReplayRules: ReplayRules = {
  onUnverifiable: 'halt',
  shortestMaxAgeMs: Infinity,
  window: () => {
    throw new UsageError('ERR_USAGE_REPLAY', 'This Sealwire has no policy, so it remembers nothing.');
  },
  ledger: () => {
    throw new UsageError('ERR_USAGE_REPLAY', 'This Sealwire has no policy, so it remembers nothing.');
  },
  allowance: () => {
    throw new UsageError('ERR_USAGE_REPLAY', 'This Sealwire has no policy, so it allows nothing.');
  },
};
