// Long work in short turns, so that messages are not held up by it.
import { setImmediate as nextTurn } from 'node:timers/promises';

/** Well below what anybody would notice as a pause. */
const turnMs = 4;

/** Runs steps to their end; the event loop goes on between turns. */
export async function inTurns<Result>(steps: Generator<undefined, Result, undefined>): Promise<Result> {
  for (let began = performance.now(); ;) {
    const { done, value } = steps.next();
    if (done === true) return value;
    if (performance.now() - began < turnMs) continue;
    await nextTurn();
    began = performance.now();
  }
}
