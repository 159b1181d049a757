// One adversary move: what is written to the broker, and the verdict that it must meet.
import type { Code } from '@sealwire/core';
import type { Insider } from './insiders.ts';
import type { Injection, Place, Transport, WireRecord } from './wire-record.ts';

/** What an attacker has: all that lies on the broker, and accomplices among the agents. */
export interface Scene {
  readonly transport: Transport;
  /** Two honest messages of one producer, sealed together for the same place. */
  readonly first: WireRecord;
  readonly second: WireRecord;
  /** Sealed bytes for the inbox, made by an agent that departs from the policy. */
  sealedBy(insider: Insider): Buffer;
}

export interface Attack {
  /** As in the demo’s output. */
  readonly name: string;
  /** Ends the sentence “refuses …”. */
  readonly move: string;
  /** The verdict on every record of it. */
  readonly code: Code;
  /** Where the move exists on one transport only. */
  readonly only?: Transport;
  /** Where it is written. */
  readonly place?: Place;
  make(scene: Scene): readonly Omit<Injection, 'place'>[];
  /** Where the broker itself refuses what `make` gives: lesser forms of the same move, largest first. */
  readonly lesser?: readonly Attack['make'][];
}
