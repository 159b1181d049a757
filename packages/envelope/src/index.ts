// For the facade.
export { ReceivedSessions } from './received-sessions.js';
export { opening, type Opening, type OpeningOptions } from './opening.js';
export type { References } from './look-ups.js';
export { looksSealed, type SeenRecord } from './looks-sealed.js';
export { sealing, type SealingOptions } from './sealing.js';
export {
  carrierInstance,
  decodeRedrive,
  encodeRedrive,
  redriveContentType,
  type CarriedNonce,
  type RedrivePayload,
} from './redrive-payload.js';
export {
  decodeEvidence,
  encodeEvidence,
  encodeRejection,
  rejectionMessage,
  type Rejection,
  type RejectionEvidence,
} from './rejection-evidence.js';

// For tools and other implementations’ tests.
export { decodeHeader } from './header-codec.js';
export { decodeOuter, decodeProof, prefix, type Outer, type Proof } from './outer-codec.js';
export {
  headerSchema,
  plaintextSchema,
  proofSchema,
  sealedMessageSchema,
  sessionRecordSchema,
  sessionSchema,
} from './schemas.js';
export { decodeSession } from './session-codec.js';
export { decodeSessionRecord, sessionMessage, type SessionRecord } from './session-record.js';
export { referenceOf, selfContained } from './self-contained.js';
export {
  checkMessageSignature,
  messageHashOf,
  messageParts,
  readMessageParts,
  type MessageParts,
  type MessageSignature,
  type ReadMessage,
} from './message-signature.js';
export { tombstoneHeader } from './sealed-record.js';
export {
  inspect,
  type InspectedHashes,
  type InspectedPart,
  type InspectedProblem,
  type Inspection,
} from './inspect.js';
export type { FieldValue, InspectedField } from './inspect-fields.js';
export { recordVerifier, type KeptRecord, type Verification, type VerifierOptions } from './verify-record.js';
