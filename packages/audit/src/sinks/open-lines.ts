// A file of lines, opened for appending after whatever ended the process that wrote it.
import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { UsageError } from '@sealwire/core';
import { syncFolder } from './sync-folder.js';

/** The longest event with its line’s end. */
const longestLine = 8_001;
const lineFeed = 0x0a;

export interface OpenLines {
  readonly handle: FileHandle;
  readonly inode: number;
  /** Permission bits. */
  readonly mode: number;
}

/**
 * A last line without its end was torn by a crash, and never acknowledged: it is cut off, so that no two events share a
 * line; it comes again whole.
 * @param mode of a file that is made
 * @throws UsageError ERR_USAGE_FILE where it is no such file; errors of the disk as they are
 */
export async function openLines(path: string, mode = 0o600): Promise<OpenLines> {
  const isNew = await exists(path).then((there) => !there);
  // Not by `O_APPEND` alone: what was torn is read. `O_NONBLOCK`, so that a pipe of this name is told rather than waited for.
  const { O_RDWR, O_APPEND, O_CREAT, O_NONBLOCK } = constants;
  const handle = await open(path, O_RDWR | O_APPEND | O_CREAT | O_NONBLOCK, mode);
  try {
    const facts = await handle.stat();
    if (!facts.isFile()) throw notOurs(path, 'is no file');
    if (isNew) {
      // What the process’s mask took away was asked for.
      await handle.chmod(mode);
      await syncFolder(dirname(path));
    } else await cutTorn(handle, path, facts.size);
    return { handle, inode: facts.ino, mode: isNew ? mode : facts.mode & 0o777 };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await (await open(path, constants.O_RDONLY | constants.O_NONBLOCK)).close();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

async function cutTorn(handle: FileHandle, path: string, size: number): Promise<void> {
  if (size === 0) return;
  const start = Math.max(0, size - longestLine);
  const tail = Buffer.alloc(size - start);
  await handle.read(tail, 0, tail.length, start);
  const end = tail.lastIndexOf(lineFeed) + 1;
  if (end === tail.length) return;
  if (end === 0 && start > 0) throw notOurs(path, 'does not end like a file of audit events');
  await handle.truncate(start + end);
  await handle.datasync();
}

function notOurs(path: string, what: string): UsageError {
  return new UsageError('ERR_USAGE_FILE', `${path} ${what}; name another one in audit.file.path.`, { path });
}
