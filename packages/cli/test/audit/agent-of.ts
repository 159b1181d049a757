// An agent of a folder that `init` made, as one that makes trails in tests: with the key that the directory lists.
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { keyId } from '@sealwire/crypto';
import type { MadeAgent } from '../../../audit/test/verify/made-trail.ts';

export function agentOf(folder: string, name: string): MadeAgent {
  const keys = join(folder, 'keys', name);
  const file = readdirSync(keys).find((each) => each.startsWith('signing-'))!;
  const passphrase = readFileSync(join(folder, 'secrets', `${name}.passphrase`), 'utf8').trim();
  const privateKey = createPrivateKey({ key: readFileSync(join(keys, file)), passphrase });
  const spki = createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
  const publicKey = spki.subarray(-65);
  return {
    name,
    keyId: keyId('message-signing', 1, publicKey).toString('hex'),
    publicKey,
    privateKey,
    spki,
  };
}
