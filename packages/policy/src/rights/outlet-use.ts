// What an agent has to write to a transport’s quarantine and audit trail, by the same rules as its rights.
import type { Directory, Transport } from '@sealwire/core';
import type { ChannelPolicy, PolicyTemplate } from '../policy.js';
import { agentParts, type AgentPart } from './agent-part.js';

/** Whether an agent needs to write there. */
export interface OutletUse {
  readonly quarantine: boolean;
  readonly audit: boolean;
}

/**
 * Answers from routes and directory; no broker, certificate or password is looked at.
 * Whoever has `false` gets no right there from `kafkaRights` and `rabbitmqRights`, but for what it sends by the same exchange.
 */
export function outletUse(
  template: PolicyTemplate,
  directory: Pick<Directory, 'isMember' | 'version'>,
  agent: string,
  transport: Transport,
): OutletUse {
  const [part] = agentParts(template, directory, [agent]);
  return {
    quarantine: quarantinesOver(template, part!, transport),
    audit: auditsOver(template, part!, transport),
  };
}

/** Events of another transport go to a sink that is named, and those of its own to the transport otherwise. */
export function auditsOver(template: PolicyTemplate, part: AgentPart, transport: Transport): boolean {
  const { sinks } = template.audit;
  const { sends, receives, redrives } = part;
  if (sinks.includes(transport)) return redrives || sends.size + receives.size > 0;
  if (!sinks.includes('own')) return false;
  return (
    [...sends.keys()].some((channel) => isSentOver(channel, transport)) ||
    receivesOver(part, transport) ||
    redrivesOver(template, part, transport)
  );
}

function quarantinesOver(template: PolicyTemplate, part: AgentPart, transport: Transport): boolean {
  const { onReject } = template.quarantine[transport];
  return (
    (onReject === 'quarantine' && receivesOver(part, transport)) ||
    // Of Kafka, where the account of what was re-driven lies in the quarantine topic itself.
    (transport === 'kafka' && redrivesOver(template, part, transport))
  );
}

const receivesOver = ({ receives }: AgentPart, transport: Transport): boolean =>
  [...receives.keys()].some((channel) => isReadOver(channel, transport));

const redrivesOver = ({ channels }: PolicyTemplate, { redrives }: AgentPart, transport: Transport): boolean =>
  redrives && channels.some((channel) => isReadOver(channel, transport));

const isSentOver = ({ topics, publish }: ChannelPolicy, transport: Transport): boolean =>
  (transport === 'kafka' ? topics : publish).length > 0;

const isReadOver = ({ topics, queues }: ChannelPolicy, transport: Transport): boolean =>
  (transport === 'kafka' ? topics : queues).length > 0;
