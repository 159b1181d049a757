// Who may send what to whom: the policy's answers at the rate of messages.
import {
  PolicyError,
  redriveType,
  UsageError,
  type Destination,
  type Directory,
  type PlaintextTerms,
  type Route,
  type Routes,
} from '@sealwire/core';
import { BindingTree } from './binding-tree.js';
import { openSenders } from './open-senders.js';
import type { ChannelPolicy, Policy } from './policy.js';

export interface PolicyRoutes extends Routes {
  /** Whether the route lists this agent as a sender: by name, by a pattern, or through a group that it is a member of. */
  senderAllowed(route: Route, sender: string): boolean;
  /** What this agent may send over Kafka. */
  mineOverKafka(): readonly Route[];
}

interface Channel {
  readonly name: string;
  readonly sessionTopic: string | null;
  readonly byType: ReadonlyMap<string, Route>;
  readonly all: readonly Route[];
  readonly plaintext: PlaintextTerms | null;
}

/** The routes of a channel that this agent may use now. */
type MineOn = (channel: Channel) => readonly Route[];

const noSchema = Buffer.alloc(0);

/**
 * Resolves the channels of a policy for one agent. Routes are made once: the same permission is the same object.
 * Membership is the directory’s of now, whenever it is asked.
 * @param hashOf SHA-256 of a payload schema that the policy names, by its path; without it such a policy has no routes
 */
export function openRoutes(
  policy: Policy,
  directory: Directory,
  agent: string,
  hashOf: (schemaFile: string) => Buffer = unhashed,
): PolicyRoutes {
  const steps = routesInSteps(policy, directory, agent, hashOf, null);
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}

/**
 * As `openRoutes`, a channel a step: for whoever must not hold up an event loop.
 * @param before routes that were in force until now: a permission that has not changed stays the same object, so that
 * what is kept under it, a session for instance, lives on
 */
export function* routesInSteps(
  policy: Policy,
  directory: Directory,
  agent: string,
  hashOf: (schemaFile: string) => Buffer,
  before: Pick<PolicyRoutes, 'inbound'> | null,
): Generator<undefined, PolicyRoutes, undefined> {
  const means = openSenders(directory);
  const senderAllowed = (route: Route, sender: string): boolean => means(route.senders, sender);
  const mineOn: MineOn = ({ byType }) => [...byType.values()].filter((route) => senderAllowed(route, agent));
  const byName = new Map<string, Channel>();
  const byTopic = new Map<string, Channel>();
  const byQueue = new Map<string, Channel>();
  /** No key means two channels: the policy was refused otherwise. */
  const byExchange = new Map<string, BindingTree<Channel>>();
  for (const channelPolicy of policy.channels) {
    const byType = new Map(
      routesOf(channelPolicy, hashOf).map((route) => [route.type, sameOr(route, before)]),
    );
    const { name, sessionTopic, plaintext } = channelPolicy;
    const channel = { name, sessionTopic, byType, all: [...byType.values()], plaintext };
    byName.set(channel.name, channel);
    for (const topic of channelPolicy.topics) byTopic.set(topic, channel);
    for (const queue of channelPolicy.queues) byQueue.set(queue, channel);
    for (const target of channelPolicy.publish) {
      const exchange = byExchange.get(target.exchange) ?? new BindingTree<Channel>();
      exchange.add(target.routingKey, channel);
      byExchange.set(target.exchange, exchange);
    }
    // What this agent may send is found out now, and not by the first message.
    for (const route of byType.values()) senderAllowed(route, agent);
    yield;
  }
  const channelFor = (to: Destination): Channel | null =>
    (to.transport === 'kafka' ? byTopic.get(to.topic) : byExchange.get(to.exchange)?.first(to.routingKey)) ??
    null;

  return {
    outbound(destination, description) {
      const channel = channelFor(destination) ?? unmapped(destination, policy.file);
      const { type } = description;
      const route = type === undefined ? only(channel, mineOn(channel), agent) : known(channel, type);
      if (!senderAllowed(route, agent))
        throw new PolicyError(
          'ERR_POLICY_SENDER',
          `${agent} may not send ${route.type} on channel ${channel.name}; add it to "from" in the policy.`,
        );
      if (description.contentType !== undefined && description.contentType !== route.contentType)
        throw new PolicyError(
          'ERR_POLICY_TYPE',
          `Channel ${channel.name} carries ${route.type} as ${route.contentType}; send that, or change content_type in the policy.`,
        );
      return route;
    },
    channelOf(source) {
      const channel = source.transport === 'kafka' ? byTopic.get(source.topic) : byQueue.get(source.queue);
      return channel?.name ?? null;
    },
    sessionTopicOf: (source) =>
      (source.transport === 'kafka' ? byTopic.get(source.topic)?.sessionTopic : null) ?? null,
    on: (channel) => byName.get(channel)?.all ?? [],
    channelTo: (destination) => channelFor(destination)?.name ?? null,
    admitPlaintext: policy.channels.some(({ plaintext }) => plaintext !== null),
    plaintextOn: (channel) => byName.get(channel)?.plaintext ?? null,
    inbound: (channel, type) => byName.get(channel)?.byType.get(type) ?? null,
    redrive: redriveRoutes(policy, (channel) => byName.get(channel)?.byType.values()),
    senderAllowed,
    means,
    mineOverKafka: () => [...new Set(byTopic.values())].flatMap(mineOn),
  };
}

