// Checks a policy as far as it can be checked from here: the file, the names in it, and one agent's own files.
import { nodePrimitives } from '@sealwire/crypto';
import type { Signer } from '@sealwire/core';
import { openKeys, type ManagedKeyStore } from '@sealwire/identity';
import { readDirectory } from './read-directory.js';
import {
  checkAgainstDirectory,
  openConnectionGuard,
  payloadsOf,
  policyFor,
  controlNotes,
  type ControlNotes,
} from '@sealwire/policy';
import { openPayloads } from '@sealwire/schema';
import { readPolicyFiles, trustDemands } from 'sealwire';

export interface PolicyCheck extends ControlNotes {
  readonly file: string;
  /** `null` where none was named: then only what holds for all agents was checked. */
  readonly agent: string | null;
  /** Names the policy with the files that are a part of it: what is pinned and signed. */
  readonly digest: string;
  readonly revision: number | null;
  readonly channels: readonly string[];
  readonly checked: readonly string[];
  readonly notChecked: readonly string[];
}

/** @throws SealwireError with everything that is wrong in the first part that is wrong */
export async function checkPolicy(file: string, agent: string | null): Promise<PolicyCheck> {
  const { template, digest: bytes } = readPolicyFiles(file, trustDemands(undefined));
  const named = { digest: bytes.toString('hex'), revision: template.revision };
  const name = agent ?? template.agent;
  const channels = template.channels.map((channel) => channel.name);
  const policy = name === null ? null : policyFor(template, name);
  const primitives = nodePrimitives;
  const directory = readDirectory((policy ?? template).directory, template.realm);
  checkAgainstDirectory(policy ?? template, directory);
  const payloads = payloadsOf(template);
  openPayloads(payloads);
  const checked = ['the file', 'the directory', 'names of agents and groups'];
  if (payloads.some(({ schemaFile }) => schemaFile !== null)) checked.push('payload schemas');
  if (policy === null)
    return {
      file,
      agent: null,
      ...named,
      channels,
      checked,
      notChecked: ['keys, certificates and passwords (give --agent)'],
      ...controlNotes(template.controls),
    };

  const keyStore = await openKeys({ agent: policy.agent, ...policy.keys, directory, primitives });
  try {
    requireSigner(keyStore);
  } finally {
    await keyStore.close();
  }
  checked.push(`keys of ${policy.agent}`);
  for (const transport of ['kafka', 'rabbitmq'] as const)
    if (policy.connections[transport] !== null) {
      openConnectionGuard(policy, transport, policy.agent);
      checked.push(`certificates and password for ${transport}`);
    }
  return {
    file,
    agent: policy.agent,
    ...named,
    channels,
    checked,
    notChecked: [],
    ...controlNotes(template.controls),
  };
}

/** @throws KeyError ERR_KEY_MISSING where there is no key to sign with */
const requireSigner = (keyStore: ManagedKeyStore): Signer => keyStore.signer;
