// In which order notices are verified, of which not all may be: whoever may write must not choose.
import type { ParsedNotice } from './notice.js';

/**
 * The newest of each chain first, so that what is older needs no signature; then the others, for the newest may be forged.
 * Each of both by chance: to keep a notice from being verified it takes many times more than there is room for, whatever they say.
 */
export function hearingOrder(
  notices: readonly ParsedNotice[],
  random: () => number = Math.random,
): ParsedNotice[] {
  const newest = new Map<string, ParsedNotice>();
  for (const notice of notices) {
    const whose = `${notice.chain} ${notice.agent}`;
    const known = newest.get(whose);
    if (known === undefined || notice.sequence > known.sequence) newest.set(whose, notice);
  }
  const first = new Set(newest.values());
  return notices
    .map((notice) => ({ notice, turn: random() + (first.has(notice) ? 0 : 1) }))
    .sort((a, b) => a.turn - b.turn)
    .map(({ notice }) => notice);
}
