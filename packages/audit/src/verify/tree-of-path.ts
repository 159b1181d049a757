// The tree that a checkpoint signs, over what a path found: which of two events that do not fit is the altered one.
import { CompactRange } from '../chain/compact-range.js';
import type { ParsedNote } from '../chain/parse-note.js';
import type { Mismatch, Path } from './path.js';

/** A writer makes a checkpoint after 10,000 events; a tree that is much larger is not made anew. */
const maxLeaves = 30_000;
/** Of as many mismatches each may be an altered event or one that the altered event after it misnames. */
const maxUnsure = 4;

export type TreeOfPath =
  /** The events are those that were signed, but for the altered ones. */
  | { readonly matches: true; readonly altered: readonly Mismatch[] }
  /** The tree is another, or cannot be made: events are missing, or are too many. */
  | { readonly matches: false };

export function treeOfPath(path: Path, note: ParsedNote): TreeOfPath {
  const leaves = leavesOf(path, note);
  if (leaves === null) return { matches: false };
  const unsure = path.mismatches.filter((each) => each.unsure).slice(0, maxUnsure);
  // First, that as few as possible were altered.
  for (let choice = 0; choice < 1 << unsure.length; choice++) {
    const spared = new Set(unsure.filter((_, bit) => ((choice >> bit) & 1) === 0));
    const altered = path.mismatches.filter((each) => !spared.has(each));
    const tree = new CompactRange();
    const changed = new Map(altered.map(({ sequence, claimed }) => [sequence, claimed]));
    leaves.forEach((leaf, at) => tree.append(changed.get(note.first + at) ?? leaf));
    if (tree.root() === note.root) return { matches: true, altered };
  }
  return { matches: false };
}

/** Whether something stands in every place of the tree; of the first it may be the hash that the one behind it says. */
export const isWhole = ({ holes, bottom, below }: Path, { first, size }: ParsedNote): boolean =>
  bottom <= (below === null ? first : first + 1) &&
  !holes.some((hole) => hole.first < first + size && hole.last >= first);

/** As they stand there; of a single missing event its hash, which the next one says. */
function leavesOf(path: Path, { first, size }: ParsedNote): string[] | null {
  if (size > maxLeaves) return null;
  const leaves = new Array<string | undefined>(size).fill(undefined);
  for (const [segment, upTo] of path.used) {
    for (let at = Math.max(segment.start, first); at <= upTo && at < first + size; at++) {
      const leaf = segment.window.at(at);
      if (leaf === null) return null;
      leaves[at - first] ??= leaf;
    }
  }
  for (const hole of path.holes) {
    if (hole.last < first || hole.last >= first + size || hole.hash === null) continue;
    leaves[hole.last - first] = hole.hash;
  }
  // Also of the one before the first that is there.
  if (path.below !== null && path.bottom === first + 1) leaves[0] ??= path.below;
  return leaves.every((leaf) => leaf !== undefined) ? leaves : null;
}
