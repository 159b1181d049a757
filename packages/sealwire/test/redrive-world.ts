// A small world to re-drive in: a sender, a receiver, an operator and a stranger, and the ways of a message between them.
import {
  isPlain,
  isRejected,
  keptName,
  quarantinedRecord,
  quarantineHeaders,
  type Clock,
  type Directory,
  type HeaderField,
  type Inlet,
  type Judged,
  type KeyStore,
  type Outgoing,
  type PublicKey,
  type QuarantinedRecord,
  type Received,
  type Rejected,
  type Route,
  type Sealed,
  type Sealwire,
  type Verified,
  describeOutgoing,
  outbound,
  type OutboundDraft,
} from '@sealwire/core';
import { keyId, nodePrimitives as primitives } from '@sealwire/crypto';
import {
  decodeEvidence,
  encodeEvidence,
  encodeRejection,
  redriveContentType,
  rejectionMessage,
  sealing,
  type Rejection,
} from '@sealwire/envelope';
import { PartitionLedger } from '@sealwire/replay';
import { realm, world } from '../../envelope/test/world.js';
import { assemble, type RouteChecks } from '../src/index.js';
import { noSink, recordingTrails } from './recording-trails.js';

export const startMs = Date.UTC(2026, 0, 15, 12);
export const dayMs = 86_400_000;
export const maxAgeMs = 60_000;

const agents = ['alice', 'bob', 'olga', 'eve'] as const;
export type Agent = (typeof agents)[number];

const keys = Object.fromEntries(
  agents.map((name, i) => {
    const signing = primitives.signingKey(Buffer.alloc(32, 0x31 + i));
    return [name, { signing, id: keyId('message-signing', 1, signing.publicKey) }];
  }),
) as Record<Agent, { signing: ReturnType<typeof primitives.signingKey>; id: Buffer }>;

const team = world().team;

/** Of partition 3, for the group. */
export const ledger = (): PartitionLedger =>
  new PartitionLedger({
    place: { cluster: 'c', group: 'workers', topic: 'tasks', partition: 3 },
    key: Buffer.alloc(32, 7),
    maxAgeMs,
    skewMs: 30_000,
    retryWindowMs: 1000,
  });

/** What can differ from an ordinary day. */
export interface Setting {
  /** Who may send tasks. */
  readonly senders?: readonly string[];
  readonly redriveBy?: readonly string[];
  readonly redriveMaxAgeMs?: number;
  readonly maxAgeMs?: number;
  readonly group?: string;
  /** Changes what the directory says of a key. */
  readonly key?: (key: PublicKey) => PublicKey | null;
  readonly members?: readonly string[];
  readonly nowMs?: number;
  readonly clock?: Clock;
  readonly sessionTopic?: string;
  readonly contentType?: string;
}

const route: Route = {
  channel: 'tasks',
  type: 'task',
  senders: ['alice'],
  audience: ['team'],
  contentType: 'application/json',
  schema: Buffer.alloc(0),
  clearHeaders: new Set(['tenant']),
  sessionTopic: null,
  maxAgeMs,
};

function directoryOf({ key = (given) => given, members = ['bob'] }: Setting): Directory {
  const base = world().directory;
  return {
    ...base,
    realm,
    signingKey(id) {
      const owner = agents.find((name) => keys[name].id.toString('latin1') === id);
      if (owner === undefined) return null;
      return key({
        keyId: keys[owner].id,
        publicKey: keys[owner].signing.publicKey,
        owner,
        notBeforeMs: 0,
        notAfterMs: Number.MAX_SAFE_INTEGER,
        distrustFromMs: null,
      });
    },
    isMember: (agent, group) => group === 'team' && members.includes(agent),
  };
}

function storeOf(agent: Agent): KeyStore {
  const { signing, id } = keys[agent];
  const signer = { keyId: id, sign: (message: Buffer) => signing.sign(message) };
  const signerOf = (other: string) => (other === id.toString('latin1') ? signer : null);
  return { ...team, signer, signerOf, holds: (sealingId) => agent === 'bob' && team.holds(sealingId) };
}

