// What SQLite’s refusals mean for the embedded store, and what to do about them.
import { InabilityError, UsageError } from '@sealwire/core';

/** https://sqlite.org/rescode.html */
export const sqliteKinds = { busy: 5, corrupt: 11, full: 13, notADatabase: 26 } as const;

/** The low byte says the kind, the rest the details. */
const kindOf = (error: unknown): number =>
  Number((error as { readonly errcode?: unknown }).errcode ?? 0) & 0xff;

/** A file that does not open: what has to be changed first, or what may pass. */
export function sqliteOpenFailure(error: unknown, file: string): Error {
  if (error instanceof UsageError || error instanceof InabilityError) return error;
  const kind = kindOf(error);
  if (kind === sqliteKinds.busy)
    return new UsageError(
      'ERR_USAGE_REPLAY',
      `${file} is in use by another process. What several processes consume needs a store that they share: write replay.store.redis, or let one process consume.`,
      { file },
    );
  if (kind === sqliteKinds.corrupt || kind === sqliteKinds.notADatabase)
    return new UsageError(
      'ERR_USAGE_REPLAY',
      `${file} is damaged: what was accepted before is not known. Restore it; or move it away and accept the loss: sealwire replay accept-loss`,
      { file },
    );
  return sqliteUnable(error, file);
}

/** What may pass: ERR_UNABLE_REPLAY. */
export function sqliteUnable(error: unknown, file: string): Error {
  if (error instanceof UsageError || error instanceof InabilityError) return error;
  const why =
    kindOf(error) === sqliteKinds.full
      ? 'is full: the disk is, or replay.store.sqlite.max_size is reached. Nothing is accepted until there is room, or older messages have expired'
      : `cannot be read or written (${error instanceof Error ? error.message : 'unknown reason'})`;
  return new InabilityError('ERR_UNABLE_REPLAY', `The replay store ${file} ${why}.`, { file });
}
