// An agent's key store, opened by an operator for one command.
import { existsSync } from 'node:fs';
import { systemClock } from '@sealwire/core';
import { nodePrimitives as primitives } from '@sealwire/crypto';
import {
  gatherGroupKeys,
  keyFolder,
  openKeys,
  type FollowedDirectory,
  type ManagedKeyStore,
} from '@sealwire/identity';
import type { Policy } from '@sealwire/policy';

export function openAgentStore(policy: Policy, directory: FollowedDirectory): Promise<ManagedKeyStore> {
  const clock = systemClock;
  return openKeys({
    agent: policy.agent,
    ...policy.keys,
    directory,
    primitives,
    clock,
    gather: gatherGroupKeys({ directory, primitives, clock }),
  });
}

/** Whether an agent's keys can be reached from here. A token does not say whose keys it has without its PIN. */
export function hasKeys({ keys, agent }: Policy): boolean {
  return 'module' in keys || existsSync(keyFolder(keys.folder, agent));
}
