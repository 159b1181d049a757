// Makes root, agents and groups: private keys into files, public halves into a signed directory.
import { randomBytes } from 'node:crypto';
import { nodePrimitives } from '@sealwire/crypto';
import {
  keyEncryption,
  checkRoot,
  fileText,
  firstRoot,
  folderName,
  keyFileName,
  type KeyEncryption,
  type KeyFileKind,
  listedKey,
  nextDirectory,
  possessionBytes,
  signRoot,
  verifyLines,
  writePrivateKeyFile,
  type EntryChange,
  type ListedKey,
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
/** How long a retained log stays readable after its keys were last sealed to. */
const destroyDays = 30;
/** So that an agent whose clock is slow accepts a new key. */
const clockToleranceMs = 300_000;

/** A passphrase or password: 256 random bits in base64url. */
export const newSecret = (): string => randomBytes(32).toString('base64url');

export async function writeIdentities(plan: InitPlan, writer: InitWriter): Promise<Identities> {
  const rootPassphrase = newSecret();
  writer.secret(writer.path('root', 'passphrase'), `${rootPassphrase}\n`);

  const root = newKey();
  writePrivateKeyFile(writer.reserve(writer.path('root', 'root-key.pem')), root, rootPassphrase);
  writer.public(writer.path('root', 'root-key.pub'), `${root.publicKey.toString('base64url')}\n`);

  const issuerPassphrase = newSecret();
  writer.secret(writer.path('issuers', 'passphrase'), `${issuerPassphrase}\n`);
  const issuer = newKey();
  writePrivateKeyFile(writer.reserve(writer.path('issuers', 'issuer-key.pem')), issuer, issuerPassphrase);

  const realm = randomBytes(16);
  const folder = writer.path('keys');
  // A passphrase for each agent: one host's secrets open one agent's keys.
  const encryptions = new Map<string, KeyEncryption>();
  for (const name of plan.agents) {
    const passphrase = newSecret();
    writer.secret(writer.path('secrets', `${folderName(name)}.passphrase`), `${passphrase}\n`);
    encryptions.set(name, keyEncryption(passphrase));
  }
  const save = (agent: string, kind: KeyFileKind, key: PrivateKey): void =>
    writePrivateKeyFile(
      writer.reserve(keyFileName(folder, agent, kind, key.publicKey)),
      key,
      encryptions.get(agent)!,
    );
  const validity = { notBeforeMs: plan.nowMs - clockToleranceMs, notAfterMs: plan.nowMs + keyDays * dayMs };
  const signing = (owner: string, { scalar, publicKey }: PrivateKey): ListedKey => {
    const purpose = 'message-signing' as const;
    const possession = sign(scalar, possessionBytes(realm, { owner, purpose, publicKey }));
    return listedKey(owner, { purpose, publicKey, ...validity, possession });
  };
  const sealing = (owner: string, { publicKey }: PrivateKey): ListedKey =>
    listedKey(owner, {
      purpose: 'sealing',
      publicKey,
      ...validity,
      destroyAtMs: validity.notAfterMs + destroyDays * dayMs,
    });

  const agents = plan.agents.map((name): EntryChange => {
    const [own, secret] = [newKey(), newKey()];
    save(name, 'signing', own);
    save(name, 'sealing', secret);
    const seals = sealing(name, secret);
    const claims = [{ keyId: seals.keyId, signature: sign(own.scalar, possessionBytes(realm, seals)) }];
    return forget({ entry: { name, members: null, keys: [signing(name, own), seals] }, claims }, own, secret);
  });
  const groups = plan.groups.map(({ name, members }): EntryChange => {
    const secret = newKey();
    for (const member of members) save(member, { group: name }, secret);
    return forget({ entry: { name, members, keys: [sealing(name, secret)] } }, secret);
  });

  const rootLine = await signRoot(
    firstRoot({
      realm,
      issuedAtMs: plan.nowMs,
      expiresAtMs: plan.nowMs + directoryDays * dayMs,
      threshold: 1,
      rootKeys: [root.publicKey],
      issuers: [
        {
          publicKey: issuer.publicKey,
          prefixes: [''],
          purposes: ['message-signing', 'sealing'],
          expiresAtMs: plan.nowMs + directoryDays * dayMs,
        },
      ],
    }),
    nodePrimitives.signingKey(root.scalar),
  );
  checkRoot(rootLine, null, nodePrimitives);
  const { directory } = verifyLines([rootLine], {
    name: 'the new root document',
    rootKeys: [root.publicKey],
    threshold: 1,
    realm,
    primitives: nodePrimitives,
    clock: { nowMs: () => plan.nowMs },
  });
  const { line } = await nextDirectory({
    set: directory.set,
    issuer: nodePrimitives.signingKey(issuer.scalar),
    changes: [...agents, ...groups],
    nowMs: plan.nowMs,
    expiresAtMs: plan.nowMs + directoryDays * dayMs,
    primitives: nodePrimitives,
  });
  const directoryFile = writer.path('directory.jsonl');
  writer.public(directoryFile, fileText([rootLine, line]));
  return forget({ realm, rootPublicKey: root.publicKey, directoryFile, rootPassphrase }, root, issuer);
}

const sign = (scalar: Buffer, message: Buffer): Buffer => nodePrimitives.signingKey(scalar).sign(message);

function newKey(): PrivateKey {
  const scalar = nodePrimitives.generatePrivateKey();
  return { scalar, publicKey: nodePrimitives.signingKey(scalar).publicKey };
}

function forget<T>(result: T, ...keys: PrivateKey[]): T {
  for (const { scalar } of keys) scalar.fill(0);
  return result;
}
