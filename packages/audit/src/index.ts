// For the facade.
export { plainEvent, receivedEvent, rejectedEvent, sentEvent } from './message-events.js';
// The chain, for its writer and its readers.
export { checkpointText, maxSeen, type Checkpoint, type SeenChain } from './chain/checkpoint-text.js';
export { CompactRange, type RangeState } from './chain/compact-range.js';
export { hexOfHash, leafHash, noHash } from './chain/leaf-hash.js';
export { parseNote, type ParsedNote } from './chain/parse-note.js';
export { noteKeyHash, signedNote } from './chain/signed-note.js';
// What writers tell one another of their chains.
export { namedForMs } from './witness/notice-trust.js';
export { Witness, type WitnessParts } from './witness/witness.js';
// Where events go, beside the brokers.
export { FileSink, type FileSinkOptions } from './sinks/file-sink.js';
export { StdoutSink } from './sinks/stdout-sink.js';
// Events as they stand on the topic.
export { EventRenderer } from './events/event-renderer.js';
export type { ChainLink } from './events/chain-link.js';
export { Pseudonyms } from './events/pseudonyms.js';
export type { WriterFacts } from './events/writer-facts.js';
export { alertOf } from './events/alert-of.js';
export type { Alert } from './events/alert-of-code.js';
export { severities, severityOf } from './events/severity-of.js';
// For the command line: what reads a trail.
export {
  AuditVerifier,
  type AuditSummary,
  type AuditVerifierOptions,
  type Retention,
} from './verify/audit-verifier.js';
export type { ChainSummary } from './verify/chain-summary.js';
export type { ListedSigner, Trust } from './verify/checkpoint-judge.js';
export {
  findingKinds,
  type Finding,
  type FindingKind,
  type OnFinding,
  type Place,
} from './verify/finding.js';
export type { ReadEvent } from './verify/read-event.js';
// Events in the names of other schemas.
export type { ParsedEvent } from './siem/parsed-event.js';
export { toCim } from './siem/to-cim.js';
export { toEcs } from './siem/to-ecs.js';
export {
  Reconciler,
  type Reconciliation,
  type ReconcilerOptions,
  type Unmatched,
} from './reconcile/reconciler.js';
// Proofs of one message.
export {
  isSealedMessage,
  proofLimits,
  type AuditProof,
  type BareSignature,
  type CoveredEvent,
  type ProofCheckpoint,
  type SealedMessageParts,
} from './proof/audit-proof.js';
export { checkEvents, type VouchedEvent } from './proof/check-events.js';
export { checkpointKey, type TrailTerms } from './proof/checkpoint-key.js';
export { decodeProof } from './proof/decode-proof.js';
export { encodeProof } from './proof/encode-proof.js';
export { readMessageEvent, type MessageEvent } from './proof/message-event.js';
export { ProofSearch, type FoundEvent, type SearchTerms, type UncoveredEvent } from './proof/proof-search.js';
export type { AuditTrail, Trail } from './trail/audit-trail.js';
export type { CheckpointKey, CheckpointOptions, CheckpointSigner } from './trail/checkpoints.js';
export { abandonedTrails, openAuditTrail, type OpenTrailOptions } from './trail/open-audit-trail.js';
