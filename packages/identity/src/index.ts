// For users.
export { openDirectory, type DirectoryOptions, type OpenDirectory } from './open-directory.js';
export { openKeyStore, type KeyStoreOptions } from './open-key-store.js';
export type { KeptKeysOptions } from './kept-keys.js';
export type { Gather, ManagedKeyStore, NewGroupKey, NewKey, StoredKey } from './managed-key-store.js';
export type { HeldPurpose } from './held-key.js';
export type { KeyListing, OwnListedKey } from './key-listing.js';
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
export { everybodyReads, ownerOnly, readGuardedFile, replaceFile, writeNewFile } from './guarded-file.js';
export { keyEncryption, KeyEncryption } from './key-encryption.js';
export { keyFileName, keyFolder, type KeyFileKind } from './key-file-name.js';
export { isUsable } from './open-directory.js';
export { readPrivateKeyFile, writePrivateKeyFile } from './private-key-file.js';
export type { PrivateKey } from './private-key-info.js';

// For sources of directories.
export {
  maxLineBytes,
  maxSourceBytes,
  maxSourceLines,
  type DirectorySource,
  type SourceRead,
} from './directory/directory-source.js';
export { keptLines } from './directory/kept-lines.js';
export { peekedLine } from './directory/peeked-lines.js';

// For making and verifying directories.
export {
  listedKey,
  type DirectoryEntry,
  type GroupKeyShare,
  type KeyFacts,
  type ListedKey,
} from './directory/directory-entry.js';
export type { DirectoryHeader } from './directory/directory-header.js';
export type { DirectorySet } from './directory/directory-set.js';
export type { DocumentSigner } from './directory/document-signer.js';
export { fileSource, linesOf, type FileSourceOptions } from './directory/file-source.js';
export { openGroupKey, shareGroupKey } from './directory/group-key-share.js';
export {
  nextDirectory,
  type EntryChange,
  type MadeDirectory,
  type NextDirectory,
  type SealingKeyClaim,
} from './directory/next-directory.js';
export {
  checkRoot,
  firstRoot,
  nextRoot,
  shownRoot,
  signRoot,
  type RootChanges,
} from './directory/next-root.js';
export { possessionBytes } from './directory/possession.js';
export type { VerifiedDocument } from './directory/read-document.js';
export type { Pin, VerifiedRoot } from './directory/root-chain.js';
export {
  directoryKeyId,
  type Delegation,
  type ListedPurpose,
  type RootDocument,
} from './directory/root-document.js';
export { verifyLines, type VerifiedLines, type VerifyOptions } from './directory/verify-lines.js';
