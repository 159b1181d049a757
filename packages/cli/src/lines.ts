// Splits a stream into lines of a bounded length, so that no input needs more memory than one of them.

/** One line, without its end, and its number from 1 on; `bytes` is `null` where it is longer than allowed. */
export interface Line {
  readonly number: number;
  readonly bytes: Buffer | null;
  /** Of the last line of a stream perhaps not: then nobody knows whether it is whole. */
  readonly hasEnd: boolean;
}

const lineFeed = 0x0a;

/** What is longer than `maxBytes` is passed over, and told. */
export async function* linesOf(chunks: AsyncIterable<Buffer>, maxBytes: number): AsyncGenerator<Line> {
  let parts: Buffer[] = [];
  let length = 0;
  let number = 1;
  const take = (part: Buffer): void => {
    length += part.length;
    if (length > maxBytes) parts = [];
    else parts.push(part);
  };
  const end = (hasEnd: boolean): Line => {
    const bytes = length > maxBytes ? null : Buffer.concat(parts, length);
    const line = { number: number++, bytes, hasEnd };
    parts = [];
    length = 0;
    return line;
  };
  for await (const chunk of chunks) {
    let from = 0;
    for (let at = chunk.indexOf(lineFeed); at !== -1; at = chunk.indexOf(lineFeed, from)) {
      take(chunk.subarray(from, at));
      yield end(true);
      from = at + 1;
    }
    if (from < chunk.length) take(chunk.subarray(from));
  }
  if (length > 0) yield end(false);
}
