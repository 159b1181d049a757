// An agent's keys in a SoftHSM2 token, listed in a directory that knows nothing else.
import { nodePrimitives as primitives } from '@sealwire/crypto';
import {
  openPkcs11KeyStore,
  type KeyListing,
  type ManagedKeyStore,
  type OwnListedKey,
} from '@sealwire/identity';
import type { SoftToken } from '@sealwire/testing';
import type { KeysElsewhere } from '../envelope/in-memory.ts';

const agent = 'orchestrator-1';

export interface TokenKeys extends KeysElsewhere {
  readonly keyStore: ManagedKeyStore;
}

/** Makes both keys inside the token. */
export async function tokenKeys(token: SoftToken): Promise<TokenKeys> {
  const listed = new Map<string, OwnListedKey>();
  let version = 1;
  const listing: KeyListing = {
    get version() {
      return version;
    },
    groups: [],
    isAgent: (name) => name === agent,
    isMember: () => false,
    signingKey: (id) => listed.get(id) ?? null,
    sealingKeyById: (id) => listed.get(id) ?? null,
    sealingKeys: () => [],
  };
  const keyStore = await openPkcs11KeyStore({
    agent,
    module: token.module,
    token: { label: token.label },
    pin: { file: token.pinFile },
    directory: listing,
    primitives,
  });
  const made = async (purpose: 'message-signing' | 'sealing'): Promise<Buffer> => {
    const { keyId, publicKey, store } = await keyStore.generateKey(purpose);
    await store();
    listed.set(keyId.toString('latin1'), {
      keyId,
      publicKey,
      owner: agent,
      notBeforeMs: 0,
      notAfterMs: Number.MAX_SAFE_INTEGER,
      distrustFromMs: null,
    });
    version++;
    return publicKey;
  };
  return { signing: await made('message-signing'), sealing: await made('sealing'), keyStore };
}
