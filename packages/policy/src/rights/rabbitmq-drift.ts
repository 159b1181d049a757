// What RabbitMQ allows against what the policy asks for, and what would bring it there.
import type { RabbitmqPermission, RabbitmqTopicPermission } from '@sealwire/core';
import type { PolicyTemplate } from '../policy.js';
import {
  alternativesOf,
  fromAlternatives,
  matchesName,
  nameAlternative,
  routingKeyAlternative,
} from './permission-pattern.js';
import { defaultExchange, type RabbitmqAct, type RabbitmqRight } from './rabbitmq-rights.js';

/** What a virtual host has. */
export interface RabbitmqState {
  readonly users: readonly string[];
  readonly permissions: readonly RabbitmqPermission[];
  readonly topicPermissions: readonly RabbitmqTopicPermission[];
}

/** A part of a user's permission that reaches what the policy does not give it. */
export interface RabbitmqExcess {
  readonly user: string;
  readonly act: RabbitmqAct | 'route';
  /** Of `route`: the exchange. */
  readonly exchange: string | null;
  /** As the broker has it. */
  readonly expression: string;
  /** Queues and exchanges of the policy's; or the keys, as the broker has them. */
  readonly reaches: readonly string[];
}

export interface RabbitmqDrift {
  readonly vhost: string;
  /** Asked for, and not there. */
  readonly missing: readonly RabbitmqRight[];
  /** Of the agents' users, and not by the policy. */
  readonly unknown: readonly RabbitmqExcess[];
  /** Of users that are no agent's, on the policy's queues and exchanges: they are told, and left. */
  readonly wide: readonly RabbitmqExcess[];
  /** Of the users that the policy leaves alone. */
  readonly others: readonly RabbitmqExcess[];
  /** Users of agents that the broker does not have: make them first, with a password or a certificate. */
  readonly absentUsers: readonly string[];
  /** How many rights are there as they are asked for. */
  readonly inPlace: number;
}

/** What is to be set: whole entries, as RabbitMQ has them. */
export interface RabbitmqChanges {
  readonly permissions: readonly RabbitmqPermission[];
  readonly topicPermissions: readonly RabbitmqTopicPermission[];
  /** Users whose permission is to be removed. */
  readonly removed: readonly string[];
}

const acts = ['configure', 'write', 'read'] as const;

/** Compares what `rabbitmqRights` asks for with what a virtual host has. */
export function rabbitmqDrift(
  template: PolicyTemplate,
  rights: readonly RabbitmqRight[],
  agentUsers: ReadonlySet<string>,
  state: RabbitmqState,
): RabbitmqDrift {
  const { vhost, others: leftAlone } = template.acl.rabbitmq;
  const known = new Set(state.users);
  const permissions = new Map(state.permissions.map((each) => [each.user, each]));
  const topics = new Map(state.topicPermissions.map((each) => [topicKey(each.user, each.exchange), each]));
  const missing = rights.filter(({ user, act, name, routingKey }) =>
    act === 'route'
      ? !has(topics.get(topicKey(user, name))?.write, routingKeyAlternative(routingKey!))
      : !matchesName(permissions.get(user)?.[act] ?? '', name),
  );
  const excess = {
    unknown: [] as RabbitmqExcess[],
    wide: [] as RabbitmqExcess[],
    others: [] as RabbitmqExcess[],
  };
  const names = ownNames(template);
  for (const permission of state.permissions)
    for (const act of acts) {
      const { user, [act]: expression } = permission;
      const wanted = new Set(rightsOf(rights, user, act).map(({ name }) => name));
      const reaches = names.filter((name) => !wanted.has(name) && matchesName(expression, name));
      if (reaches.length === 0) continue;
      const kind = leftAlone.has(user) ? 'others' : agentUsers.has(user) ? 'unknown' : 'wide';
      excess[kind].push({ user, act, exchange: null, expression, reaches });
    }
  for (const { user, exchange, write } of state.topicPermissions) {
    const wanted = new Set(routesOf(rights, user, exchange));
    if (wanted.size === 0 || leftAlone.has(user)) continue;
    const given = alternativesOf(write);
    const reaches = given === null ? [write] : [...given].filter((one) => !wanted.has(one));
    if (reaches.length > 0) excess.unknown.push({ user, act: 'route', exchange, expression: write, reaches });
  }
  const absentUsers = [...new Set(rights.map(({ user }) => user))].filter((user) => !known.has(user));
  return { vhost, missing, ...excess, absentUsers, inPlace: rights.length - missing.length };
}

