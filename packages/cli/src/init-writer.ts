// Writes the files of a new folder and remembers which; takes them back where not all could be written.
import { chmodSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { UsageError } from '@sealwire/core';
import { everybodyReads, ownerOnly, writeNewFile } from '@sealwire/identity';

export class InitWriter {
  readonly folder: string;
  readonly files: string[] = [];

  /** @throws UsageError ERR_USAGE_FILE where the folder holds anything: keys are never overwritten */
  constructor(folder: string) {
    this.folder = folder;
    if (!isEmptyOrMissing(folder))
      throw new UsageError(
        'ERR_USAGE_FILE',
        `${folder} is not an empty folder; name a new one. Keys are never overwritten.`,
      );
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    chmodSync(folder, 0o700);
  }

  path(...segments: string[]): string {
    return join(this.folder, ...segments);
  }

  /** For whoever needs the file’s path and writes it by other means. */
  reserve(file: string): string {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    this.files.push(relative(this.folder, file));
    return file;
  }

  secret(file: string, data: string): void {
    writeNewFile(this.reserve(file), data, ownerOnly);
  }

  public(file: string, data: string): void {
    writeNewFile(this.reserve(file), data, everybodyReads);
  }

  /** Empties the folder, which was empty before. */
  undo(): void {
    for (const name of readdirSync(this.folder)) rmSync(join(this.folder, name), { recursive: true });
  }
}

function isEmptyOrMissing(folder: string): boolean {
  if (statSync(folder, { throwIfNoEntry: false }) === undefined) return true;
  try {
    return readdirSync(folder).length === 0;
  } catch {
    return false;
  }
}
