// What makes batches lets the application go first: what it makes is safe on the disk already, and can come later.
import { constants, setPriority } from 'node:os';

/**
 * Of the thread that calls it, where a priority is a thread's own: on Linux (setpriority(2), “C library/kernel
 * differences”). Elsewhere it would be the whole process's, and nothing is done. Never throws.
 */
export function lowerPriority(): void {
  if (process.platform !== 'linux') return;
  try {
    setPriority(0, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // A sandbox may forbid it: as quick as the application, then.
  }
}
