// For users.
export type { OpenDirectory } from './directory/directory-view.js';
export { fileText, linesOf } from './directory/file-lines.js';
export { fileSource, type FileSourceOptions } from './directory/file-source.js';
export { openDirectory, type DirectoryOptions, type FollowedDirectory } from './directory/live-directory.js';
export { openKeyStore, type KeyStoreOptions } from './open-key-store.js';
export { openKeys } from './open-keys.js';
export { openPkcs11KeyStore, type Pkcs11KeyStoreOptions } from './open-pkcs11-key-store.js';
export type { TokenChoice } from './pkcs11/token-link.js';
export type { KeptKeysOptions } from './kept-keys.js';
export type { Gather, ManagedKeyStore, NewGroupKey, NewKey, StoredKey } from './managed-key-store.js';
export type { HeldPurpose } from './held-key.js';
export type { KeyListing, OwnListedKey } from './key-listing.js';
export { readPassphrase, type PassphraseSource } from './passphrase.js';

// For the command line.
export { folderName, isName, nameRule } from './agent-name.js';
export { everybodyReads, ownerOnly, readGuardedFile, replaceFile, writeNewFile } from './guarded-file.js';
export { keyEncryption, KeyEncryption } from './key-encryption.js';
export { keyFileName, keyFolder, type KeyFileKind } from './key-file-name.js';
export { isUsable } from './is-usable.js';
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
export type { Delegations, Issuer } from './directory/delegations.js';
export type { DirectoryHeader } from './directory/directory-header.js';
export type { DirectoryReason } from './directory/directory-error.js';
export type { DirectorySet } from './directory/directory-set.js';
export type { DocumentSigner } from './directory/document-signer.js';
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

// For rotation and revocation.
export { changedEntry, type EntryEdit } from './rotation/changed-entry.js';
export { dueKey, newestLive, type DueTimes } from './rotation/due-key.js';
export { directoryChanges, type DirectoryChange } from './rotation/directory-changes.js';
export { gatherGroupKeys, type GatherOptions } from './rotation/gather-group-keys.js';
export { KeyIntents } from './rotation/key-intents.js';
export {
  acceptedRequest,
  keyRequest,
  parseKeyRequest,
  type AcceptedTimes,
  type KeyRequest,
  type RequestedKey,
} from './rotation/key-request.js';
export { revocation, type Revocation, type Revoked } from './rotation/revoke.js';
export {
  publishLine,
  Rotator,
  type Rotated,
  type RotatedKey,
  type RotationParts,
} from './rotation/rotate.js';
export { startRotation, type Rotation, type RotationOptions } from './rotation/rotation.js';
export { defaultRotation, periodOf, type RotationSettings } from './rotation/rotation-settings.js';
export { fittingDestroyAtMs } from './rotation/rotation-plan.js';
