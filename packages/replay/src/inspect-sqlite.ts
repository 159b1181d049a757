// Looks at the embedded store’s file from outside: takes no lock, makes nothing, and changes nothing.
import { existsSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { applicationId, formatVersion } from './sqlite-file.js';

export interface InspectedSqlite {
  /**
   * `open`: a process has it open, or ended without closing it: what is in it is not looked at. `sound`: whole, and of this
   * version. `other`: no store of this version. `damaged`: SQLite finds faults.
   */
  readonly state: 'missing' | 'open' | 'sound' | 'other' | 'damaged';
  /** Of the file and of the log beside it. */
  readonly bytes: number;
}

/** Looking through a larger one takes minutes; its head is still read. */
const checkedBytes = 256 * 1024 * 1024;

/** @throws Node’s error where the file cannot be read */
export function inspectSqlite(file: string): InspectedSqlite {
  if (!existsSync(file)) return { state: 'missing', bytes: 0 };
  const log = `${file}-wal`;
  const logBytes = existsSync(log) ? statSync(log).size : 0;
  const bytes = statSync(file).size + logBytes;
  // What stands in the log only can be read by who takes part in its locks.
  if (logBytes > 0) return { state: 'open', bytes };
  const url = pathToFileURL(file);
  // So SQLite makes no files beside it, which would be another user’s where this is run by another user.
  url.searchParams.set('immutable', '1');
  try {
    const database = new DatabaseSync(url, { readOnly: true });
    try {
      const pragma = (name: string): unknown => Object.values(database.prepare(`PRAGMA ${name}`).get()!)[0];
      if (bytes <= checkedBytes && pragma('quick_check(1)') !== 'ok') return { state: 'damaged', bytes };
      const ours = pragma('application_id') === applicationId && pragma('user_version') === formatVersion;
      return { state: ours ? 'sound' : 'other', bytes };
    } finally {
      database.close();
    }
  } catch {
    return { state: 'damaged', bytes };
  }
}
