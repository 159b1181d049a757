// What was accepted, over restarts: signed lines in a folder of the agent's own (SPEC.md §4).
import { randomBytes } from 'node:crypto';
import { accessSync, chmodSync, constants, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '@sealwire/core';
import type { AcceptedLine, Floor } from './directory-set.js';

export interface Remembered {
  readonly lines: readonly Buffer[];
  readonly floors: ReadonlyMap<string, Floor>;
}

const maxAttempts = 10;

/**
 * One file for each root and for the newest document of each issuer, named for whose it is, serial and hash. Processes of
 * one agent share the folder without locks: each only adds files, whole, and takes away lower ones than it added, so the
 * highest stays. What it holds is verified again when it is read; who can delete from it can make an agent forget.
 */
export class StateMemory {
  readonly #folder: string;

  /** @throws UsageError ERR_USAGE_FILE where the folder cannot be made or written, or others can write to it */
  constructor(folder: string, realm: Buffer) {
    this.#folder = join(folder, 'directory', realm.toString('hex'));
    try {
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
      accessSync(this.#folder, constants.R_OK | constants.W_OK | constants.X_OK);
      // Windows has no such bits.
      if (process.platform !== 'win32' && (statSync(folder).mode & 0o077) !== 0) chmodSync(folder, 0o700);
    } catch (error) {
      throw unusable(folder, error);
    }
  }

  /** Every remembered line, and what each issuer must not fall below. @throws UsageError ERR_USAGE_FILE */
  read(): Remembered {
    for (let attempt = 1; ; attempt++) {
      try {
        return this.#readOnce();
      } catch (error) {
        // Another process may have taken a lower one away, after it put a higher one there.
        if ((error as NodeJS.ErrnoException).code === 'ENOENT' && attempt < maxAttempts) continue;
        throw unusable(this.#folder, error);
      }
    }
  }

  #readOnce(): Remembered {
    const lines: Buffer[] = [];
    const floors = new Map<string, Floor>();
    const names = readdirSync(this.#folder).flatMap((file) => named(file) ?? []);
    for (const { file, issuer, serial, hash } of names.sort((a, b) => a.serial - b.serial)) {
      if (issuer !== null) floors.set(issuer, { serial, hash });
      lines.push(readFileSync(join(this.#folder, file)));
    }
    return { lines, floors };
  }

  /** @throws an error of the file system; what was remembered before is then still there */
  async remember(accepted: readonly AcceptedLine[]): Promise<void> {
    for (const { issuer, serial, hash, line } of accepted) {
      const file = `${issuer ?? 'root'}-${String(serial).padStart(16, '0')}-${hash}.line`;
      const temporary = join(this.#folder, `${file}.${randomBytes(4).toString('hex')}.tmp`);
      try {
        const handle = await open(temporary, 'wx', 0o600);
        try {
          await handle.writeFile(line);
          await handle.sync();
        } finally {
          await handle.close();
        }
        await rename(temporary, join(this.#folder, file));
      } catch (error) {
        await rm(temporary, { force: true });
        throw error;
      }
      if (issuer !== null) await this.#forgetBelow(issuer, serial);
    }
  }

  async #forgetBelow(issuer: string, serial: number): Promise<void> {
    for (const name of await readdir(this.#folder)) {
      const old = named(name);
      if (old?.issuer === issuer && old.serial < serial) await rm(join(this.#folder, name), { force: true });
    }
  }
}

function unusable(folder: string, error: unknown): UsageError {
  return new UsageError(
    'ERR_USAGE_FILE',
    `The state folder ${folder} cannot be used (${(error as NodeJS.ErrnoException).code ?? 'unknown reason'}); make it writable for this agent alone (mode 700), or name another in state.folder.`,
  );
}

function named(file: string): { file: string; issuer: string | null; serial: number; hash: string } | null {
  const match = /^(root|[0-9a-f]{32})-([0-9]{16})-([0-9a-f]{64})\.line$/.exec(file);
  if (match === null) return null;
  return { file, issuer: match[1] === 'root' ? null : match[1]!, serial: Number(match[2]), hash: match[3]! };
}
