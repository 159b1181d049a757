// The embedded store’s file: only its owner’s, locked, of our format, undamaged.
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { UsageError } from '@sealwire/core';
import { sqliteKinds, sqliteOpenFailure } from './sqlite-failure.js';
import { storeId } from './store-id.js';

/** "SWRC": tells a file of ours from another’s. */
export const applicationId = 0x53575243;
export const formatVersion = 1;

/** @throws UsageError ERR_USAGE_REPLAY; InabilityError ERR_UNABLE_REPLAY */
export function openSqliteFile(file: string): DatabaseSync {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    // Made with the owner’s rights only; nothing has it open yet, so that closing it drops no lock of ours.
    closeSync(openSync(file, 'a', 0o600));
    return new DatabaseSync(file);
  } catch (error) {
    throw sqliteOpenFailure(error, file);
  }
}

/** Takes the lock, and makes the tables where there are none. @throws UsageError ERR_USAGE_REPLAY */
export function prepareSqliteFile(database: DatabaseSync, file: string): void {
  const mode = database.prepare('PRAGMA journal_mode = WAL').get()!['journal_mode'];
  if (mode !== 'wal') throw new Error(`no write-ahead log (${String(mode)})`);
  database.exec('BEGIN EXCLUSIVE');
  const tables = database.prepare('SELECT count(*) AS tables FROM sqlite_schema').get()!['tables'];
  if (tables === 0) {
    database.exec(
      `
      PRAGMA application_id = ${applicationId};
      PRAGMA user_version = ${formatVersion};
      CREATE TABLE meta (name TEXT PRIMARY KEY, value ANY) STRICT, WITHOUT ROWID;
      CREATE TABLE scope (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, window INTEGER NOT NULL, floor INTEGER NOT NULL) STRICT;
      CREATE TABLE block (
        scope INTEGER NOT NULL, stream BLOB NOT NULL, number INTEGER NOT NULL, newest INTEGER NOT NULL, bits BLOB NOT NULL,
        PRIMARY KEY (scope, stream, number)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX block_by_age ON block (scope, newest);
    `,
    );
    const meta = database.prepare('INSERT INTO meta (name, value) VALUES (?, ?)');
    meta.run('id', storeId());
    meta.run('clock', 0);
  }
  database.exec('COMMIT');
  const found = database.prepare('PRAGMA application_id').get()!['application_id'];
  const version = database.prepare('PRAGMA user_version').get()!['user_version'];
  if (found !== applicationId || version !== formatVersion)
    throw new UsageError(
      'ERR_USAGE_REPLAY',
      `${file} is no replay store of this version; name another file in replay.store.sqlite, and leave this one as it is.`,
      { file },
    );
  const check = database.prepare('PRAGMA quick_check(1)').get()!['quick_check'];
  if (check !== 'ok') throw Object.assign(new Error(String(check)), { errcode: sqliteKinds.corrupt });
}
