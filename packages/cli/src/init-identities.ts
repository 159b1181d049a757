// Makes root, agents and groups: private keys into files, public halves into a signed directory.
import { randomBytes } from 'node:crypto';
import { nodePrimitives } from '@sealwire/crypto';
import {
  keyEncryption,
  keyFileName,
  signDirectory,
  writePrivateKeyFile,
  type DirectoryDocument,
  type DirectoryKey,
  type PrivateKey,
} from '@sealwire/identity';
import type { InitPlan } from './init-options.js';
import type { InitWriter } from './init-writer.js';

export interface Identities {
  readonly realm: Buffer;
  readonly rootPublicKey: Buffer;
  readonly directoryFile: string;
  /** For what else is to go offline. */
  readonly rootPassphrase: string;
}

const dayMs = 86_400_000;
const keyDays = 90;
const directoryDays = 365;
/** So that an agent whose clock is slow accepts a new key. */
const clockToleranceMs = 300_000;

/** A passphrase or password: 256 random bits in base64url. */
export const newSecret = (): string => randomBytes(32).toString('base64url');

export function writeIdentities(plan: InitPlan, writer: InitWriter): Identities {
  const rootPassphrase = newSecret();
  writer.secret(writer.path('root', 'passphrase'), `${rootPassphrase}\n`);
  const passphrase = newSecret();
  writer.secret(writer.path('secrets', 'passphrase'), `${passphrase}\n`);

  const root = newKey();
  writePrivateKeyFile(writer.reserve(writer.path('root', 'root-key.pem')), root, rootPassphrase);
  writer.public(writer.path('root', 'root-key.pub'), `${root.publicKey.toString('base64url')}\n`);

  const folder = writer.path('keys');
  const encryption = keyEncryption(passphrase);
  const save = (file: string, key: PrivateKey): void =>
    writePrivateKeyFile(writer.reserve(file), key, encryption);
  const validity = { notBeforeMs: plan.nowMs - clockToleranceMs, notAfterMs: plan.nowMs + keyDays * dayMs };
  const listed = (purpose: DirectoryKey['purpose'], { publicKey }: PrivateKey): DirectoryKey => ({
    purpose,
    suite: 1,
    publicKey,
    ...validity,
    distrustFromMs: null,
  });

  const agents = plan.agents.map((name) => {
    const [signing, sealing] = [newKey(), newKey()];
    save(keyFileName(folder, name, 'signing', signing.publicKey), signing);
    save(keyFileName(folder, name, 'sealing', sealing.publicKey), sealing);
    return forget(
      { name, keys: [listed('message-signing', signing), listed('sealing', sealing)] },
      signing,
      sealing,
    );
  });
  const groups = plan.groups.map(({ name, members }) => {
    const sealing = newKey();
    for (const member of members)
      save(keyFileName(folder, member, { group: name }, sealing.publicKey), sealing);
    return forget({ name, members, keys: [listed('sealing', sealing)] }, sealing);
  });

  const document: DirectoryDocument = {
    realm: randomBytes(16),
    serial: 1,
    issuedAtMs: plan.nowMs,
    expiresAtMs: plan.nowMs + directoryDays * dayMs,
    agents,
    groups,
  };
  const directoryFile = writer.path('directory.json');
  const signed = signDirectory(document, nodePrimitives.signingKey(root.scalar), nodePrimitives);
  writer.public(directoryFile, signed);
  return forget(
    { realm: document.realm, rootPublicKey: root.publicKey, directoryFile, rootPassphrase },
    root,
  );
}

function newKey(): PrivateKey {
  const scalar = nodePrimitives.generatePrivateKey();
  return { scalar, publicKey: nodePrimitives.signingKey(scalar).publicKey };
}

function forget<T>(result: T, ...keys: PrivateKey[]): T {
  for (const { scalar } of keys) scalar.fill(0);
  return result;
}
