// What happens to rejected deliveries: quarantine, drop or halt.
import {
  FormatError,
  IntegrityError,
  KeyError,
  PolicyError,
  ValidationError,
  type Code,
  type Inlet,
  type QuarantineSettings,
  type Rejected,
  type SealwireError,
} from '@sealwire/core';
import { concludeInContexts, type ContextOutcome } from './conclude-in-contexts.js';
import type { QuarantineQueue, RejectedMessage } from './quarantine-queue.js';

/** With the asynchronous context that it came in. */
export type RefusedMessage = RejectedMessage & Pick<ContextOutcome, 'context'>;

/** Thrown where the policy halts on a rejection. */
export class Halt extends Error {
  readonly error: SealwireError;
  constructor(error: SealwireError) {
    super(error.message);
    this.error = error;
  }
}

/** Carries out the policy’s word on rejections; acknowledging is left to the caller. */
export class Verdicts {
  readonly #settings: QuarantineSettings;
  readonly #quarantine: QuarantineQueue;

  constructor(settings: QuarantineSettings, quarantine: QuarantineQueue) {
    this.#settings = settings;
    this.#quarantine = quarantine;
  }

  /** What the audit says of a rejection that was carried out. */
  get outcome(): 'quarantined' | 'dropped' {
    return this.#settings.onReject === 'drop' ? 'dropped' : 'quarantined';
  }

  /** Looks for the quarantine queue where the policy needs one. @throws InabilityError ERR_UNABLE_QUARANTINE */
  async ready(): Promise<void> {
    if (this.#settings.onReject === 'quarantine') await this.#quarantine.ready();
  }

  /**
   * Resolves when the messages are where the policy wants them; then they may be acknowledged. What was handled before and
   * came again is only skipped.
   * @throws InabilityError: call again with the same messages; Halt: stop, acknowledge nothing
   */
  async carryOut(messages: readonly RefusedMessage[], inlet: Inlet): Promise<void> {
    const refused = messages.filter(({ rejected }) => rejected.code !== 'ERR_POLICY_DUPLICATE');
    const [first] = refused;
    if (first === undefined) return;
    if (this.#settings.onReject === 'quarantine') await this.#quarantine.write(refused);
    if (this.#settings.onReject === 'halt') {
      const outcomes = refused.map(({ rejected, context }) => ({ outcome: rejected, context }));
      await concludeInContexts(inlet, outcomes, 'halted');
      throw new Halt(rejectionError(first.rejected));
    }
  }
}

/** The error that a rejection stands for, for the operator of this agent. */
export function rejectionError(rejected: Rejected): SealwireError {
  const { code, reason } = rejected;
  const facts = { recordHash: rejected.recordHash.toString('hex') };
  if (is(code, 'ERR_KEY_')) return new KeyError(code, reason, facts);
  if (is(code, 'ERR_INTEGRITY_')) return new IntegrityError(code, reason, facts);
  if (is(code, 'ERR_POLICY_')) return new PolicyError(code, reason, facts);
  if (is(code, 'ERR_VALIDATION_')) return new ValidationError(code, reason, facts);
  return new FormatError(is(code, 'ERR_FORMAT_') ? code : 'ERR_FORMAT_UNEXPECTED', reason, facts);
}

function is<Prefix extends string>(code: Code, prefix: Prefix): code is Extract<Code, `${Prefix}${string}`> {
  return code.startsWith(prefix);
}
