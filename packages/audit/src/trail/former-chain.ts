// Which chain a folder had, where what says how far it had come cannot be read any more.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where the chain’s state is kept, twice, and a checkpoint that is on its way. */
const files = ['chain', 'checkpoint'] as const;
// In the checkpoint’s file it stands within a text.
const named = /\\?"chain\\?":\\?"([0-9a-f]{32})\\?"/g;

/**
 * A name in damaged bytes may be damaged itself: told is the one that stands there more often than any other.
 * @returns 32 hex digits; `null` where none can be read, or none more often than others
 */
export function formerChain(folder: string): string | null {
  const counts = new Map<string, number>();
  for (const file of files)
    for (const [, chain] of readText(join(folder, file)).matchAll(named))
      counts.set(chain!, (counts.get(chain!) ?? 0) + 1);
  const [first, second] = [...counts].sort(([, a], [, b]) => b - a);
  return first === undefined || first[1] === second?.[1] ? null : first[0];
}

/** One byte, one character, whatever it is. */
function readText(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}
