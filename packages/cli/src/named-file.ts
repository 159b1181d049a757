// A file that the operator names.
import { readFileSync } from 'node:fs';
import { UsageError } from '@sealwire/core';

/**
 * @param advice what to name or make instead, for the error
 * @throws UsageError ERR_USAGE_FILE where it cannot be read
 */
export function readNamedFile(file: string, advice: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? 'unknown reason';
    throw new UsageError('ERR_USAGE_FILE', `${file} cannot be read (${reason}); ${advice}.`);
  }
}
