// The key under which the audit trail has pseudonyms in place of names.
import { UsageError } from '@sealwire/core';
import { readOwnerOnlyBytes, Unusable } from './guarded-secret.js';

const leastBytes = 32;
const mostBytes = 4096;

/**
 * Reads `audit.pseudonym_key`: the bytes of the file as they stand, its line end too where it has one.
 * @throws UsageError ERR_USAGE_FILE where it cannot be read, others can read it, or it is shorter than 32 bytes
 */
export function readPseudonymKey(file: string): Buffer {
  try {
    const key = readOwnerOnlyBytes(file, mostBytes);
    if (key.length >= leastBytes) return key;
    throw new Unusable(
      `${file} holds ${key.length} bytes, and a key has ${leastBytes} at least; make one for all agents: head -c 32 /dev/urandom > ${file}`,
    );
  } catch (error) {
    if (!(error instanceof Unusable)) throw error;
    throw new UsageError('ERR_USAGE_FILE', `audit.pseudonym_key: ${error.message}`, { file });
  }
}
