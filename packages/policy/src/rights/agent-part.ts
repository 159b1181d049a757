// What each agent does on which channel, by the same rules as its messages are judged by.
import type { Directory } from '@sealwire/core';
import { openSenders } from '../open-senders.js';
import type { ChannelPolicy, PolicyTemplate } from '../policy.js';

/** The channels that an agent has a part in, each with the message types. */
export interface AgentPart {
  readonly agent: string;
  readonly sends: ReadonlyMap<ChannelPolicy, readonly string[]>;
  readonly receives: ReadonlyMap<ChannelPolicy, readonly string[]>;
  /** The directory's groups as whose member it receives, by channel. */
  readonly readsAs: ReadonlyMap<ChannelPolicy, readonly string[]>;
  /** Whether it may have rejected messages delivered after all. */
  readonly redrives: boolean;
}

/** Senders and audiences as routes have them. @param agents all of the directory’s: patterns mean those among them */
export function agentParts(
  template: PolicyTemplate,
  directory: Pick<Directory, 'isMember' | 'version'>,
  agents: readonly string[],
): readonly AgentPart[] {
  const isMeant = openSenders(directory);
  const isOneOf = (agent: string, names: readonly string[]): boolean =>
    names.some((name) => name === agent || directory.isMember(agent, name));

  return agents.map((agent) => {
    const sends = new Map<ChannelPolicy, string[]>();
    const receives = new Map<ChannelPolicy, string[]>();
    const readsAs = new Map<ChannelPolicy, string[]>();
    for (const channel of template.channels) {
      const sent = channel.messages.filter(({ from }) => isMeant(from, agent));
      const received = channel.messages.filter(({ to }) => isOneOf(agent, to));
      if (sent.length > 0)
        sends.set(
          channel,
          sent.map(({ type }) => type),
        );
      if (received.length === 0) continue;
      receives.set(
        channel,
        received.map(({ type }) => type),
      );
      const audiences = received.flatMap(({ to }) => to);
      readsAs.set(
        channel,
        [...new Set(audiences)].filter((name) => directory.isMember(agent, name)),
      );
    }
    return { agent, sends, receives, readsAs, redrives: isMeant(template.redrive.by, agent) };
  });
}
