// What a fault point is under `node --conditions=sealwire-faults`: the end of the process, where it was asked for.
import { appendFileSync } from 'node:fs';

let armed = '';
let wanted = '';
let left = 0;

/**
 * Ends the process as `kill -9` would, at the n-th passing of the point that SEALWIRE_CRASH_AT names (`point:n`, counted
 * from when the variable was set): nothing is flushed, closed or told to anybody. What is in the file of
 * SEALWIRE_CRASH_LOG says when.
 */
export function pass(point: string): void {
  const now = process.env['SEALWIRE_CRASH_AT'] ?? '';
  if (now !== armed) {
    armed = now;
    const [name = '', count = '1'] = now.split(':');
    wanted = name;
    left = Number(count);
  }
  if (point !== wanted || --left !== 0) return;
  const log = process.env['SEALWIRE_CRASH_LOG'];
  if (log !== undefined) appendFileSync(log, `${JSON.stringify({ t: 'crash', point, at: Date.now() })}\n`);
  process.kill(process.pid, 'SIGKILL');
}
