// A small world for the tests: two agents with fixed keys, a directory and key stores in memory, and both journeys.
import {
  describeOutgoing,
  inbound,
  judge,
  outbound,
  KeyError,
  type Clock,
  type Directory,
  type InboundDraft,
  type KeyStore,
  type OutboundDraft,
  type OutboundJourney,
  type Outgoing,
  type PublicKey,
  type Received,
  type Route,
  type Sealed,
} from '@sealwire/core';
import { keyId, nodePrimitives, type Primitives } from '@sealwire/crypto';
import { opening, sealing, type References } from '../src/index.js';

export const nowMs = Date.UTC(2026, 0, 15, 12);
export const clock: Clock = { nowMs: () => nowMs };
export const skewMs = 30_000;
export const realm = Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex');

/** A private scalar that is the same in every run. */
const scalar = (byte: number) => Buffer.alloc(32, byte);

export const route: Route = {
  channel: 'tasks',
  type: 'task.request',
  senders: ['alice'],
  audience: ['team'],
  contentType: 'application/json',
  schema: Buffer.alloc(0),
  clearHeaders: new Set(['content-type']),
  sessionTopic: null,
  maxAgeMs: 60_000,
};

export interface World {
  readonly primitives: Primitives;
  readonly directory: Directory;
  readonly alice: KeyStore;
  readonly team: KeyStore;
  readonly aliceKey: PublicKey;
}

export function world(primitives: Primitives = nodePrimitives): World {
  const signing = primitives.signingKey(scalar(0x11));
  const sealingKey = primitives.sealingKey(scalar(0x22));
  const publicKey = (purpose: 'message-signing' | 'sealing', point: Buffer, owner: string): PublicKey => ({
    keyId: keyId(purpose, 1, point),
    publicKey: point,
    owner,
    notBeforeMs: 0,
    notAfterMs: Number.MAX_SAFE_INTEGER,
    distrustFromMs: null,
  });
  const aliceKey = publicKey('message-signing', signing.publicKey, 'alice');
  const teamKey = publicKey('sealing', sealingKey.publicKey, 'team');
  const directory: Directory = {
    realm,
    version: 1,
    signingKey: (id) => (id === aliceKey.keyId.toString('latin1') ? aliceKey : null),
    sealingKey: (name) => (name === 'team' ? teamKey : null),
    sealingKeyById: (id) => (id === teamKey.keyId.toString('latin1') ? teamKey : null),
    isMember: () => true,
    has: () => true,
  };
  const signer = { keyId: aliceKey.keyId, sign: (message: Buffer) => signing.sign(message) };
  const signerOf = (id: string) => (id === aliceKey.keyId.toString('latin1') ? signer : null);
  return {
    primitives,
    directory,
    aliceKey,
    alice: {
      synchronous: true,
      signer,
      signerOf,
      holds: () => false,
      unwrap: () => {
        throw new Error('alice holds no sealing key');
      },
    },
    team: {
      synchronous: true,
      signer,
      signerOf,
      holds: (id) => id === teamKey.keyId.toString('latin1'),
      unwrap: (_id, encapsulated, wrapped, info) => {
        const dataKey = sealingKey.unwrap(encapsulated, wrapped, info);
        if (dataKey === null) throw new KeyError('ERR_KEY_WRAP', 'The wrapped data key does not open.');
        return dataKey;
      },
    },
  };
}

export interface SealOptions {
  readonly route?: Route;
  readonly clock?: Clock;
  readonly epochMs?: number;
  readonly maxMessageBytes?: number;
}

/** The outbound journey of alice in its halves, with every stage that is not the envelope's left open. */
export function outboundJourney(w: World, options: SealOptions = {}): OutboundJourney {
  const stages = sealing({
    agent: 'alice',
    suite: 1,
    primitives: w.primitives,
    directory: w.directory,
    keyStore: w.alice,
    epochMs: options.epochMs ?? 86_400_000,
    clock: options.clock ?? clock,
    maxMessageBytes: options.maxMessageBytes ?? 1_048_576,
  });
  return outbound({
    describe: (batch) => batch.map(describeOutgoing),
    authorise(batch) {
      for (const draft of batch as unknown as readonly OutboundDraft[]) draft.route = options.route ?? route;
      return batch as never;
    },
    validate: (batch) => batch as never,
    ...stages,
    audit: (batch) => batch.map(({ sealed }) => sealed),
  });
}

/** The whole of it. */
export function sealer(
  w: World,
  options: SealOptions = {},
): (batch: readonly Outgoing[]) => readonly Sealed[] {
  const { begin, finish } = outboundJourney(w, options);
  return (batch) => finish(begin(batch));
}

/** The inbound journey of a member of the team. */
export function opener(
  w: World,
  keyStore: KeyStore = w.team,
  maxMessageBytes = 1_048_576,
  references?: References,
  expected: Route = route,
) {
  const envelope = opening({
    primitives: w.primitives,
    directory: w.directory,
    keyStore,
    skewMs,
    maxMessageBytes,
    ...(references === undefined ? {} : { references }),
  });
  const draftsOf = (batch: unknown) => batch as readonly InboundDraft[];
  return inbound({
    ...envelope,
    localPolicy(batch) {
      for (const draft of draftsOf(batch)) draft.route = expected;
      return batch as never;
    },
    freshness: (batch) => batch as never,
    sender: (batch) =>
      judge(draftsOf(batch), (draft) => {
        const key = w.directory.signingKey(draft.session!.senderKeyId.toString('latin1'));
        if (key === null) throw new KeyError('ERR_KEY_UNKNOWN', 'unknown');
        draft.senderPublicKey = key.publicKey;
      }) as never,
    replay: (batch) => batch as never,
    validate: (batch) => draftsOf(batch).map((draft) => (draft.verified = envelope.verified(draft))),
  });
}

export function outgoing(change: Partial<Outgoing> = {}): Outgoing {
  return {
    destination: { transport: 'kafka', topic: 'tasks' },
    payload: Buffer.from('{"do":"it"}'),
    key: Buffer.from('key'),
    headers: [],
    partition: 3,
    description: {},
    ...change,
  };
}

/** A sealed message as its consumer reads it. */
export function receivedFrom(sealed: Sealed, change: Partial<Received> = {}): Received {
  return {
    source: { transport: 'kafka', topic: 'tasks', partition: 3, offset: '0' },
    value: sealed.value,
    key: sealed.key,
    headers: sealed.headers,
    appendedAtMs: null,
    receivedAtMs: nowMs,
    ...change,
  };
}
