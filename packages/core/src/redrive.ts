// Giving rejected messages to their receivers once more (sealwire/SPEC.md): the parts that several packages know.
import type { Code } from './codes.js';
import type { MessageFacts, Sealed } from './message.js';
import type { QuarantinedRecord } from './quarantined-record.js';

/** The reserved message type of what carries a rejected message. */
export const redriveType = 'sealwire.redrive';

const redrivable: ReadonlySet<string> = new Set<Code>([
  'ERR_KEY_UNKNOWN',
  'ERR_KEY_STATUS',
  'ERR_KEY_NOT_FOR_ME',
  'ERR_KEY_WRAP',
  'ERR_POLICY_CHANNEL',
  'ERR_POLICY_SENDER',
  'ERR_POLICY_AUDIENCE',
  'ERR_POLICY_TYPE',
  'ERR_POLICY_AGE',
  'ERR_POLICY_FUTURE',
  'ERR_POLICY_REPLAY_LIMIT',
  'ERR_VALIDATION_PAYLOAD',
  'ERR_FORMAT_SESSION_UNKNOWN',
  'ERR_FORMAT_VERSION',
  'ERR_FORMAT_SUITE',
  'ERR_FORMAT_UNEXPECTED',
]);

/** Whether what was rejected for this reason can be accepted when something else has changed. */
export function isRedrivable(code: string): boolean {
  return redrivable.has(code);
}

/** Where a carrier goes: the partition or queue that the original was read from. */
export type RedrivePlace =
  | { readonly transport: 'kafka'; readonly topic: string; readonly partition: number }
  | { readonly transport: 'rabbitmq'; readonly queue: string };

/** A quarantined message that may be re-driven. */
export interface RedriveReady {
  readonly place: RedrivePlace;
  /** Names the message for those who keep account of what was re-driven: the carrier’s nonce, the same for every copy. */
  readonly identity: Buffer;
  /** Of the original, signed by its sender. */
  readonly facts: MessageFacts;
  /** The channel’s: how old a message may be that is read. */
  readonly maxAgeMs: number;
  /** Makes the carrier. @throws SealwireError where this agent cannot seal it */
  seal(): Promise<Sealed>;
}

/** The operator’s part. */
export interface Redriver {
  /**
   * Looks at a quarantined record as its receivers will, as far as that goes without their keys.
   * @throws UsageError ERR_USAGE_QUARANTINE with the reason where it cannot be re-driven; InabilityError
   */
  examine(record: QuarantinedRecord): RedriveReady;
  /** Signs a statement of this agent’s about what it did, for its fellow operators. */
  sign(statement: Buffer): Promise<{ readonly keyId: Buffer; readonly signature: Buffer }>;
  /** Which operator has signed a statement; `null`: none. */
  signedBy(statement: Buffer, keyId: Buffer, signature: Buffer): string | null;
}
