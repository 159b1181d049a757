// The one object behind all outbound states, so that a message costs one allocation and one hidden class.
import type { HeaderField } from './header-field.js';
import type { Outgoing, Sealed } from './message.js';
import type { Described } from './outbound-states.js';
import type { Route } from './route.js';
import type { Session } from './session.js';

const nothing = Buffer.alloc(0);

/** For stages: the mutable form of every outbound state. Which fields are set is what the state types say. */
export class OutboundDraft {
  readonly message: Outgoing;
  route: Route | null = null;
  session: Session | null = null;
  header: Buffer | null = null;
  issuedAtMs = 0;
  stream = 0;
  sequence = 0;
  position = 0;
  clearHeaders: readonly HeaderField[] = [];
  sealedHeaders: readonly HeaderField[] = [];
  /** What the envelope keeps with the session: keys of this batch. */
  keys: unknown = null;
  ciphertext: Buffer = nothing;
  tag: Buffer = nothing;
  mac = '';
  messageHash = '';
  sealed: Sealed | null = null;

  constructor(message: Outgoing) {
    this.message = message;
  }
}

/** The first state of a message on its way out. */
export function describeOutgoing(message: Outgoing): Described {
  return new OutboundDraft(message);
}
