// Appends a line to a directory file, so that readers see the old file or the new one (SPEC.md D-32, D-33).
import { randomBytes } from 'node:crypto';
import { open, readFile, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { directoryError } from './directory-error.js';
import { maxLineBytes } from './directory-source.js';
import { linesOf } from './file-lines.js';
import { keptLines } from './kept-lines.js';
import { peekedLine } from './peeked-lines.js';

/** A writer holds the lock for less than a second; one that is this old was left by a writer that died. */
const staleLockMs = 30_000;
const lockWaitMs = 10_000;
const lockPollMs = 20;

/**
 * Adds a line as the newest of its issuer, or of the roots; makes the file where there is none.
 * @throws KeyError ERR_KEY_DIRECTORY where the line does not follow the newest there, or the file cannot be written;
 * then nothing was changed
 */
export async function publishToFile(file: string, line: Buffer): Promise<void> {
  const { issuer, serial } = peekedLine('the new line', line);
  if (line.length > maxLineBytes)
    throw directoryError('too-large', 'the new line', 'is larger than 24 MiB; split it among issuers.');
  const lock = `${file}.lock`;
  const own = await lockOf(file, lock);
  const temporary = `${file}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    const before = linesOf(await readFile(file).catch(emptyIfMissing));
    const newest = newestOf(before, issuer);
    if (serial <= newest)
      throw directoryError(
        'superseded',
        file,
        `already holds document ${newest} of ${issuer === null ? 'the root' : `issuer ${issuer}`}; make the next one from that.`,
        { serial: newest },
      );
    const lineFeed = Buffer.from('\n');
    const handle = await open(temporary, 'wx', 0o644);
    try {
      await handle.writeFile(Buffer.concat(keptLines([...before, line]).flatMap((kept) => [kept, lineFeed])));
      await handle.sync();
    } finally {
      await handle.close();
    }
    if (!(await isStill(lock, own)))
      throw directoryError(
        'unreadable',
        file,
        'was locked by another process meanwhile, because this one stood still; nothing was changed. Try again.',
      );
    await rename(temporary, file);
    await syncFolder(dirname(file));
  } catch (error) {
    await rm(temporary, { force: true });
    if ((error as NodeJS.ErrnoException).code === 'ERR_KEY_DIRECTORY') throw error;
    throw directoryError(
      'unreadable',
      file,
      `cannot be written (${(error as NodeJS.ErrnoException).code ?? 'unknown reason'}); nothing was changed. Check folder and disk.`,
    );
  } finally {
    if (await isStill(lock, own)) await rm(lock, { force: true });
    await own.close();
  }
}

function newestOf(lines: readonly Buffer[], whose: string | null): number {
  let newest = 0;
  for (const line of lines) {
    try {
      const { issuer, serial } = peekedLine('line', line);
      if (issuer === whose) newest = Math.max(newest, serial);
    } catch {
      // Not a line of ours: it is dropped.
    }
  }
  return newest;
}

async function lockOf(file: string, lock: string): Promise<FileHandle> {
  const until = performance.now() + lockWaitMs;
  for (;;) {
    try {
      return await open(lock, 'wx', 0o600);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'EEXIST')
        throw directoryError(
          'unreadable',
          file,
          `cannot be locked (${code ?? 'unknown reason'}); check folder and disk.`,
        );
    }
    const facts = await stat(lock).catch(() => null);
    if (facts !== null && Date.now() - facts.mtimeMs > staleLockMs) {
      // By renaming, so that of several who find it stale one takes it away, and no fresh one.
      const taken = `${lock}.${randomBytes(6).toString('hex')}`;
      await rename(lock, taken).catch(() => undefined);
      await rm(taken, { force: true });
    } else if (performance.now() > until)
      throw directoryError(
        'unreadable',
        file,
        `is locked by ${lock}; if no other process writes, delete that file.`,
      );
    else await setTimeout(lockPollMs);
  }
}

async function isStill(lock: string, own: FileHandle): Promise<boolean> {
  const [there, mine] = await Promise.all([stat(lock).catch(() => null), own.stat()]);
  return there?.ino === mine.ino;
}

function emptyIfMissing(error: unknown): Buffer {
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Buffer.alloc(0);
  throw error;
}

async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
