// A receiver and a sender of one channel whose mode, policy and directory may change while they run.
import {
  InabilityError,
  isRejected,
  PolicyError,
  type HeaderField,
  type Judged,
  type Outgoing,
  type PlaintextTerms,
  type Received,
  type Route,
} from '@sealwire/core';
import { nodePrimitives } from '@sealwire/crypto';
import type { Payloads } from '@sealwire/schema';
import { nowMs, route as taskRoute, world } from '../../envelope/test/world.js';
import { assemble, type RouteChecks } from '../src/index.js';
import { noSink, recordingTrails } from './recording-trails.js';

const w = world();
const dayMs = 86_400_000;
export const terms: PlaintextTerms = {
  mode: 'migrate',
  untilMs: nowMs + dayMs,
  from: ['alice', 'carol'],
  senderHeader: 'x-agent',
  byUserId: true,
  typeHeader: 'x-type',
};
export const route: Route = { ...taskRoute, clearHeaders: new Set() };
export const report: Route = { ...route, type: 'task.report', senders: ['carol'] };

/** What may change while a process runs: by the clock, or because a policy was reloaded. */
export interface Setting {
  nowMs: number;
  terms: PlaintextTerms | null;
  routes: Route[];
  /** What the directory has. */
  names: string[];
  maxMessageBytes: number;
  agent: string;
  unusable: string | null;
  payloads: Payloads | undefined;
}
export const now = {} as Setting;
export function reset(): void {
  const fresh: Setting = {
    nowMs,
    terms,
    routes: [route],
    names: ['alice', 'bob', 'carol', 'dora', 'team'],
    maxMessageBytes: 4096,
    agent: 'bob',
    unusable: null,
    payloads: undefined,
  };
  // A test may have put a getter in place of one of them.
  for (const [name, value] of Object.entries(fresh))
    Object.defineProperty(now, name, { value, writable: true, configurable: true, enumerable: true });
}

export function open() {
  const routes: RouteChecks = {
    outbound(_to, { type }) {
      const found = now.routes.find((one) => type === undefined || one.type === type);
      if (found === undefined) throw new PolicyError('ERR_POLICY_TYPE', 'no such type');
      if (!found.senders.includes(now.agent)) throw new PolicyError('ERR_POLICY_SENDER', 'may not');
      return found;
    },
    channelOf: (source) => (source.transport === 'kafka' ? source.topic : source.queue),
    channelTo: (to) => (to.transport === 'kafka' ? to.topic : to.routingKey),
    inbound: (_channel, type) => now.routes.find((one) => one.type === type) ?? null,
    on: () => now.routes,
    senderAllowed: ({ senders }, sender) => senders.includes(sender),
    sessionTopicOf: () => null,
    means: (names, agent) =>
      names.some((name) => name === agent || (name === 'team' && ['bob', 'carol'].includes(agent))),
    admitPlaintext: true,
    plaintextOn: (channel) => (channel === 'tasks' ? now.terms : null),
  };
  const trails = recordingTrails();
  const { lines } = trails;
  const sealwire = assemble(
    {
      agent: now.agent,
      clock: { nowMs: () => now.nowMs },
      primitives: nodePrimitives,
      suite: 1,
      directory: {
        ...w.directory,
        isMember: (agent, group) => group === 'team' && ['bob', 'carol'].includes(agent),
        has: (name) => now.names.includes(name),
        isAgent: (name) => name !== 'team',
        lagMs: 0,
        readAtMs: 0,
        problem: null,
        refresh: () => Promise.resolve(),
        requireUsable(name) {
          if (name === now.unusable) throw new InabilityError('ERR_UNABLE_DIRECTORY', 'expired');
        },
        onChange: () => () => undefined,
        close: () => Promise.resolve(),
      },
      keyStore: w.team,
      routes,
      epochMs: dayMs,
      skewMs: 30_000,
      maxMessageBytes: now.maxMessageBytes,
      ...(now.payloads && { payloads: now.payloads }),
    },
    {
      connection: () => {
        throw new Error('no connections here');
      },
      quarantine: {
        kafka: { onReject: 'quarantine', name: 'q' },
        rabbitmq: { onReject: 'quarantine', name: 'q' },
      },
      auditTarget: { kafka: 'a', rabbitmq: 'a' },
      trails,
    },
  );
  return {
    inlet: sealwire.inlet('kafka', noSink),
    other: sealwire.inlet('rabbitmq', noSink),
    outlet: sealwire.outlet('kafka', noSink),
    events: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>),
  };
}

export const header = (name: string, ...values: string[]): HeaderField => ({
  name,
  values: values.map((value) => Buffer.from(value)),
});
let offset = 0;
export function plaintext(change: Partial<Received> = {}): Received {
  return {
    source: { transport: 'kafka', topic: 'tasks', partition: 0, offset: `${offset++}` },
    value: Buffer.from('{"do":"this"}'),
    key: null,
    headers: [header('x-agent', 'alice')],
    appendedAtMs: null,
    receivedAtMs: now.nowMs,
    ...change,
  };
}

export const fromQueue = (change: Partial<Received>): Received =>
  plaintext({
    source: { transport: 'rabbitmq', queue: 'tasks', exchange: '', routingKey: 'tasks', deliveryTag: 1 },
    headers: [],
    ...change,
  });

export const message = (
  payload: Buffer | null = Buffer.from('{"do":"this"}'),
  topic = 'tasks',
): Outgoing => ({
  destination: { transport: 'kafka', topic },
  payload,
  key: null,
  headers: [],
  partition: 0,
  description: {},
});

/** A record that alice has sealed. */
export function sealed(payload?: Buffer | null): Received {
  const before = now.agent;
  now.agent = 'alice';
  const [record] = open().outlet.seal([message(payload)]);
  now.agent = before;
  const { value, key, headers } = record!;
  return plaintext({ value, key, headers });
}

export const judged = async (received: Received, { inlet } = open()): Promise<Judged> =>
  (await inlet.open([received], null))[0]!;
export async function verdict(received: Received): Promise<string> {
  const outcome = await judged(received);
  if (isRejected(outcome)) return outcome.code;
  return outcome.verified ? 'verified' : 'plain';
}
