// The refusal of a document or of a source, with a reason that programs can tell apart.
import { KeyError, SealwireError, type ErrorFacts } from '@sealwire/core';

/** Why something of a directory was refused. */
export type DirectoryReason =
  | 'malformed'
  | 'too-large'
  | 'signature'
  | 'realm'
  | 'rollback'
  | 'fork'
  | 'mixed'
  | 'expired'
  | 'future'
  | 'delegation'
  | 'unreadable'
  | 'not-remembered'
  | 'superseded'
  | 'possession';

/** @param problem what is wrong and what to do; names and ids only */
export function directoryError(
  reason: DirectoryReason,
  where: string,
  problem: string,
  facts: ErrorFacts = {},
): KeyError {
  return new KeyError('ERR_KEY_DIRECTORY', `${where}: ${problem}`, { reason, ...facts });
}

/** What was thrown, as a refusal; of what no check of ours threw, only the kind is told. */
export function asRefusal(where: string, error: unknown): SealwireError {
  return error instanceof SealwireError
    ? error
    : directoryError(
        'unreadable',
        where,
        `could not be read (${error instanceof Error ? error.name : 'unknown reason'}).`,
      );
}
