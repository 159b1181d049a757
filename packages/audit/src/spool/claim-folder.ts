// One process at a time uses a folder.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { claimFile, type Claim } from '../claim-file.js';

/** @returns `null` where another process has it. Errors of the disk are thrown as they are. */
export function claimFolder(folder: string): Claim | null {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return claimFile(join(folder, 'lock'));
}