function sameOr(route: Route, before: Pick<PolicyRoutes, 'inbound'> | null): Route {
  const known = before?.inbound(route.channel, route.type) ?? null;
  return known !== null && isSame(known, route) ? known : route;
}

/** Whatever a route is made of. What is only in another order counts as another. */
function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Buffer.isBuffer(a)) return Buffer.isBuffer(b) && a.equals(b);
  const [one, other] = [a, b].map((each) =>
    Symbol.iterator in each ? [...(each as Iterable<unknown>)].entries() : Object.entries(each),
  );
  const [left, right] = [new Map<unknown, unknown>(one), new Map<unknown, unknown>(other)];
  return (
    left.size === right.size &&
    [...left].every(([key, part]) => right.has(key) && isSame(part, right.get(key)))
  );
}

/** A route must not pass for one without a schema. */
function unhashed(schemaFile: string): never {
  throw new Error(`openRoutes was not told the hash of ${schemaFile}.`);
}

function routesOf(channel: ChannelPolicy, hashOf: (schemaFile: string) => Buffer): Route[] {
  return channel.messages.map(
    ({ type, from, to, contentType, schemaFile, acceptedFiles, compression, maxAgeMs }) => ({
      channel: channel.name,
      type,
      senders: from,
      audience: to,
      contentType,
      schema: schemaFile === null ? noSchema : hashOf(schemaFile),
      acceptedSchemas: acceptedFiles.map(hashOf),
      clearHeaders: channel.clearHeaders,
      compression,
      sessionTopic: channel.sessionTopic,
      maxAgeMs: maxAgeMs ?? channel.maxAgeMs,
      maxAgeStated: channel.maxAgeStated || maxAgeMs !== null,
    }),
  );
}

const redriveContentType = 'application/vnd.sealwire.redrive';

/** Made once for each audience: the same permission is the same object. */
function redriveRoutes(
  { redrive }: Policy,
  routesOn: (channel: string) => Iterable<Route> | undefined,
): NonNullable<Routes['redrive']> {
  const made = new Map<Route, Route>();
  return (channel, audience) => {
    if (redrive.by.length === 0) return null;
    for (const route of routesOn(channel) ?? []) {
      if (
        route.audience.length !== audience.length ||
        !route.audience.every((name, i) => name === audience[i])
      )
        continue;
      let carrier = made.get(route);
      if (carrier === undefined) {
        carrier = {
          ...route,
          type: redriveType,
          senders: redrive.by,
          contentType: redriveContentType,
          schema: noSchema,
          acceptedSchemas: [],
          clearHeaders: new Set(),
          // What it carries is sealed: ciphertext does not get smaller.
          compression: null,
        };
        made.set(route, carrier);
      }
      return carrier;
    }
    return null;
  };
}

/** What is meant where nothing is said. */
function only(channel: Channel, mine: readonly Route[], agent: string): Route {
  const [first, second] = mine;
  if (first === undefined)
    throw new PolicyError(
      'ERR_POLICY_SENDER',
      `${agent} may send nothing on channel ${channel.name}; add it to a "from" of the policy.`,
    );
  if (second === undefined) return first;
  throw new UsageError(
    'ERR_USAGE_DESCRIBE',
    `${agent} may send several types on channel ${channel.name}; give describe to choose one of: ${mine.map((route) => route.type).join(', ')}.`,
  );
}

function known(channel: Channel, type: string): Route {
  const route = channel.byType.get(type);
  if (route !== undefined) return route;
  throw new PolicyError(
    'ERR_POLICY_TYPE',
    `Channel ${channel.name} has no such message type; add it to the policy, or correct describe.`,
  );
}

function unmapped(destination: Destination, file: string): never {
  const place =
    destination.transport === 'kafka'
      ? `the topic ${JSON.stringify(destination.topic)}`
      : `the exchange ${JSON.stringify(destination.exchange)} with this routing key`;
  throw new UsageError('ERR_USAGE_CHANNEL', `No channel of ${file} maps ${place}; add it to a channel.`);
}
