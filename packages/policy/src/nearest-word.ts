// Finds what somebody probably meant to write.

/** The word that at most two single-letter edits (one in short words) separate from `text`, or `null`. */
export function nearestWord(text: string, words: readonly string[]): string | null {
  let best: string | null = null;
  let bestDistance = text.length <= 4 ? 2 : 3;
  for (const word of words) {
    if (Math.abs(word.length - text.length) >= bestDistance) continue;
    const distance = editDistance(text.toLowerCase(), word);
    if (distance < bestDistance) [best, bestDistance] = [word, distance];
  }
  return best;
}

/** Levenshtein's distance; two neighbours exchanged count once. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = last[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      let cost = Math.min(row[j - 1]! + 1, last[j]! + 1, change);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, beforeLast[j - 2]! + 1);
      row.push(cost);
    }
    [beforeLast, last] = [last, row];
  }
  return last[b.length]!;
}
