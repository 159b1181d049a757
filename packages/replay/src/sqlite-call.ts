// What goes between an application’s thread and the thread of its embedded store.
import type { Code, ErrorFacts } from '@sealwire/core';
import type { KeptClaim } from './kept-claim.js';

type Numbered<Call> = Call & { readonly number: number };

export type StoreRequest =
  | { readonly name: 'open' | 'close' }
  | {
      readonly name: 'claim';
      readonly claims: readonly KeptClaim[];
      readonly leaseMs: number;
      readonly nowMs: number;
    }
  | { readonly name: 'renew'; readonly claims: readonly KeptClaim[]; readonly leaseMs: number }
  | { readonly name: 'done'; readonly claims: readonly KeptClaim[]; readonly nowMs: number }
  | { readonly name: 'release'; readonly claims: readonly KeptClaim[] };

export type StoreCall = Numbered<StoreRequest>;

export interface StoreAnswer {
  readonly number: number;
  readonly value?: unknown;
  /** An error as its parts: classes do not survive the way between threads. */
  readonly error?: { readonly code: Code; readonly message: string; readonly facts: ErrorFacts };
}
