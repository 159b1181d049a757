// Looks for bytes in all files of a folder, in constant memory.
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { settled } from './found.js';

export interface Searched {
  readonly files: number;
  readonly bytes: number;
  /** How often each was found, by its name. */
  readonly found: ReadonlyMap<string, number>;
  /** Files and folders that could not be read. */
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
  const isOver = (): boolean => Date.now() > untilMs;
  for await (const file of filesIn(folder, () => sums.unread++)) {
    if (isOver()) {
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
        if (isOver()) {
          sums.isWhole = false;
          break;
        }
      }
      sums.files++;
    } catch {
      sums.unread++;
    }
    if (!sums.isWhole) break;
  }
  return { ...sums, found };
}

/** Kafka’s, of offsets and times: they hold no bytes of records, and 10 MiB each of nothing. */
const isIndex = (name: string): boolean => /\.(time)?index$/.test(name);

/**
 * Links are not followed, and only what is a file is opened. A broker that runs deletes files meanwhile.
 * @param unread is told of each file and folder that could not be looked at
 */
async function* filesIn(folder: string, unread: () => void): AsyncGenerator<string> {
  const entries = await settled(() => readdir(folder, { withFileTypes: true }));
  if ('error' in entries) {
    unread();
    return;
  }
  for (const entry of entries.value) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesIn(path, unread);
    if (!entry.isFile() || isIndex(entry.name)) continue;
    const seen = await settled(() => stat(path));
    if ('error' in seen) unread();
    else if (seen.value.size > 0) yield path;
  }
}
