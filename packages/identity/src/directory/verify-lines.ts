// Verifies lines once, without a source to follow or a memory: for tools, and for judging as of a date.
import { systemClock, type Clock, type SealwireError } from '@sealwire/core';
import type { Primitives } from '@sealwire/crypto';
import { directoryError } from './directory-error.js';
import { DirectoryIndex } from './directory-index.js';
import { takeLines } from './directory-set.js';
import { DirectoryView, type OpenDirectory } from './directory-view.js';
import { defaultGraceMs } from './grace.js';
import type { Pin } from './root-chain.js';
import { atOnce } from './work.js';

export interface VerifyOptions extends Pin {
  /** For messages: where the lines are from. */
  readonly name: string;
  /** 16 bytes; `null`: whatever the root says. */
  readonly realm: Buffer | null;
  readonly primitives: Primitives;
  /** As of when. */
  readonly clock?: Clock;
  /** Default: one hour. `Infinity` to look into what has expired. */
  readonly graceMs?: number;
}

export interface VerifiedLines {
  readonly directory: OpenDirectory;
  /** Why lines were refused; what is refused is not in `directory`. */
  readonly problems: readonly SealwireError[];
}

/**
 * Synchronous, whatever the size.
 * @throws KeyError ERR_KEY_DIRECTORY where no root is verified
 */
export function verifyLines(lines: readonly Buffer[], options: VerifyOptions): VerifiedLines {
  const {
    name,
    realm,
    primitives,
    clock = systemClock,
    graceMs = defaultGraceMs,
    rootKeys,
    threshold,
  } = options;
  const terms = {
    pin: { rootKeys, threshold },
    realm,
    primitives,
    nowMs: clock.nowMs(),
    graceMs,
    floors: new Map(),
  };
  const { set, problems } = atOnce(takeLines(lines, null, terms, name, true));
  if (set === null) throw problems[0] ?? directoryError('unreadable', name, 'holds nothing.');
  const index = atOnce(new DirectoryIndex(set, primitives, graceMs, new WeakMap()).fill());
  return { directory: new DirectoryView(index, clock), problems };
}
