// How Kafka consumers remember, by the policy: what adapters make their ledgers with.
import { UsageError, type ReplayRules } from '@sealwire/core';
import type { ChannelPolicy, Policy, PolicyRoutes } from '@sealwire/policy';
import { PartitionLedger, replayAllowance } from '@sealwire/replay';
import { notMapped } from './not-mapped.js';
import { perPolicy } from './per-policy.js';
import { readReplayKey } from './replay-key.js';

/** What replay rules ask of the policy in force. */
export interface ReplayNow {
  readonly policy: Policy;
  readonly routes: Pick<PolicyRoutes, 'mineOverKafka'>;
}

/** Rules that go with the policy in force, and what it must not do to those that went by them. */
export interface FollowedReplayRules extends ReplayRules {
  /** Why a policy cannot follow. */
  obstacles(next: ReplayNow): readonly string[];
}

/**
 * @param now what is in force
 * @param wasMapped whether a topic has been mapped by any policy of this process
 */
export function replayRules(
  now: () => ReplayNow,
  wasMapped: (topic: string) => boolean = () => false,
): FollowedReplayRules {
  const { keyFile, ownKeyFile, onUnverifiable, retryWindowMs } = now().policy.replay;
  let key: Buffer | null = null;
  const ownKey = (): Buffer => (key ??= readReplayKey(keyFile, ownKeyFile));
  const channelsByTopic = perPolicy(
    () => now().policy,
    ({ channels }) => new Map(channels.flatMap((channel) => channel.topics.map((topic) => [topic, channel]))),
  );
  /** @throws UsageError ERR_USAGE_CHANNEL; InabilityError ERR_UNABLE_POLICY where it was mapped once */
  const channelOf = (topic: string): ChannelPolicy => {
    const channel = channelsByTopic().get(topic);
    if (channel !== undefined) return channel;
    if (wasMapped(topic)) throw notMapped({ transport: 'kafka', topic });
    throw new UsageError('ERR_USAGE_CHANNEL', `No channel of ${now().policy.file} maps the topic ${topic}.`);
  };
  /** What producers have held their retries against. */
  let toldMs = Infinity;
  return {
    onUnverifiable,
    get shortestMaxAgeMs() {
      const shortestMs = shortestOf(now().routes);
      toldMs = Math.min(toldMs, shortestMs);
      return shortestMs;
    },
    obstacles: ({ routes }) =>
      toldMs !== Infinity && shortestOf(routes) < toldMs
        ? [
            `max_age of a message type that this agent sends over Kafka is shorter than ${toldMs} ms, which the retries of its producers were held against`,
          ]
        : [],
    window(topic) {
      const { name: channel, maxAgeMs, maxAgeStated: stated } = channelOf(topic);
      return { channel, windowMs: maxAgeMs + 2 * now().policy.skewMs, stated };
    },
    ledger: (place) =>
      new PartitionLedger({
        place,
        key: ownKey(),
        maxAgeMs: channelOf(place.topic).maxAgeMs,
        skewMs: now().policy.skewMs,
        retryWindowMs,
      }),
    allowance(place, from, to) {
      channelOf(place.topic);
      return replayAllowance(ownKey(), place, from, to);
    },
  };
}

const shortestOf = (routes: ReplayNow['routes']): number =>
  routes.mineOverKafka().reduce((shortest, { maxAgeMs }) => Math.min(shortest, maxAgeMs), Infinity);

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
