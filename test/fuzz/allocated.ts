// How much memory a call takes, garbage included: more than it holds at any time.
import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** In bytes; a collection in between makes it too small, so call `allocatedSurely` where it matters. */
export function allocated(call: () => void): number {
  const before = used();
  call();
  return used() - before;
}

/** The least of three calls, each after a collection: what one call takes without what the engine does beside it. */
export function allocatedSurely(call: () => void): number {
  const each = [0, 1, 2].map(() => {
    collect();
    return allocated(call);
  });
  return Math.min(...each);
}

function used(): number {
  const { used_heap_size: heap, external_memory: external } = getHeapStatistics();
  return heap + external;
}
