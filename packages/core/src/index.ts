// For applications.
export { codes, type Code } from './codes.js';
export {
  FormatError,
  InabilityError,
  IntegrityError,
  KeyError,
  PolicyError,
  SealwireError,
  UsageError,
  ValidationError,
  type ErrorFacts,
} from './errors.js';
export { origin, type Origin, type PlainOrigin, type VerifiedOrigin } from './origin.js';
export type { BearerToken, TokenProvider } from './token-provider.js';
export type { Description, MessageFacts, Outgoing, Received, Redriven, Sealed, Verified } from './message.js';
export type { Sealwire } from './sealwire.js';

// For the other packages.
export { agentEvent, type AgentEventFacts } from './agent-event.js';
export type { Destination, Source, Transport } from './address.js';
export type {
  AuditEvent,
  AuditKind,
  AuditBatch,
  PackedEvents,
  PackEvents,
  AuditObserver,
  AuditState,
  AuditOutcome,
  AuditSink,
  EncryptionStatus,
  NoticeBoard,
} from './audit-event.js';
export type { AuditTopicRules, AuditTopicSettings } from './audit-topic.js';
export { kafkaAclKey } from './broker-rights.js';
export type {
  KafkaAcl,
  KafkaOperation,
  KafkaResource,
  RabbitmqPermission,
  RabbitmqTopicPermission,
} from './broker-rights.js';
export type { AskedClaim, ClaimGuard, GuardAnswer, HeldClaim } from './claim-guard.js';
export type { Claim, ClaimAnswer, ClaimStore } from './claim-store.js';
export { systemClock, type Clock } from './clock.js';
export type { ConnectionGuard, PeerFacts, SaslSettings } from './connection-guard.js';
export type {
  DirectorySource,
  DirectorySourceParts,
  OpenDirectorySource,
  SourceRead,
} from './directory-source.js';
export type { Directory, LiveDirectory, PublicKey } from './directory.js';
export { faultPoint, faultPoints, type FaultPoint } from './fault-points.js';
export { carriedHeaders, tracingHeaders, type HeaderField } from './header-field.js';
export type { HeaderFacts } from './header-facts.js';
export { handshakeFailure, hungUp } from './handshake-failure.js';
export { inbound, revisited, type InboundStages } from './inbound.js';
export { InboundDraft } from './inbound-draft.js';
export type * from './inbound-states.js';
export { isHandedOver, isPlain, isRejected, type Judged } from './judged.js';
export { judge, recordHash, verdict } from './judge.js';
export type { KeyStore, Signer } from './key-store.js';
export { rememberOrigin, shareOrigin } from './origin.js';
export { outbound, type OutboundJourney, type OutboundStages } from './outbound.js';
export { describeOutgoing, OutboundDraft } from './outbound-draft.js';
export type * from './outbound-states.js';
export { keptName, quarantineHeaders } from './quarantine-headers.js';
export {
  isInClear,
  type InClear,
  type Plain,
  type PlaintextTerms,
  type SenderEvidence,
  type WeakMode,
} from './plain.js';
export { quarantinedRecord, type QuarantinedRecord } from './quarantined-record.js';
export { isRedrivable, redriveType, type RedrivePlace, type Redriver, type RedriveReady } from './redrive.js';
export type { Claims, Rejected, RejectedRange } from './rejection.js';
export type {
  LedgerPlace,
  LoadedState,
  NoncedMessage,
  ReplayLedger,
  ReplayMemory,
  ReplayRules,
  ReplayWindow,
} from './replay-memory.js';
export type { Compression, Route, Routes } from './route.js';
export type { Inlet, InletOptions, Outlet, QuarantineSettings } from './sealwire.js';
export type {
  OfferedSession,
  ReferredSession,
  SessionRules,
  SessionSource,
  SessionTopic,
} from './session-source.js';
export type { Session, Wrap } from './session.js';
export { noticeQueues, readerGroup } from './reader-group.js';
