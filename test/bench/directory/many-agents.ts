// A directory of many agents, and the next one, in which a few have rotated.
import { nodePrimitives as primitives, type SigningKey } from '@sealwire/crypto';
import {
  firstRoot,
  listedKey,
  nextDirectory,
  possessionBytes,
  signRoot,
  verifyLines,
  type DirectoryEntry,
  type DirectorySet,
  type EntryChange,
} from '@sealwire/identity';

export interface ManyAgents {
  readonly realm: Buffer;
  readonly rootKey: Buffer;
  readonly rootLine: Buffer;
  readonly firstLine: Buffer;
  /** The same, but for a hundred agents with new keys. */
  readonly nextLine: Buffer;
}

const dayMs = 86_400_000;
const rotated = 100;
const groupSize = 20;

/** @param groups of twenty agents each, called group-0 and so on */
export async function makeManyAgents(agents: number, groups = 0): Promise<ManyAgents> {
  const [root, issuer] = [newKey(), newKey()];
  const realm = primitives.randomBytes(16);
  const nowMs = Date.now() - 1000;
  const expiresAtMs = nowMs + 30 * dayMs;
  const rootLine = await signRoot(
    firstRoot({
      realm,
      issuedAtMs: nowMs,
      expiresAtMs,
      threshold: 1,
      rootKeys: [root.publicKey],
      issuers: [
        {
          publicKey: issuer.publicKey,
          prefixes: [''],
          purposes: ['message-signing', 'sealing'],
          expiresAtMs,
        },
      ],
    }),
    root,
  );
  const setOf = (...lines: readonly Buffer[]): DirectorySet =>
    verifyLines([rootLine, ...lines], {
      name: 'bench',
      rootKeys: [root.publicKey],
      threshold: 1,
      realm,
      primitives,
    }).directory.set;
  const next = (set: DirectorySet, changes: readonly EntryChange[]) =>
    nextDirectory({ set, issuer, changes, nowMs, expiresAtMs, primitives });
  const changes = Array.from({ length: agents }, (_, i) => changeOf(realm, `agent-${i}`, nowMs));
  for (let i = 0; i < groups; i++) changes.push(groupOf(`group-${i}`, i * groupSize, agents, nowMs));
  const first = await next(setOf(), changes);
  const few = Array.from({ length: rotated }, (_, i) =>
    changeOf(realm, `agent-${Math.floor((i * agents) / rotated)}`, nowMs),
  );
  const second = await next(setOf(first.line), few);
  return { realm, rootKey: root.publicKey, rootLine, firstLine: first.line, nextLine: second.line };
}

function newKey(): SigningKey {
  return primitives.signingKey(primitives.generatePrivateKey());
}

function groupOf(name: string, from: number, agents: number, nowMs: number): EntryChange {
  const key = listedKey(name, {
    purpose: 'sealing',
    publicKey: newKey().publicKey,
    notBeforeMs: nowMs,
    notAfterMs: nowMs + 2 * dayMs,
    destroyAtMs: nowMs + 30 * dayMs,
  });
  const members = Array.from({ length: groupSize }, (_, i) => `agent-${(from + i) % agents}`);
  return { entry: { name, members, keys: [key] } };
}

function changeOf(realm: Buffer, name: string, nowMs: number): EntryChange {
  const [signing, sealing] = [newKey(), newKey()];
  const valid = { notBeforeMs: nowMs, notAfterMs: nowMs + 2 * dayMs };
  const own = { owner: name, purpose: 'message-signing' as const, publicKey: signing.publicKey };
  const seals = listedKey(name, {
    purpose: 'sealing',
    publicKey: sealing.publicKey,
    ...valid,
    destroyAtMs: nowMs + 30 * dayMs,
  });
  const entry: DirectoryEntry = {
    name,
    members: null,
    keys: [
      listedKey(name, { ...own, ...valid, possession: signing.sign(possessionBytes(realm, own)) }),
      seals,
    ],
  };
  return { entry, claims: [{ keyId: seals.keyId, signature: signing.sign(possessionBytes(realm, seals)) }] };
}
