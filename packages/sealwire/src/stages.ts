// What the stages of one open Sealwire are built from.
import type { Clock, Directory, KeyStore, LiveDirectory, Route, Routes } from '@sealwire/core';
import type { Primitives } from '@sealwire/crypto';

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
  readonly epochMs: number;
  readonly skewMs: number;
  readonly maxMessageBytes: number;
}
