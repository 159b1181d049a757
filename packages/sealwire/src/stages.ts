// What the stages of one open Sealwire are built from.
import type { Clock, Directory, KeyStore, LiveDirectory, Route, Routes } from '@sealwire/core';
import type { Primitives } from '@sealwire/crypto';
import type { Payloads } from '@sealwire/schema';

/** The policy's look-ups, with the one that only receivers need. */
export interface RouteChecks extends Routes {
  senderAllowed(route: Route, sender: string): boolean;
}

export interface StageParts {
  readonly agent: string;
  readonly clock: Clock;
  readonly primitives: Primitives;
  readonly suite: number;
  /** One that follows no source knows all that there is to know. */
  readonly directory: Directory | LiveDirectory;
  readonly keyStore: KeyStore;
  readonly routes: RouteChecks;
  /** Of the policy. Without it content types alone are checked: for benches and tests of other stages. */
  readonly payloads?: Payloads;
  readonly epochMs: number;
  readonly skewMs: number;
  readonly maxMessageBytes: number;
  /** Who may re-drive messages, and how long after their rejection; nobody where nothing is said. */
  readonly redrive?: { readonly by: readonly string[]; readonly maxAgeMs: number };
}
