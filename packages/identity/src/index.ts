// For users.
export { openDirectory, type DirectoryOptions, type OpenDirectory } from './open-directory.js';
export { openKeyStore, type KeyStoreOptions } from './open-key-store.js';
export { readPassphrase, type PassphraseSource } from './passphrase.js';

// For the command line.
export { folderName, isName, nameRule } from './agent-name.js';
export type {
  DirectoryAgent,
  DirectoryDocument,
  DirectoryGroup,
  DirectoryKey,
  DirectoryKeyPurpose,
} from './directory-document.js';
export { signDirectory } from './directory-file.js';
export { everybodyReads, ownerOnly, readGuardedFile, writeNewFile } from './guarded-file.js';
export { keyFileName, keyFolder, type KeyFileKind } from './key-file-name.js';
export { isUsable } from './open-directory.js';
export { readPrivateKeyFile, writePrivateKeyFile, type PrivateKey } from './private-key-file.js';
