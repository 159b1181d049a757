// The key under which a consumer group's processes know each other's replay state; it protects nothing else.
import { randomBytes } from 'node:crypto';
import { chmodSync, linkSync, mkdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { UsageError } from '@sealwire/core';

const keyBytes = 32;

/**
 * Reads the key.
 * @param make makes it where there is no such file, for this user only; of several processes that do so one wins
 * @throws UsageError ERR_USAGE_FILE, ERR_USAGE_REPLAY
 */
export function readReplayKey(file: string, make: boolean): Buffer {
  const key = readKey(file) ?? (make ? makeKey(file) : null);
  if (key === null)
    throw new UsageError(
      'ERR_USAGE_FILE',
      `${file} does not exist: it is the policy's replay.key_file. Make it once and give it to every process of the group: head -c 32 /dev/urandom > ${file}`,
      { file },
    );
  if (key.length !== keyBytes)
    throw new UsageError('ERR_USAGE_REPLAY', `${file} must hold ${keyBytes} random bytes.`, { file });
  return key;
}

function readKey(file: string): Buffer | null {
  try {
    return readFileSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw unusable(file, error);
  }
}

function makeKey(file: string): Buffer {
  const own = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`;
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(own, randomBytes(keyBytes), { flag: 'wx', mode: 0o600 });
    chmodSync(own, 0o600);
    try {
      // Whole or not at all, and never over another's.
      linkSync(own, file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    } finally {
      unlinkSync(own);
    }
    return readFileSync(file);
  } catch (error) {
    throw unusable(file, error);
  }
}

function unusable(file: string, error: unknown): UsageError {
  const reason = (error as NodeJS.ErrnoException).code ?? 'unknown reason';
  return new UsageError('ERR_USAGE_FILE', `${file} cannot be used (${reason}).`, { file }, error);
}
