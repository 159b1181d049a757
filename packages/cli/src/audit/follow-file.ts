// Reads a file on as it grows, by its name: a file that was rotated away is read to its end, then the new one.
import { open, stat, type FileHandle } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';

export interface FollowedFile {
  readonly file: string;
  /** Begins with the last lines of it; left out, at its beginning. */
  readonly last?: number;
  /** Ends it; left out, the end of the file does. */
  readonly follow?: AbortSignal;
}

const chunkBytes = 1_048_576;
const lookMs = 250;
/** Of an event and its line’s end. */
const lineBytes = 8_001;
const lineFeed = 0x0a;

/** @throws NodeJS.ErrnoException where there is no such file in the beginning; later it is waited for */
export async function* fileChunks({ file, last, follow }: FollowedFile): AsyncGenerator<Buffer> {
  let handle = await open(file);
  try {
    let at = last === undefined ? 0 : await startOf(handle, last);
    for (;;) {
      const chunk = Buffer.allocUnsafe(chunkBytes);
      const { bytesRead } = await handle.read(chunk, 0, chunkBytes, at);
      at += bytesRead;
      if (bytesRead > 0) {
        yield chunk.subarray(0, bytesRead);
        continue;
      }
      if (follow === undefined || !(await paused(follow))) return;
      const now = await stateOf(file, handle);
      if (now === 'same' && (await handle.stat()).size >= at) continue;
      if (now === 'gone') continue;
      // Whatever stood there without an end is no part of what comes.
      yield Buffer.of(lineFeed);
      at = 0;
      if (now === 'another') {
        const next = await open(file).catch(() => null);
        if (next === null) continue;
        await handle.close();
        handle = next;
      }
    }
  } finally {
    await handle.close();
  }
}

/** Where the last lines begin. No more is looked at than so many events can be long. */
async function startOf(handle: FileHandle, lines: number): Promise<number> {
  const { size } = await handle.stat();
  const from = Math.max(0, size - (lines + 1) * lineBytes);
  const window = Buffer.allocUnsafe(size - from);
  const { bytesRead } = await handle.read(window, 0, window.length, from);
  let at = bytesRead;
  // The line feed at the very end ends the last line.
  for (let found = 0; found <= lines && at > 0; found++) {
    at = window.lastIndexOf(lineFeed, at - 1);
    if (at === -1) return from === 0 ? 0 : from + window.indexOf(lineFeed) + 1;
    if (found === lines) return from + at + 1;
  }
  return from;
}

async function paused(signal: AbortSignal): Promise<boolean> {
  return wait(lookMs, true, { signal }).catch(() => false);
}

async function stateOf(file: string, handle: FileHandle): Promise<'same' | 'another' | 'gone'> {
  const there = await stat(file).catch(() => null);
  if (there === null) return 'gone';
  const open = await handle.stat();
  return there.ino === open.ino && there.dev === open.dev ? 'same' : 'another';
}
