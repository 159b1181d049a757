// Long work in small steps, so that one piece of code can run at once or in slices between other tasks.
import { setImmediate } from 'node:timers/promises';

/** Work that stops at each `yield` for whoever runs it. Steps are to be shorter than a millisecond or two. */
export type Work<Result> = Generator<void, Result, void>;

/** Runs it without pause. */
export function atOnce<Result>(work: Work<Result>): Result {
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
  }
}

const sliceMs = 4;

/** Runs it in slices of a few milliseconds, with the event loop's other tasks in between. */
export async function inSlices<Result>(work: Work<Result>): Promise<Result> {
  for (;;) {
    const until = performance.now() + sliceMs;
    do {
      const step = work.next();
      if (step.done === true) return step.value;
    } while (performance.now() < until);
    await setImmediate();
  }
}
