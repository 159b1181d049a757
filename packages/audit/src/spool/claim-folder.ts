// One process at a time uses a folder: the operating system’s lock, which ends with the process however that ends.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

export interface ClaimedFolder {
  release(): void;
}

/** SQLITE_BUSY */
const busy = 5;

/**
 * Holds an exclusive transaction of an empty SQLite database in the folder, since Node has no file locks of its own.
 * Holds between processes of one machine, containers that share a volume included; not over NFS.
 * @returns `null` where another process has it. Errors of the disk are thrown as they are.
 */
export function claimFolder(folder: string): ClaimedFolder | null {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const database = new DatabaseSync(join(folder, 'lock'));
  try {
    database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (((error as { errcode?: number }).errcode ?? 0) % 256 === busy) return null;
    throw error;
  }
  return { release: () => database.close() };
}
