// What an outgoing message is at each point of its journey: each state has what the next stage needs, so a wrong order does not compile.
import type { HeaderField } from './header-field.js';
import type { Outgoing, Sealed } from './message.js';
import type { Route } from './route.js';
import type { Session } from './session.js';

declare const validated: unique symbol;

/** As the application gave it. */
export interface Described {
  readonly message: Outgoing;
}

/** The policy allows it. */
export interface Authorised extends Described {
  readonly route: Route;
}

/** Its payload fits its declared form. */
export interface ValidatedOutbound extends Authorised {
  readonly [validated]: true;
}

/** It has its session and its header: everything it will be held to. */
export interface Bound extends ValidatedOutbound {
  readonly session: Session;
  /** The header record’s bytes. */
  readonly header: Buffer;
  readonly issuedAtMs: number;
  readonly stream: number;
  readonly sequence: number;
  readonly clearHeaders: readonly HeaderField[];
}

/** Its body is encrypted. */
export interface SealedBody extends Bound {
  /** With the tag behind it, the body; both are empty for a tombstone. */
  readonly ciphertext: Buffer;
  readonly tag: Buffer;
}

/** Its content is committed to by mac and message hash. */
export interface Maced extends SealedBody {
  /** 32 bytes as a latin1 string (cheaper than a Buffer); empty for a tombstone. */
  readonly mac: string;
  /** 32 bytes as a latin1 string. */
  readonly messageHash: string;
}

/** It carries its proof: these are the only bytes that leave. */
export interface Signed extends Maced {
  readonly sealed: Sealed;
}
