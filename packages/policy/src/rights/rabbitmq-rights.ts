// The least that RabbitMQ must allow each agent, so that everything that the policy permits works, and nothing else.
import { noticeQueues, type Directory } from '@sealwire/core';
import type { PolicyTemplate } from '../policy.js';
import { agentParts, type AgentPart } from './agent-part.js';
import { auditsOver } from './outlet-use.js';
import { rabbitmqUser } from './rabbitmq-user.js';

export type RabbitmqAct = 'configure' | 'write' | 'read';

/** One name that a user may configure, write to or read from; or the routing keys that it may use with an exchange. */
export interface RabbitmqRight {
  readonly user: string;
  readonly act: RabbitmqAct | 'route';
  /** A queue or exchange; or how the names of queues begin. */
  readonly name: string;
  readonly pattern: 'Literal' | 'Prefixed';
  /** Of `route`: the keys, as a binding pattern. */
  readonly routingKey: string | null;
  /** Who needs it: several where they share a user. */
  readonly agents: readonly string[];
  readonly why: readonly string[];
}

/** How RabbitMQ calls the exchange without a name in permissions. */
export const defaultExchange = 'amq.default';

/** Beside the quarantine queue: what operators have re-driven. */
const notesQueue = (quarantine: string): string => `${quarantine}.redriven`;

/**
 * Derives the rights from routes and directory; nothing is asked of a broker. Nothing is configured by an agent, but the
 * queue of notes by those who re-drive, and the brief queues that notices of checkpoints are read from: other queues, and
 * exchanges, are made by an administrator.
 * @param agents all of the directory's
 * @throws UsageError ERR_USAGE_POLICY, ERR_USAGE_FILE where it is not known by which name RabbitMQ knows an agent
 */
export function rabbitmqRights(
  template: PolicyTemplate,
  directory: Directory,
  agents: readonly string[],
): readonly RabbitmqRight[] {
  const byKey = new Map<string, RabbitmqRight & { readonly agents: string[]; readonly why: string[] }>();
  for (const part of agentParts(template, directory, agents)) {
    let user: string | null = null;
    const add: Add = (act, name, why, { routingKey = null, pattern = 'Literal' } = {}) => {
      user ??= rabbitmqUser(template, part.agent);
      const key = JSON.stringify([user, act, pattern, name, routingKey]);
      const right = byKey.get(key) ?? { user, act, name, pattern, routingKey, agents: [], why: [] };
      if (!right.agents.includes(part.agent)) right.agents.push(part.agent);
      if (!right.why.includes(why)) right.why.push(why);
      byKey.set(key, right);
    };
    addRights(template, part, add);
  }
  return [...byKey.values()];
}

type Add = (
  act: RabbitmqRight['act'],
  name: string,
  why: string,
  more?: Partial<Pick<RabbitmqRight, 'routingKey' | 'pattern'>>,
) => void;

function addRights(template: PolicyTemplate, part: AgentPart, add: Add): void {
  const { onReject, name: quarantine, exchange: quarantineExchange = '' } = template.quarantine.rabbitmq;
  const publishes = (exchange: string, routingKey: string, why: string): void => {
    add('write', exchange === '' ? defaultExchange : exchange, why);
    // The default exchange cannot be limited so.
    if (exchange !== '') add('route', exchange, why, { routingKey });
  };
  const { sinks, checkpoint } = template.audit;
  const audits = (): void => {
    if (!auditsOver(template, part, 'rabbitmq')) return;
    publishes(template.auditTarget.rabbitmq, '#', 'leaves its audit trail');
    if (checkpoint.exchange !== null) witnesses(checkpoint.exchange, part.agent, add);
  };
  // Events of another transport go here too.
  if (sinks.includes('rabbitmq')) audits();

  for (const [channel, types] of part.sends)
    for (const { exchange, routingKey } of channel.publish) {
      publishes(exchange, routingKey, `sends ${types.join(', ')} on ${channel.name}`);
      audits();
    }
  for (const [channel, types] of part.receives)
    for (const queue of channel.queues) {
      add('read', queue, `receives ${types.join(', ')} on ${channel.name}`);
      if (onReject === 'quarantine') publishes(quarantineExchange, '#', 'quarantines what it rejects');
      audits();
    }
  if (!part.redrives || !template.channels.some(({ queues }) => queues.length > 0)) return;
  const why = 're-drives rejected messages';
  add('read', quarantine, why);
  for (const act of ['configure', 'read'] as const)
    add(act, notesQueue(quarantine), 'keeps account of what it re-drives');
  add('write', defaultExchange, why);
  audits();
}

/** Writing to a queue and reading from an exchange is what binding one to the other takes. */
function witnesses(exchange: string, agent: string, add: Add): void {
  const why = 'tells of its checkpoints, and hears of others’';
  for (const act of ['write', 'read'] as const) add(act, exchange, why);
  for (const act of ['configure', 'write', 'read'] as const)
    add(act, noticeQueues(agent), why, { pattern: 'Prefixed' });
}
