// One process at a time has something: the operating system’s lock, which ends with the process however that ends.
import { DatabaseSync } from 'node:sqlite';

export interface Claim {
  release(): void;
}

/** SQLITE_BUSY */
const busy = 5;

/**
 * Holds an exclusive transaction of an empty SQLite database, since Node has no file locks of its own. Holds between
 * processes of one machine, containers that share a volume included; not over NFS.
 * @param file the database; it is made where it is missing, and stays
 * @returns `null` where another process has it. Errors of the disk are thrown as they are.
 */
export function claimFile(file: string): Claim | null {
  const database = new DatabaseSync(file);
  try {
    database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (((error as { errcode?: number }).errcode ?? 0) % 256 === busy) return null;
    throw error;
  }
  return { release: () => database.close() };
}
