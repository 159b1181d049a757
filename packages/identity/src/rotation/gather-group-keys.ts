// Opens the shares of group keys that arrived through the directory, and puts the keys into the store.
import { InabilityError, KeyError, type SealwireError } from '@sealwire/core';
import type { Primitives } from '@sealwire/crypto';
import type { OpenDirectory } from '../directory/directory-view.js';
import { openGroupKey } from '../directory/group-key-share.js';
import type { Gather } from '../managed-key-store.js';

export interface GatherOptions {
  readonly directory: Pick<OpenDirectory, 'realm' | 'groups' | 'isMember' | 'sealingKeys'>;
  readonly primitives: Primitives;
  readonly clock: { nowMs(): number };
}

/**
 * For `openKeyStore({ gather })`: after each change of the directory every key of a group of the agent's that is not
 * here and has a share for it is opened and stored. One that fails does not keep others away; the first failure is thrown.
 * @throws (from what it returns) KeyError ERR_KEY_WRAP, ERR_KEY_FILE; InabilityError ERR_UNABLE_KEY_STORE
 */
export function gatherGroupKeys({ directory, primitives, clock }: GatherOptions): Gather {
  /** Keys that could not be written once because another process of this agent may have been faster. */
  const triedTwice = new Set<string>();
  return async (store) => {
    const held = new Set(store.keys.map(({ keyId }) => keyId.toString('hex')));
    let problem: SealwireError | null = null;
    const ownKeys = new Map(
      directory
        .sealingKeys(store.agent)
        .map((key) => [key.keyId.toString('hex'), key.destroyAtMs ?? Infinity]),
    );
    for (const group of directory.groups) {
      if (!directory.isMember(store.agent, group)) continue;
      for (const key of directory.sealingKeys(group)) {
        const id = key.keyId.toString('hex');
        if (held.has(id) || key.shares.length === 0) continue;
        if (clock.nowMs() >= (key.destroyAtMs ?? Infinity)) continue;
        // To a key of this agent's own that ends no later: or a later dump would open what the group has destroyed.
        const shares = key.shares.filter(
          ({ memberKeyId }) =>
            (ownKeys.get(memberKeyId.toString('hex')) ?? Infinity) <= (key.destroyAtMs ?? Infinity),
        );
        try {
          if (
            shares.length === 0 &&
            key.shares.some(({ memberKeyId }) => ownKeys.has(memberKeyId.toString('hex')))
          )
            throw new KeyError(
              'ERR_KEY_WRAP',
              `The share of a key of ${group} is sealed to a key of ${store.agent} that is destroyed later than it; let its issuer rotate the group's key.`,
            );
          const scalar = await openGroupKey(directory.realm, { ...key, shares }, store, primitives);
          if (scalar !== null) await store.addKey(group, scalar);
        } catch (error) {
          if (!(error instanceof KeyError) && !(error instanceof InabilityError)) throw error;
          if (error.code === 'ERR_KEY_FILE' && !triedTwice.has(id)) {
            triedTwice.add(id);
            void store.reload();
          } else if (problem === null || problem.code === 'ERR_KEY_WRAP') problem = error;
        }
      }
    }
    if (problem !== null) throw problem;
  };
}
