// The error classes: few, one for each thing that a caller can do.
import type { Code } from './codes.js';

type Under<Prefix extends string> = Extract<Code, `ERR_${Prefix}_${string}`>;

/** Facts that help to find the cause: ids, names, sizes; never payload, key material or credentials. */
export type ErrorFacts = Readonly<Record<string, string | number | boolean | null>>;

/**
 * Base of all errors thrown by Sealwire. `code` is stable; `message` says what to do next.
 * Neither message, facts nor cause hold payload, key material or credentials.
 */
export abstract class SealwireError extends Error {
  readonly code: Code;
  readonly facts: ErrorFacts;

  constructor(code: Code, message: string, facts: ErrorFacts = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.facts = facts;
  }
}

/** Code or configuration is wrong: fix it; trying again does not help. */
export class UsageError extends SealwireError {
  override readonly name = 'UsageError';
  constructor(code: Under<'USAGE'>, message: string, facts?: ErrorFacts, cause?: unknown) {
    super(code, message, facts, cause);
  }
}

/** The bytes are not a message of a version and form that is accepted: reject. */
export class FormatError extends SealwireError {
  override readonly name = 'FormatError';
  constructor(code: Under<'FORMAT'>, message: string, facts?: ErrorFacts, cause?: unknown) {
    super(code, message, facts, cause);
  }
}

/** A key is unknown, disabled, not ours or unusable. */
export class KeyError extends SealwireError {
  override readonly name = 'KeyError';
  constructor(code: Under<'KEY'>, message: string, facts?: ErrorFacts, cause?: unknown) {
    super(code, message, facts, cause);
  }
}

/** Signature, mac or seal does not hold: reject. */
export class IntegrityError extends SealwireError {
  override readonly name = 'IntegrityError';
  constructor(code: Under<'INTEGRITY'>, message: string, facts?: ErrorFacts, cause?: unknown) {
    super(code, message, facts, cause);
  }
}

/** Well-formed and perhaps authentic, but not permitted here or now: reject. */
export class PolicyError extends SealwireError {
  override readonly name = 'PolicyError';
  constructor(code: Under<'POLICY'>, message: string, facts?: ErrorFacts, cause?: unknown) {
    super(code, message, facts, cause);
  }
}

/** The payload breaks its declared form: reject, or do not send. */
export class ValidationError extends SealwireError {
  override readonly name = 'ValidationError';
  constructor(code: Under<'VALIDATION'>, message: string, facts?: ErrorFacts, cause?: unknown) {
    super(code, message, facts, cause);
  }
}

/** Not a verdict: something that is needed to judge or to record cannot be relied on. Wait and try again. */
export class InabilityError extends SealwireError {
  override readonly name = 'InabilityError';
  constructor(code: Under<'UNABLE'>, message: string, facts?: ErrorFacts, cause?: unknown) {
    super(code, message, facts, cause);
  }
}
