// `sealwire keys new`: makes keys where the agent runs, and the request that gets them listed.
import { existsSync, mkdirSync } from 'node:fs';
import type { Command } from 'commander';
import { UsageError } from '@sealwire/core';
import { keyId, nodePrimitives as primitives } from '@sealwire/crypto';
import {
  everybodyReads,
  isName,
  keyEncryption,
  keyFileName,
  keyFolder,
  keyRequest,
  nameRule,
  ownerOnly,
  readPassphrase,
  writeNewFile,
  writePrivateKeyFile,
} from '@sealwire/identity';
import { policyFor, readPolicy } from '@sealwire/policy';
import { openAgentStore } from './agent-store.js';
import { newSecret } from './init-identities.js';
import { examples, inRealm, type OperatorOptions } from './operator.js';
import { print, type OutputOptions, type Streams } from './output.js';

interface Options extends OutputOptions {
  readonly policy: string;
  readonly purpose: string;
  readonly out?: string;
}

type Kind = 'signing' | 'sealing';

export function addKeysNew(keys: Command, streams: Streams): void {
  keys
    .command('new')
    .summary('make keys of an agent, and the request to list them')
    .description(
      'Makes private keys in the agent’s key folder, on the machine where the agent runs, and prints a request: public keys, with proof that they are held here. Where the policy’s passphrase file is missing, it is made, of 256 random bits. The issuer lists them with "sealwire directory agent add".',
    )
    .argument('<agent>', 'whose keys')
    .option('--policy <file>', 'the policy', 'sealwire.yaml')
    .option(
      '--purpose <purpose>',
      'signing, sealing or both (sealing alone needs a listed signing key)',
      'both',
    )
    .option('--out <file>', 'write the request to this new file')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      examples('sealwire keys new writer --out writer.request', 'sealwire keys new writer --purpose sealing'),
    )
    .action(async (agent: string, options: Options) => {
      const made = await newKeys(agent, options);
      if (options.out !== undefined) writeNewFile(options.out, `${made.request}\n`, everybodyReads);
      print(streams, options, { agent, ...made, out: options.out ?? null }, [
        ...made.keys.map(({ purpose, keyId: id }) => `Made ${purpose} key ${id} of ${agent}.`),
        ...(options.out === undefined ? [made.request] : [`Request: ${options.out}`]),
        `Next, at the issuer: sealwire directory agent add ${options.out ?? '<the request in a file>'}`,
      ]);
    });
}

async function newKeys(agent: string, { policy: file, purpose }: Options) {
  if (!isName(agent)) throw new UsageError('ERR_USAGE_ARGUMENT', `The agent must be ${nameRule}.`);
  const kinds: readonly Kind[] =
    purpose === 'both'
      ? ['signing', 'sealing']
      : purpose === 'signing' || purpose === 'sealing'
        ? [purpose]
        : [];
  if (kinds.length === 0)
    throw new UsageError('ERR_USAGE_ARGUMENT', '--purpose must be signing, sealing or both.');
  const template = readPolicy(file);
  const policy = policyFor(template, agent);
  if ('module' in policy.keys)
    throw new UsageError(
      'ERR_USAGE_POLICY',
      `The keys of ${agent} are in a token: list it with a first key from files, then "sealwire keys rotate --force ${agent}" makes keys in the token.`,
    );
  const { folder, passphrase } = policy.keys;
  const made = kinds.map((kind) => {
    const scalar = primitives.generatePrivateKey();
    const signer = primitives.signingKey(scalar);
    const { publicKey } = signer;
    const sign = (message: Buffer) => signer.sign(message);
    const listed = kind === 'signing' ? ('message-signing' as const) : ('sealing' as const);
    return { kind, purpose: listed, scalar, publicKey, sign };
  });
  const request = (signer: { sign(message: Buffer): Buffer | Promise<Buffer> }): Promise<string> =>
    keyRequest(policy.realm, agent, made, signer);
  const own = made.find(({ kind }) => kind === 'signing');
  // A request that cannot be made must leave no key behind.
  const text =
    own !== undefined
      ? await request(own)
      : await inRealm({ policy: file } satisfies OperatorOptions, async ({ directory }) => {
          const store = await openAgentStore(policy, directory);
          try {
            return await request(store.signer);
          } finally {
            await store.close();
          }
        });
  if ('file' in passphrase && !existsSync(passphrase.file))
    writeNewFile(passphrase.file, `${newSecret()}\n`, ownerOnly);
  const encryption = keyEncryption(readPassphrase(passphrase));
  mkdirSync(keyFolder(folder, agent), { recursive: true, mode: 0o700 });
  for (const { kind, scalar, publicKey } of made) {
    writePrivateKeyFile(keyFileName(folder, agent, kind, publicKey), { scalar, publicKey }, encryption);
    scalar.fill(0);
  }
  return {
    keys: made.map((key) => ({
      purpose: key.purpose,
      keyId: keyId(key.purpose, 1, key.publicKey).toString('hex'),
    })),
    request: text,
  };
}
