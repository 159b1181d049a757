// Files that only their owner may read, and files that are whole or not there at all.
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { KeyError } from '@sealwire/core';

/** For secrets. */
export const ownerOnly = 0o600;
/** For what everybody may read. */
export const everybodyReads = 0o644;

/**
 * Writes a new file that appears whole, synced to disk, with its mode, or not at all.
 * @throws KeyError ERR_KEY_FILE where a file of that name is there already: a key is never overwritten
 */
export function writeNewFile(file: string, data: string | Buffer, mode: number): void {
  writeWhole(file, data, mode, (temporary) => {
    // Unlike rename, a link does not replace what another process has put there meanwhile.
    linkSync(temporary, file);
    rmSync(temporary);
  });
}

/** As `writeNewFile`, in the place of what was there: a reader sees the old file or the new one, whole. */
export function replaceFile(file: string, data: string | Buffer, mode: number): void {
  writeWhole(file, data, mode, (temporary) => {
    renameSync(temporary, file);
  });
}

function writeWhole(
  file: string,
  data: string | Buffer,
  mode: number,
  put: (temporary: string) => void,
): void {
  const temporary = `${file}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    const descriptor = openSync(temporary, 'wx', mode);
    try {
      writeFileSync(descriptor, data);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    put(temporary);
    syncFolder(dirname(file));
  } catch (error) {
    rmSync(temporary, { force: true });
    if ((error as NodeJS.ErrnoException).code === 'EEXIST')
      throw new KeyError('ERR_KEY_FILE', `${file} exists and is not overwritten; move it away first.`);
    throw new KeyError(
      'ERR_KEY_FILE',
      `${file} cannot be written (${reason(error)}); check folder and disk.`,
    );
  }
}

/** What `destroyFile` calls a file meanwhile: what is called so is no key any more, and is to be destroyed. */
export const destroyingEnd = '.destroying';

/**
 * Overwrites a file and removes it, synced to disk; one that is not there is no error. After a crash in between, call it
 * again with the name that ends in `.destroying`.
 * Not guaranteed: that the medium keeps no older copy (flash and copy-on-write do, so do backups and snapshots).
 * @throws KeyError ERR_KEY_FILE where it is still there
 */
export function destroyFile(file: string): void {
  const doomed = file.endsWith(destroyingEnd) ? file : `${file}${destroyingEnd}`;
  try {
    if (doomed !== file) renameSync(file, doomed);
    const descriptor = openSync(doomed, 'r+');
    try {
      writeFileSync(descriptor, randomBytes(fstatSync(descriptor).size));
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    rmSync(doomed);
    syncFolder(dirname(file));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw new KeyError(
      'ERR_KEY_FILE',
      `${file} is to be destroyed and cannot be (${reason(error)}); it is not used any more: destroy it by hand, and check folder and disk.`,
    );
  }
}

/**
 * Reads a secret. Permissions are judged on the open file, so it cannot be exchanged in between.
 * @throws KeyError ERR_KEY_FILE where it is missing, no file, too large, or readable by group or others
 */
export function readGuardedFile(file: string, maxBytes: number): Buffer {
  let descriptor: number;
  try {
    // Without waiting for a writer, were it a pipe.
    descriptor = openSync(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    throw new KeyError(
      'ERR_KEY_FILE',
      `${file} cannot be read (${reason(error)}); check the path and its owner.`,
    );
  }
  try {
    const facts = fstatSync(descriptor);
    if (!facts.isFile()) throw new KeyError('ERR_KEY_FILE', `${file} is not a file; name the file itself.`);
    // Windows has no such bits; its access lists are the administrator's task.
    if (process.platform !== 'win32' && (facts.mode & 0o077) !== 0)
      throw new KeyError(
        'ERR_KEY_FILE',
        `${file} can be read or written by others (mode ${(facts.mode & 0o777).toString(8)}); run: chmod 600 ${quoted(file)}`,
      );
    if (facts.size > maxBytes)
      throw new KeyError(
        'ERR_KEY_FILE',
        `${file} is larger than ${maxBytes} bytes; it is not what belongs there.`,
      );
    return readFileSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const descriptor = openSync(folder, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function quoted(path: string): string {
  return /^[\w./@%+=:-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}

function reason(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'unknown reason';
}