/** An agent under a policy, with what it audits. */
export function as(
  agent: Agent,
  setting: Setting = {},
): { sealwire: Sealwire; lines: string[]; inlet: Inlet } {
  const senders = setting.senders ?? route.senders;
  const mine: Route = {
    ...route,
    senders,
    maxAgeMs: setting.maxAgeMs ?? maxAgeMs,
    sessionTopic: setting.sessionTopic ?? null,
    contentType: setting.contentType ?? route.contentType,
  };
  const by = setting.redriveBy ?? ['olga'];
  const carrier: Route = {
    ...mine,
    type: 'sealwire.redrive',
    senders: by,
    contentType: redriveContentType,
    clearHeaders: new Set(),
  };
  const channelOf: RouteChecks['channelOf'] = (source) => {
    const name = source.transport === 'kafka' ? source.topic : source.queue;
    return name === 'elsewhere' ? 'others' : 'tasks';
  };
  const routes: RouteChecks = {
    outbound: () => mine,
    channelOf,
    inbound: (channel, type) => (type === 'task' ? { ...mine, channel } : null),
    redrive: (channel, audience) =>
      by.length > 0 && audience.length === 1 && audience[0] === 'team' ? { ...carrier, channel } : null,
    senderAllowed: ({ senders: allowed }, sender) => allowed.includes(sender),
    sessionTopicOf: () => setting.sessionTopic ?? null,
  };
  const trails = recordingTrails();
  const sealwire = assemble(
    {
      agent,
      clock: setting.clock ?? { nowMs: () => setting.nowMs ?? startMs },
      primitives,
      suite: 1,
      directory: directoryOf(setting),
      keyStore: storeOf(agent),
      routes,
      epochMs: dayMs,
      skewMs: 30_000,
      maxMessageBytes: 1_048_576,
      redrive: { by, maxAgeMs: setting.redriveMaxAgeMs ?? 30 * dayMs },
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
  const { lines } = trails;
  const { group = 'workers' } = setting;
  return { sealwire, lines, inlet: sealwire.inlet('kafka', noSink, { group }) };
}

/** A message of alice’s, as it lies in the log. */
export function sent(change: Partial<Outgoing> = {}, setting: Setting = {}): Received {
  const { sealwire } = as('alice', setting);
  const [sealed] = sealwire.outlet('kafka', noSink).seal([
    {
      destination: { transport: 'kafka', topic: 'tasks' },
      payload: Buffer.from('{"do":"it"}'),
      key: Buffer.from('key'),
      headers: [
        { name: 'tenant', values: [Buffer.from('acme')] },
        { name: 'inside', values: [Buffer.from('x')] },
      ],
      partition: 3,
      description: {},
      ...change,
    },
  ]);
  return lying(sealed!, { appendedAtMs: startMs });
}

export function lying(
  sealed: Pick<Sealed, 'value' | 'key' | 'headers'>,
  change: Partial<Received> = {},
): Received {
  const { value, key, headers } = sealed;
  return {
    source: { transport: 'kafka', topic: 'tasks', partition: 3, offset: '17' },
    value,
    key,
    headers,
    appendedAtMs: null,
    receivedAtMs: startMs,
    ...change,
  };
}

export async function judged(received: Received, setting: Setting = {}): Promise<Verified | Rejected> {
  const [outcome] = await as('bob', setting).inlet.open([received], null);
  if (isPlain(outcome!)) throw new Error('this policy admits no plaintext');
  return outcome!;
}

/** What a receiver quarantines of it. @param by who rejects it */
export async function quarantined(
  received: Received,
  setting: Setting,
  by: Agent = 'bob',
  change: (rejected: Rejected) => Rejected = (rejected) => rejected,
): Promise<QuarantinedRecord> {
  const { inlet } = as(by, setting);
  const [outcome] = await inlet.open([received], null);
  if (!isRejected(outcome!)) throw new Error('it was not rejected');
  const rejected = change(outcome);
  const [evidence] = await inlet.testify([rejected]);
  const kept: HeaderField[] = received.headers.map(({ name, values }) => ({ name: keptName(name), values }));
  const headers = [...kept, ...quarantineHeaders(rejected, by, startMs, evidence)];
  const record = quarantinedRecord({
    ...received,
    source: { transport: 'kafka', topic: 'q', partition: 0, offset: '5' },
    headers,
  });
  if (record === null) throw new Error('nobody could read what was quarantined');
  return record;
}

/** The operator’s carrier of it, as it lies in the log. */
export async function redriven(
  record: QuarantinedRecord,
  setting: Setting = {},
  change: Partial<Received> = {},
): Promise<Received> {
  const nowMs = setting.nowMs ?? startMs;
  const sealed = await as('olga', setting).sealwire.redriver().examine(record).seal();
  return lying(sealed, { appendedAtMs: nowMs, receivedAtMs: nowMs, ...offset('40'), ...change });
}

export const offset = (number: string, partition = 3, topic = 'tasks') => ({
  source: { transport: 'kafka', topic, partition, offset: number } as const,
});

/** What becomes of records that are read one after the other, each in a batch of its own. */
export async function readBy(
  memory: PartitionLedger,
  records: readonly Received[],
  setting: Setting = {},
): Promise<string[]> {
  const { inlet } = as('bob', setting);
  const outcomes: string[] = [];
  for (const received of records) {
    const [outcome] = await inlet.open([received], memory);
    memory.passed(Number((received.source as { offset: string }).offset) + 1);
    outcomes.push(isRejected(outcome!) ? outcome.code : `taken${isRedriven(outcome!) ? ' again' : ''}`);
  }
  return outcomes;
}

/** What bob would sign if he lied. */
export function forgedEvidence(evidence: Buffer, change: Partial<Rejection>): Buffer {
  const bytes = encodeRejection({ ...decodeEvidence(evidence).rejection, ...change });
  return encodeEvidence(bytes, keys.bob.signing.sign(rejectionMessage(bytes)));
}

/** A carrier by somebody who keeps to no rule. */
export function forgedCarrier(
  payload: Buffer,
  parts: {
    readonly by?: Agent;
    readonly instance: Buffer;
    readonly sequence: number;
    readonly nowMs?: number;
    readonly key?: Buffer | null;
    readonly partition?: number;
    readonly route?: Partial<Route>;
  },
): Received {
  const { by = 'olga', nowMs = startMs, key = Buffer.from('key'), partition = 3 } = parts;
  const stages = sealing({
    agent: by,
    suite: 1,
    primitives,
    directory: directoryOf({}),
    keyStore: storeOf(by),
    epochMs: dayMs,
    clock: { nowMs: () => nowMs },
    maxMessageBytes: 1_048_576,
    instance: parts.instance,
    sequence: parts.sequence,
  });
  const carrier: Route = {
    ...route,
    type: 'sealwire.redrive',
    contentType: redriveContentType,
    clearHeaders: new Set(),
    ...parts.route,
  };
  const journey = outbound({
    describe: (batch) => batch.map(describeOutgoing),
    authorise(batch) {
      for (const draft of batch as unknown as readonly OutboundDraft[]) draft.route = carrier;
      return batch as never;
    },
    validate: (batch) => batch as never,
    ...stages,
    audit: (batch) => batch.map(({ sealed }) => sealed),
  });
  const [sealed] = journey.finish(
    journey.begin([
      {
        destination: { transport: 'kafka', topic: 'tasks' },
        payload,
        key,
        headers: [],
        partition,
        description: {},
      },
    ]),
  );
  return lying(sealed!, { appendedAtMs: nowMs, receivedAtMs: nowMs, ...offset('40', partition) });
}

const isRedriven = (outcome: Judged): boolean => outcome.verified && outcome.redriven !== undefined;
