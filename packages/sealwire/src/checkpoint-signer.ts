// Signs the audit trail’s checkpoints with the agent’s message-signing key.
import type { CheckpointSigner } from '@sealwire/audit';
import { KeyError, type Directory, type KeyStore } from '@sealwire/core';
import { derOf } from '@sealwire/crypto';

/** While there is no good key nothing is signed: checkpoints wait. */
export function checkpointSigner(
  keyStore: Pick<KeyStore, 'signer'>,
  directory: Pick<Directory, 'signingKey'>,
): CheckpointSigner {
  return {
    current() {
      try {
        const { signer } = keyStore;
        const key = directory.signingKey(signer.keyId.toString('latin1'));
        if (key === null) return null;
        const { keyId, publicKey } = key;
        return { keyId, publicKey, sign: async (text) => derOf(await signer.sign(text)) };
      } catch (error) {
        if (error instanceof KeyError) return null;
        throw error;
      }
    },
  };
}
