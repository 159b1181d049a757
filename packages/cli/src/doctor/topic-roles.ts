// What each Kafka topic of a policy is for, and how long what lies in it can be read.
import { defaultRotation } from '@sealwire/identity';
import type { ChannelPolicy, PolicyTemplate } from '@sealwire/policy';

/** What a topic is for. */
export interface TopicRole {
  readonly what: 'messages' | 'sessions' | 'quarantine' | 'audit' | 'directory';
  readonly channels: readonly ChannelPolicy[];
}

/** @param directoryTopic which no policy names */
export function topicRoles(
  { channels, quarantine, auditTarget }: PolicyTemplate,
  directoryTopic?: string,
): ReadonlyMap<string, TopicRole> {
  const roles = new Map<string, TopicRole>();
  for (const channel of channels) {
    for (const topic of channel.topics) roles.set(topic, { what: 'messages', channels: [channel] });
    if (channel.sessionTopic !== null) {
      const others = roles.get(channel.sessionTopic)?.channels ?? [];
      roles.set(channel.sessionTopic, { what: 'sessions', channels: [...others, channel] });
    }
  }
  const all = channels.filter(({ topics }) => topics.length > 0);
  // Where nothing is quarantined there need be no topic for it.
  if (quarantine.kafka.onReject === 'quarantine')
    roles.set(quarantine.kafka.name, { what: 'quarantine', channels: all });
  roles.set(auditTarget.kafka, { what: 'audit', channels: all });
  if (directoryTopic !== undefined) roles.set(directoryTopic, { what: 'directory', channels: [] });
  return roles;
}

/** How long what was sealed stays readable, by the shortest-lived key of those that it was sealed to. */
export function readableFor({ rotation }: PolicyTemplate, channels: readonly ChannelPolicy[]): number {
  const { destroyAfterMs, destroyAfterByGroup } = rotation ?? defaultRotation;
  const names = channels.flatMap(({ messages }) => messages.flatMap(({ to }) => to));
  return Math.min(...names.map((name) => destroyAfterByGroup.get(name) ?? destroyAfterMs));
}
