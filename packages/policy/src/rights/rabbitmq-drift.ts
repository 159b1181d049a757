// What RabbitMQ allows against what the policy asks for, and what would bring it there.
import type { RabbitmqPermission, RabbitmqTopicPermission } from '@sealwire/core';
import type { PolicyTemplate } from '../policy.js';
import {
  alternativesOf,
  fromAlternatives,
  matchesName,
  nameAlternative,
  prefixAlternative,
  routingKeyAlternative,
  surelyMatchesName,
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
  const missing = rights.filter(({ user, act, name, pattern, routingKey }) =>
    act === 'route'
      ? !has(topics.get(topicKey(user, name))?.write, routingKeyAlternative(routingKey!)) &&
        // Without an entry any key may be used: one that is made would take the rest from who is left alone.
        !(leftAlone.has(user) && !topics.has(topicKey(user, name)))
      : !surelyGives(permissions.get(user)?.[act] ?? '', { name, pattern }),
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
 * What brings a virtual host to what is asked for. Only what the drift tells is touched: an expression is added to where
 * a right is missing, and with `prune` loses what is told as `unknown`. Alternatives that reach nothing of that are kept.
 * An expression of another form than ours cannot be added to or taken from: it is replaced, with `prune` and where it is
 * told as `unknown` only. So users that the policy leaves alone lose nothing.
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
  const excessOf = (user: string, act: RabbitmqRight['act'], exchange: string | null): Excess =>
    (prune && unknown.find((one) => one.user === user && one.act === act && one.exchange === exchange)) ||
    null;
  const lacks = (user: string, act: RabbitmqAct): boolean =>
    missing.some((one) => one.user === user && one.act === act);
  const permissions: RabbitmqPermission[] = [];
  const removed: string[] = [];
  for (const user of users(false)) {
    const before = state.permissions.find((each) => each.user === user);
    const after = (act: RabbitmqAct): string => {
      const given = before?.[act];
      const excess = excessOf(user, act, null);
      if (excess === null && !lacks(user, act)) return given ?? fromAlternatives([]);
      const wanted = rightsOf(rights, user, act).map(alternativeOf);
      return merged(given, wanted, excess);
    };
    const set = { user, configure: after('configure'), write: after('write'), read: after('read') };
    if (before !== undefined && acts.every((act) => alternativesOf(set[act])?.size === 0)) removed.push(user);
    else if (before === undefined || acts.some((act) => before[act] !== set[act])) permissions.push(set);
  }
  const topicPermissions: RabbitmqTopicPermission[] = [];
  for (const user of users(true))
    for (const exchange of new Set(
      rights.filter((each) => each.user === user && each.act === 'route').map(({ name }) => name),
    )) {
      const before = state.topicPermissions.find((each) => each.user === user && each.exchange === exchange);
      const excess = excessOf(user, 'route', exchange);
      if (
        excess === null &&
        !missing.some((one) => one.user === user && one.act === 'route' && one.name === exchange)
      )
        continue;
      const write = merged(before?.write, routesOf(rights, user, exchange), excess);
      if (before?.write !== write)
        topicPermissions.push({ user, exchange, write, read: before?.read ?? fromAlternatives([]) });
    }
  return { permissions, topicPermissions, removed };
}

type Excess = RabbitmqExcess | null;

/** One expression with what is wanted, and without what is too much where that is to go. */
function merged(given: string | undefined, wanted: readonly string[], excess: Excess): string {
  const parts = given === undefined ? new Set<string>() : alternativesOf(given);
  if (excess === null) return parts === null ? given! : fromAlternatives([...parts, ...wanted]);
  // Keys are those of an exchange of the policy's: all that it does not ask for are too much, and told.
  const kept = excess.act === 'route' ? [] : [...(parts ?? [])].filter((part) => !reachesAny(part, excess));
  return fromAlternatives([...kept, ...wanted]);
}

const reachesAny = (alternative: string, { reaches }: RabbitmqExcess): boolean =>
  reaches.some((name) => matchesName(fromAlternatives([alternative]), name));

const alternativeOf = ({ name, pattern }: Pick<RabbitmqRight, 'name' | 'pattern'>): string =>
  pattern === 'Literal' ? nameAlternative(name) : prefixAlternative(name);

/** What a name may go on with: an expression that matches all of these does not limit it. */
const endings = ['', '0'.repeat(32), 'f-z'];

const surelyGives = (expression: string, right: Pick<RabbitmqRight, 'name' | 'pattern'>): boolean =>
  right.pattern === 'Literal'
    ? surelyMatchesName(expression, right.name)
    : endings.every((ending) => surelyMatchesName(expression, right.name + ending));

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
function ownNames({ channels, quarantine, auditTarget, audit }: PolicyTemplate): string[] {
  const { name, exchange = '' } = quarantine.rabbitmq;
  const named = [
    ...channels.flatMap(({ publish, queues }) => [...publish.map((target) => target.exchange), ...queues]),
    name,
    exchange,
    auditTarget.rabbitmq,
    audit.checkpoint.exchange ?? '',
  ];
  return [...new Set([...named, defaultExchange])].filter((each) => each !== '');
}
