// Looks for bytes in all files of a folder, in constant memory.
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

export interface Searched {
  readonly files: number;
  readonly bytes: number;
  /** How often each was found, by its name. */
  readonly found: ReadonlyMap<string, number>;
  /** Files that could not be read. */
  readonly unread: number;
  /** Whether the time was over before all was looked at. */
  readonly isWhole: boolean;
}

/**
 * Kafka’s indexes are left out.
 * @param needles bytes by a name; each of them at least one byte long
 */
export async function searchFiles(
  folder: string,
  needles: ReadonlyMap<string, Buffer>,
  untilMs: number,
): Promise<Searched> {
  const found = new Map([...needles.keys()].map((name) => [name, 0]));
  const overlap = Math.max(...[...needles.values()].map(({ length }) => length)) - 1;
  const sums = { files: 0, bytes: 0, unread: 0, isWhole: true };
  for await (const file of filesIn(folder)) {
    if (Date.now() > untilMs) {
      sums.isWhole = false;
      break;
    }
    try {
      let before = Buffer.alloc(0);
      for await (const chunk of createReadStream(file, {
        highWaterMark: 1024 * 1024,
      }) as AsyncIterable<Buffer>) {
        const bytes = Buffer.concat([before, chunk]);
        for (const [name, needle] of needles)
          // What lay whole in the overlap was counted before.
          for (
            let at = bytes.indexOf(needle, Math.max(0, before.length - needle.length + 1));
            at !== -1;
            at = bytes.indexOf(needle, at + 1)
          )
            found.set(name, found.get(name)! + 1);
        before = Buffer.from(bytes.subarray(Math.max(0, bytes.length - overlap)));
        sums.bytes += chunk.length;
      }
      sums.files++;
    } catch {
      sums.unread++;
    }
  }
  return { ...sums, found };
}

/** Kafka’s, of offsets and times: they hold no bytes of records, and 10 MiB each of nothing. */
const isIndex = (name: string): boolean => /\.(time)?index$/.test(name);

/** Links are not followed. */
async function* filesIn(folder: string): AsyncGenerator<string> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesIn(path);
    else if (entry.isFile() && !isIndex(entry.name) && (await stat(path)).size > 0) yield path;
  }
}
