// What goes between a process and the thread that reads its policy anew. Plain data: classes do not survive the way.
import type { Code, ErrorFacts } from '@sealwire/core';
import type { ChannelPolicy, Policy } from '@sealwire/policy';
import type { TrustDemand } from './policy-trust.js';

/** What is asked, and what the answer is held against. */
export interface PolicyAsk {
  readonly file: string;
  readonly agent: string;
  /** Of the directory as it is now. */
  readonly realm: Uint8Array;
  readonly names: readonly string[];
  /** What is in force. */
  readonly digest: Uint8Array;
  readonly bytes: Uint8Array;
  readonly demands: readonly TrustDemand[];
}

/** What is different, in words. */
export interface Difference {
  readonly weaker: number;
  readonly stronger: number;
  readonly other: number;
  /** Weaker ones first; cut where it gets too long. */
  readonly text: string;
  /** What a running process cannot take over; the first ones of it. */
  readonly fixed: readonly string[];
}

/** A policy but for what is long, and what is no data. */
export type PolicyHead = Omit<Policy, 'channels' | 'at' | 'settings'>;

/** The answers, in this order; each but the first is asked for, so that none holds up the other side for long. */
export type PolicyAnswer =
  | { readonly kind: 'unchanged' }
  | {
      readonly kind: 'policy';
      readonly head: PolicyHead;
      readonly digest: Uint8Array;
      readonly signedBy: readonly string[];
      readonly difference: Difference;
    }
  | { readonly kind: 'channels'; readonly channels: readonly ChannelPolicy[] }
  | { readonly kind: 'file'; readonly path: string; readonly bytes: Uint8Array }
  | { readonly kind: 'end' }
  | {
      readonly kind: 'error';
      readonly code: Code | null;
      readonly message: string;
      readonly facts: ErrorFacts;
    };
