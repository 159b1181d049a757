// The policies of an arena: the one that its agents are under, and what two of them would rather have.
import { writePolicy, type ChannelOptions, type PolicyOptions } from '../fixture.ts';

/** Names on the brokers. Each is a topic and a queue, but for the exchange, the tap and the consumer group. */
export interface ArenaNames {
  readonly inbox: string;
  readonly otherChannel: string;
  readonly quarantine: string;
  /** Topic and exchange. */
  readonly audit: string;
  /** The exchange that agents publish to; routing keys are the queues’ names. */
  readonly exchange: string;
  /** The queue in which an insider collects copies of what goes to the inbox. */
  readonly tap: string;
  readonly group: string;
}

/** Files. */
export interface ArenaPolicies {
  readonly real: string;
  /** Allows the intern, and nobody else, to send. */
  readonly ofIntern: string;
  /** Seals for the auditors in place of the team. */
  readonly forAuditors: string;
}

/** @param channels further channels of the real policy */
export function writeArenaPolicies(
  names: ArenaNames,
  channels: PolicyOptions['channels'] = {},
): ArenaPolicies {
  const { quarantine, audit } = names;
  // Attacks follow the original within seconds, and are to be called what they are.
  const replay = '{ retry_window: 0s }';
  const write = (own: PolicyOptions['channels']): string =>
    writePolicy({ channels: own, quarantine, audit, replay });
  return {
    real: write({ ...channels, ...arenaChannels(names, 'orchestrator', 'team') }),
    ofIntern: write(arenaChannels(names, 'intern', 'team')),
    forAuditors: write(arenaChannels(names, 'orchestrator', 'auditors')),
  };
}

function arenaChannels(
  { inbox, otherChannel, exchange }: ArenaNames,
  from: string,
  to: string,
): Record<string, ChannelOptions> {
  const channel = (name: string): ChannelOptions => ({
    topics: [name],
    queues: [name],
    publish: [{ exchange, routingKey: name }],
    from: [from],
    to: [to],
    clearHeaders: ['tenant'],
  });
  return { inbox: channel(inbox), 'other-channel': channel(otherChannel) };
}
