// The first hardware key store: an agent's private keys inside a token, behind PKCS#11.
import type { Primitives } from '@sealwire/crypto';
import { KeptKeys, type KeptKeysOptions } from './kept-keys.js';
import type { ManagedKeyStore } from './managed-key-store.js';
import { readPassphrase, type PassphraseSource } from './passphrase.js';
import { TokenLink, type TokenChoice } from './pkcs11/token-link.js';
import { TokenPlace } from './pkcs11/token-place.js';

export interface Pkcs11KeyStoreOptions extends KeptKeysOptions {
  /** Path of the PKCS#11 module, a shared library. */
  readonly module: string;
  readonly token: TokenChoice;
  /** A file of mode 600, or an environment variable; read at every login and not kept. */
  readonly pin: PassphraseSource;
  readonly primitives: Primitives;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** How long a call may take before the token counts as away. Default: 10 s. */
  readonly callTimeoutMs?: number;
}

/**
 * Opens an agent's keys in a token, and follows token and directory from then on, as `openKeyStore` does for files.
 * Signing (ECDSA) and key agreement (ECDH) happen inside; keys are generated inside and cannot be taken out. The key of a
 * group is the exception: its members need it, so it is made outside and sealed in. Signing and unwrapping are
 * asynchronous: Kafka serves, AMQP does not. A token that is away is inability, and is looked for again; a PIN that was
 * refused is not tried again.
 * Needs the optional package pkcs11js.
 * @throws UsageError ERR_USAGE_AGENT; KeyError ERR_KEY_TOKEN, ERR_KEY_FILE (PIN file); InabilityError ERR_UNABLE_KEY_STORE
 */
export async function openPkcs11KeyStore(options: Pkcs11KeyStoreOptions): Promise<ManagedKeyStore> {
  const { agent, module, token, pin, primitives, env, callTimeoutMs } = options;
  const link = new TokenLink({
    module,
    token,
    pin: () => readPassphrase(pin, env),
    ...(callTimeoutMs === undefined ? {} : { callTimeoutMs }),
  });
  return KeptKeys.open(new TokenPlace(agent, link, primitives), options);
}