/** Whether nothing is to be told. */
export const isRabbitmqInOrder = ({ missing, unknown, wide, absentUsers }: RabbitmqDrift): boolean =>
  missing.length + unknown.length + wide.length + absentUsers.length === 0;

/**
 * What brings a virtual host to what is asked for. An expression of another form than ours cannot be added to: it is
 * replaced, with `prune` only.
 */
export function rabbitmqChanges(
  { missing, unknown, absentUsers }: RabbitmqDrift,
  rights: readonly RabbitmqRight[],
  state: RabbitmqState,
  prune: boolean,
): RabbitmqChanges {
  const touched = [...missing, ...(prune ? unknown : [])];
  const users = (isRoute: boolean): string[] =>
    [...new Set(touched.filter(({ act }) => (act === 'route') === isRoute).map(({ user }) => user))].filter(
      (user) => !absentUsers.includes(user),
    );
  const merged = (given: string | undefined, wanted: readonly string[]): string => {
    const kept = given === undefined ? new Set<string>() : alternativesOf(given);
    if (prune || kept?.size === 0) return fromAlternatives(wanted);
    return kept === null ? given! : fromAlternatives([...kept, ...wanted]);
  };
  const permissions: RabbitmqPermission[] = [];
  const removed: string[] = [];
  for (const user of users(false)) {
    const before = state.permissions.find((each) => each.user === user);
    const wanted = (act: RabbitmqAct): string =>
      merged(
        before?.[act],
        rightsOf(rights, user, act).map(({ name }) => nameAlternative(name)),
      );
    const after = { user, configure: wanted('configure'), write: wanted('write'), read: wanted('read') };
    if (rights.every((right) => right.user !== user)) removed.push(user);
    else if (before === undefined || acts.some((act) => before[act] !== after[act])) permissions.push(after);
  }
  const topicPermissions: RabbitmqTopicPermission[] = [];
  for (const user of users(true))
    for (const exchange of new Set(
      rights.filter((each) => each.user === user && each.act === 'route').map(({ name }) => name),
    )) {
      const before = state.topicPermissions.find((each) => each.user === user && each.exchange === exchange);
      const write = merged(before?.write, routesOf(rights, user, exchange));
      if (before?.write !== write)
        topicPermissions.push({ user, exchange, write, read: before?.read ?? fromAlternatives([]) });
    }
  return { permissions, topicPermissions, removed };
}

const topicKey = (user: string, exchange: string): string => JSON.stringify([user, exchange]);

const has = (expression: string | undefined, alternative: string): boolean =>
  expression !== undefined && alternativesOf(expression)?.has(alternative) === true;

const rightsOf = (rights: readonly RabbitmqRight[], user: string, act: RabbitmqAct): RabbitmqRight[] =>
  rights.filter((right) => right.user === user && right.act === act);

const routesOf = (rights: readonly RabbitmqRight[], user: string, exchange: string): string[] =>
  rights
    .filter((right) => right.user === user && right.act === 'route' && right.name === exchange)
    .map(({ routingKey }) => routingKeyAlternative(routingKey!));

/** Queues and exchanges that the policy names, and the exchange that reaches each of its queues. */
function ownNames({ channels, quarantine, auditTarget }: PolicyTemplate): string[] {
  const { name, exchange = '' } = quarantine.rabbitmq;
  const named = [
    ...channels.flatMap(({ publish, queues }) => [...publish.map((target) => target.exchange), ...queues]),
    name,
    exchange,
    auditTarget.rabbitmq,
  ];
  return [...new Set([...named, defaultExchange])].filter((each) => each !== '');
}
