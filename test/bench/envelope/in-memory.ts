// Two agents, their keys and their policy in memory: the facade’s own journeys, without files and brokers.
import {
  KeyError,
  systemClock,
  type Compression,
  type Directory,
  type Inlet,
  type KeyStore,
  type Outgoing,
  type Outlet,
  type PublicKey,
  type Received,
  type Route,
  type Sealed,
  type Signer,
} from '@sealwire/core';
import { defaultSuiteId, keyId, suiteOf, type KeyPurpose } from '@sealwire/crypto';
import { openRoutes, type Policy } from '@sealwire/policy';
import { assemble, type StageParts } from 'sealwire';
import { noTrails } from '../no-trails.ts';

/** Sender, audience and type have 40 bytes together, as the design’s byte budget supposes. */
const sender = 'orchestrator-1';
const audience = 'research-team';
const messageType = 'task.request1';
export const topic = 'tasks';
const partition = 3;

export interface InMemory {
  readonly outlet: Outlet;
  readonly inlet: Inlet;
  /** Another instance of the sender: it begins with a session of its own. */
  newOutlet(): Outlet;
}

/** Keys that somebody else holds: points of 65 bytes, and the store. */
export interface KeysElsewhere {
  readonly signing: Buffer;
  readonly sealing: Buffer;
  readonly keyStore: KeyStore;
}

/**
 * A pipeline of its own: a new instance, a new session, nothing known at the receiver yet.
 * @param schema SHA-256 of a payload schema, which sessions name; policies cannot give one yet
 * @param sessionTopic where it is named, messages refer to their sessions
 * @param elsewhere where it is given, its keys take the place of new ones in memory
 * @param compression how payloads are compressed inside the seal
 */
export function openInMemory(
  schema: Buffer = Buffer.alloc(0),
  sessionTopic: string | null = null,
  elsewhere: KeysElsewhere | null = null,
  compression: Compression | null = null,
): InMemory {
  const suite = suiteOf(defaultSuiteId)!;
  const primitives = suite.primitives('node');
  const signing = primitives.signingKey(primitives.generatePrivateKey());
  const sealing = primitives.sealingKey(primitives.generatePrivateKey());
  const publicKey = (purpose: KeyPurpose, point: Buffer, owner: string): PublicKey => ({
    keyId: keyId(purpose, suite.id, point),
    publicKey: point,
    owner,
    notBeforeMs: 0,
    notAfterMs: Number.MAX_SAFE_INTEGER,
    distrustFromMs: null,
  });
  const signingKey = publicKey('message-signing', elsewhere?.signing ?? signing.publicKey, sender);
  const sealingKey = publicKey('sealing', elsewhere?.sealing ?? sealing.publicKey, audience);
  const signingId = signingKey.keyId.toString('latin1');
  const sealingId = sealingKey.keyId.toString('latin1');
  const directory: Directory = {
    realm: primitives.randomBytes(16),
    version: 1,
    signingKey: (id) => (id === signingId ? signingKey : null),
    sealingKey: (name) => (name === audience ? sealingKey : null),
    sealingKeyById: (id) => (id === sealingId ? sealingKey : null),
    isMember: () => false,
    has: () => true,
  };
  const signer: Signer = { keyId: signingKey.keyId, sign: (message) => signing.sign(message) };
  const keyStore: KeyStore = {
    synchronous: true,
    signer,
    signerOf: (id) => (id === signingId ? signer : null),
    holds: (id) => id === sealingId,
    unwrap(_id, encapsulated, wrapped, info) {
      const dataKey = sealing.unwrap(encapsulated, wrapped, info);
      if (dataKey === null) throw new KeyError('ERR_KEY_WRAP', 'The wrapped data key does not open.');
      return dataKey;
    },
  };
  const routes = openRoutes(policyWith(compression), directory, sender);
  const changed = new Map<Route, Route>();
  /** The same object each time: it keys the sender’s sessions. */
  const asked = (route: Route): Route => {
    if (schema.length === 0 && sessionTopic === null) return route;
    let other = changed.get(route);
    if (other === undefined) changed.set(route, (other = { ...route, schema, sessionTopic }));
    return other;
  };
  const parts: StageParts = {
    agent: sender,
    clock: systemClock,
    primitives,
    suite: suite.id,
    directory,
    keyStore: elsewhere?.keyStore ?? keyStore,
    routes: { ...routes, outbound: (...to) => asked(routes.outbound(...to)) },
    epochMs: 86_400_000,
    skewMs: 30_000,
    maxMessageBytes: 1024 * 1024,
  };
  const nowhere = (): never => {
    throw new Error('there is no broker here');
  };
  const sealwire = assemble(parts, {
    connection: nowhere,
    quarantine: { kafka: { onReject: 'halt', name: '' }, rabbitmq: { onReject: 'halt', name: '' } },
    auditTarget: { kafka: '', rabbitmq: '' },
    trails: noTrails,
  });
  const sink = { write: () => Promise.resolve() };
  const newOutlet = (): Outlet => sealwire.outlet('kafka', sink);
  return { outlet: newOutlet(), inlet: sealwire.inlet('kafka', sink), newOutlet };
}

/** The part of a policy that routes are made of. */
const policyWith = (compression: Compression | null) =>
  ({
    file: 'in-memory',
    channels: [
      {
        name: topic,
        topics: [topic],
        sessionTopic: null,
        publish: [],
        queues: [],
        competing: null,
        messages: [
          {
            type: messageType,
            from: [sender],
            to: [audience],
            contentType: 'application/octet-stream',
            schemaFile: null,
            acceptedFiles: [],
            framing: 'none',
            compression,
            maxAgeMs: null,
          },
        ],
        clearHeaders: new Set<string>(),
        maxAgeStated: true,
        maxAgeMs: 86_400_000,
        plaintext: null,
      },
    ],
  }) satisfies Partial<Policy> as unknown as Policy;

export function outgoing(payload: Buffer): Outgoing {
  return {
    destination: { transport: 'kafka', topic },
    payload,
    key: null,
    headers: [],
    partition,
    description: {},
  };
}

/** As a consumer reads it: the value is a piece of a fetch, not the memory that it was sealed into. */
export function receivedFrom(batch: readonly Sealed[]): Received[] {
  const fetched = Buffer.concat(batch.map(({ value }) => value!));
  const receivedAtMs = Date.now();
  let at = 0;
  return batch.map(({ value, key, headers }, offset) => ({
    source: { transport: 'kafka', topic, partition, offset: String(offset) },
    value: fetched.subarray(at, (at += value!.length)),
    key,
    headers,
    appendedAtMs: null,
    receivedAtMs,
  }));
}
