// What a Sealwire is built from, out of a vector file: its directory, its policy and its keys.
import {
  InabilityError,
  KeyError,
  type Directory,
  type KeyStore,
  type PublicKey,
  type Route,
  type SessionRules,
  type SessionSource,
} from '@sealwire/core';
import type { Primitives } from '@sealwire/crypto';
import type { StageParts } from 'sealwire';
import type {
  DirectoryKey,
  VectorCase,
  VectorDirectory,
  VectorFile,
  VectorPolicy,
} from '../../packages/envelope/vectors/vector-file.js';

const bytes = (hex: string) => Buffer.from(hex, 'hex');
const latin1 = (hex: string) => bytes(hex).toString('latin1');

/** @param one says which of the file’s directories, policies and keys are the receiver’s */
export function partsOf(file: VectorFile, one: VectorCase, primitives: Primitives): StageParts {
  const policy = file.policies[one.policy]!;
  return {
    agent: 'receiver',
    clock: { nowMs: () => one.received.receivedAt },
    primitives,
    suite: 1,
    directory: directoryOf(file, file.directories[one.directory]!),
    keyStore: keyStoreOf(file, one.holds, primitives),
    routes: routesOf(policy),
    epochMs: 86_400_000,
    skewMs: policy.skewMs,
    maxMessageBytes: policy.maxMessageBytes,
  };
}

export function directoryOf(file: VectorFile, directory: VectorDirectory): Directory {
  const signing = keysById(file, directory.signingKeys);
  const sealing = keysById(file, directory.sealingKeys);
  return {
    realm: bytes(directory.realm),
    version: 1,
    signingKey: (id) => signing.get(id) ?? null,
    sealingKey: () => null,
    sealingKeyById: (id) => sealing.get(id) ?? null,
    isMember: () => false,
    has: () => true,
  };
}

function keysById(file: VectorFile, listed: readonly DirectoryKey[]): ReadonlyMap<string, PublicKey> {
  return new Map(
    listed.map(({ key, owner, notBefore, notAfter, distrustFrom }) => {
      const { keyId, publicKey } = file.keys[key]!;
      return [
        latin1(keyId),
        {
          keyId: bytes(keyId),
          publicKey: bytes(publicKey),
          owner,
          notBeforeMs: notBefore,
          notAfterMs: notAfter,
          distrustFromMs: distrustFrom,
        },
      ];
    }),
  );
}

/** Finds what counts in a session topic of the file, by the rules that adapters are given. */
export function sessionsOf(file: VectorFile, rules: SessionRules): SessionSource {
  const optional = (hex: string | null) => (hex === null ? null : bytes(hex));
  return {
    find(topic, references) {
      const found = new Map<string, Buffer>();
      for (const { key, value } of file.sessionTopics[topic]!) {
        const offered = rules.read(optional(key), optional(value));
        if (offered === null || !references.includes(offered.reference)) continue;
        if (!rules.isListed(offered.senderKeyId) || rules.isSigned(offered))
          found.set(offered.reference, offered.session);
      }
      return Promise.resolve(found);
    },
  };
}

function keyStoreOf(file: VectorFile, holds: readonly string[], primitives: Primitives): KeyStore {
  const byId = new Map(
    holds.map((name) => {
      const { keyId, privateKey } = file.keys[name]!;
      return [latin1(keyId), primitives.sealingKey(bytes(privateKey))];
    }),
  );
  return {
    synchronous: true,
    signerOf: () => null,
    get signer(): never {
      throw new InabilityError('ERR_UNABLE_KEY_STORE', 'A receiver signs nothing here.');
    },
    holds: (id) => byId.has(id),
    unwrap(id, encapsulated, wrapped, info) {
      const dataKey = byId.get(id)!.unwrap(encapsulated, wrapped, info);
      if (dataKey === null) throw new KeyError('ERR_KEY_WRAP', 'The wrapped data key does not open.');
      return dataKey;
    },
  };
}

function routesOf(policy: VectorPolicy): StageParts['routes'] {
  const routes = policy.routes.map((route): Route => ({
    ...route,
    schema: bytes(route.schema),
    clearHeaders: new Set(),
    sessionTopic: policy.sessionTopic,
  }));
  return {
    outbound: () => {
      throw new Error('a receiver sends nothing');
    },
    channelOf: (source) =>
      (source.transport === 'kafka' ? policy.topics[source.topic] : policy.queues[source.queue]) ?? null,
    inbound: (channel, type) =>
      routes.find((route) => route.channel === channel && route.type === type) ?? null,
    sessionTopicOf: ({ transport }) => (transport === 'kafka' ? policy.sessionTopic : null),
    senderAllowed: ({ senders }, sender) => senders.includes(sender),
  };
}
