// Opens whichever key store a policy names.
import { openKeyStore, type KeyStoreOptions } from './open-key-store.js';
import { openPkcs11KeyStore, type Pkcs11KeyStoreOptions } from './open-pkcs11-key-store.js';
import type { ManagedKeyStore } from './managed-key-store.js';

/** As `openKeyStore` or `openPkcs11KeyStore`, by what is given: a folder or a module. @throws what they throw */
export function openKeys(options: KeyStoreOptions | Pkcs11KeyStoreOptions): Promise<ManagedKeyStore> {
  return 'module' in options ? openPkcs11KeyStore(options) : openKeyStore(options);
}
