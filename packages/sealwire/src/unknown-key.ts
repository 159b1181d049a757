// What an unknown key id means: nothing yet, or a verdict (identity/SPEC.md D-31).
import { setTimeout } from 'node:timers/promises';
import {
  InabilityError,
  KeyError,
  type Clock,
  type Directory,
  type LiveDirectory,
  type Received,
} from '@sealwire/core';

/** Longer than this nobody is kept waiting here; the adapter pauses and tries again. */
const maxWaitMs = 2000;

/** Not known yet: the directory must be read at this time or later to say. */
export class KeyNotKnownYet extends InabilityError {
  readonly readAfterMs: number;

  constructor(readAfterMs: number) {
    super(
      'ERR_UNABLE_DIRECTORY',
      'The directory has no message-signing key of this id, and was read too early to say that there is none; it is read again.',
    );
    this.readAfterMs = readAfterMs;
  }
}

export function isLive(directory: Directory | LiveDirectory): directory is LiveDirectory {
  return 'refresh' in directory;
}

/**
 * Judges a message one of whose keys the directory does not have.
 * The wait is counted from the message, so that junk which came together waits together, and only once.
 * @param names whose key it would be
 * @throws KeyError ERR_KEY_UNKNOWN; InabilityError ERR_UNABLE_DIRECTORY while a newer directory could have the key
 */
export function judgeUnknownKey(
  directory: Directory | LiveDirectory,
  names: readonly string[],
  received: Received,
): never {
  if (isLive(directory)) {
    for (const name of names) directory.requireUsable(name);
    const { appendedAtMs, receivedAtMs } = received;
    const { lagMs } = directory;
    // Never from later than its receipt: a broker's clock could be far ahead.
    const readAfterMs =
      lagMs === 0 ? receivedAtMs : Math.min(appendedAtMs ?? receivedAtMs, receivedAtMs) + lagMs;
    if (directory.readAtMs < readAfterMs) {
      void directory.refresh();
      throw new KeyNotKnownYet(readAfterMs);
    }
  }
  throw new KeyError('ERR_KEY_UNKNOWN', 'The directory has no message-signing key of this id.');
}

/** Waits, not for long, until the directory was read late enough. */
export async function readLateEnough(
  directory: Directory | LiveDirectory,
  { readAfterMs }: KeyNotKnownYet,
  clock: Clock,
): Promise<void> {
  if (!isLive(directory)) return;
  const waitMs = Math.min(readAfterMs - clock.nowMs(), maxWaitMs);
  if (waitMs > 0) await setTimeout(waitMs);
  await directory.refresh();
}
