// What a fault point is under `node --conditions=sealwire-faults`: the end of the process, where it was asked for.

/** `point:n`: at the n-th time that this point is passed. */
const [wanted = '', count = '1'] = (process.env['SEALWIRE_CRASH_AT'] ?? '').split(':');
let left = Number(count);

/** Ends the process as `kill -9` would: nothing is flushed, closed or told to anybody. */
export function pass(point: string): void {
  if (point === wanted && --left === 0) process.kill(process.pid, 'SIGKILL');
}
