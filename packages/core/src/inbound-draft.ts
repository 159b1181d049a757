// The one object behind all inbound states, so that a record costs one allocation and one hidden class.
import type { HeaderField } from './header-field.js';
import type { HeaderFacts } from './header-facts.js';
import type { OnTrial } from './inbound-states.js';
import type { Received, Verified } from './message.js';
import type { Rejected } from './rejection.js';
import type { ReplayMemory } from './replay-memory.js';
import type { Route } from './route.js';
import type { Session } from './session.js';

/** For stages: the mutable form of every inbound state. Which fields are set is what the state types say. */
export class InboundDraft implements OnTrial {
  readonly received: Received;
  readonly memory: ReplayMemory | null;
  rejected: Rejected | null = null;
  verified: Verified | null = null;
  session: Session | null = null;
  byReference = false;
  headerBytes: Buffer | null = null;
  header: HeaderFacts | null = null;
  body: Buffer | null = null;
  mac: Buffer | null = null;
  treeSize = 0;
  leafIndex = 0;
  path: Buffer | null = null;
  signature: Buffer | null = null;
  route: Route | null = null;
  senderPublicKey: Buffer | null = null;
  keyRevoked = false;
  contentHash = '';
  messageHash = '';
  keys: unknown = null;
  payload: Buffer | null = null;
  headers: readonly HeaderField[] = [];
  unverifiable = false;

  constructor(received: Received, memory: ReplayMemory | null = null) {
    this.received = received;
    this.memory = memory;
  }
}
