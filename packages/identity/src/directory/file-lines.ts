// Lines in a text file, and back (SPEC.md §8).

/** The lines of a file's bytes. What follows the last line end counts too: whether it is whole is judged as of any line. */
export function linesOf(bytes: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = bytes.indexOf(0x0a, at);
    const to = end < 0 ? bytes.length : end;
    if (to > at) lines.push(bytes.subarray(at, to));
    at = to + 1;
  }
  return lines;
}

/** The text of a file of these lines. */
export function fileText(lines: readonly Buffer[]): string {
  return lines.map((line) => `${line.toString('latin1')}\n`).join('');
}
