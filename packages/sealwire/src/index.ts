// For applications.
export { acceptReplayLoss } from './accept-replay-loss.js';
export {
  openSealwire,
  type OpenedSealwire,
  type OpenOptions,
  type OpenOwnKeyStore,
} from './open-sealwire.js';
export {
  codes,
  FormatError,
  InabilityError,
  IntegrityError,
  KeyError,
  origin,
  PolicyError,
  SealwireError,
  UsageError,
  ValidationError,
  type Code,
  type Description,
  type Origin,
  type Sealwire,
} from '@sealwire/core';

export type { PolicyTrust } from './policy-trust.js';

// For the command line.
export { readPolicyFiles, type PolicyFiles } from './policy-files.js';
export {
  readPolicySignatures,
  signatureFile,
  signedMessage,
  signPolicy,
  type PolicySignature,
  type PolicySignatures,
} from './policy-signature.js';
export { checkTrust, trustDemands, type TrustDemand } from './policy-trust.js';

// For benches and tests: a Sealwire from parts that are already there.
export { assemble, type Surroundings } from './assemble.js';
export { AuditTrails, type Trails } from './audit-trails.js';
export { openWithTrails } from './open-sealwire.js';
export type { RouteChecks, StageParts } from './stages.js';
