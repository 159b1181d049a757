// The revision of a policy never goes back: what was in force is remembered in the agent's state folder.
import { mkdir, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '@sealwire/core';

interface Note {
  readonly name: string;
  readonly revision: number;
  readonly digest: string;
}

export interface RevisedPolicy {
  readonly file: string;
  readonly revision: number | null;
  readonly digest: Buffer;
}

const notePattern = /^([0-9]{16})-([0-9a-f]{64})\.revision$/;

/**
 * An empty file for each revision, named for it and its digest. Processes of one agent share the folder without locks:
 * each only adds, and takes away lower ones than it added, so the highest stays.
 */
export class PolicyRevisions {
  readonly #folder: string;

  constructor(stateFolder: string) {
    this.#folder = join(stateFolder, 'policy');
  }

  /** @throws UsageError ERR_USAGE_REVISION where it would go back; ERR_USAGE_FILE */
  async check({ file, revision, digest }: RevisedPolicy): Promise<void> {
    const notes = await this.#notes();
    const highest = Math.max(...notes.map((note) => note.revision));
    if (notes.length === 0) return;
    if (revision === null)
      throw backwards(
        `${file} has no revision, and revision ${highest} was in force; write revision: ${highest + 1}.`,
      );
    if (revision < highest)
      throw backwards(
        `${file} has the revision ${revision}, and ${highest} was in force; to go back to what it says, give it the revision ${highest + 1}.`,
      );
    const own = digest.toString('hex');
    if (notes.some((note) => note.revision === revision && note.digest !== own))
      throw backwards(
        `${file} has the revision ${revision}, which was in force with another content; write revision: ${revision + 1}.`,
      );
  }

  /**
   * It comes into force, unless another process was faster with a higher one, or with another of the same revision.
   * @throws UsageError ERR_USAGE_REVISION, ERR_USAGE_FILE: then it must not
   */
  async remember(policy: RevisedPolicy): Promise<void> {
    const { revision, digest } = policy;
    if (revision === null) return this.check(policy);
    try {
      await mkdir(this.#folder, { recursive: true, mode: 0o700 });
      const name = `${String(revision).padStart(16, '0')}-${digest.toString('hex')}.revision`;
      await (await open(join(this.#folder, name), 'a', 0o600)).close();
      await this.#sync();
    } catch (error) {
      throw unusable(this.#folder, error);
    }
    await this.check(policy);
    for (const note of await this.#notes())
      if (note.revision < revision) await rm(join(this.#folder, note.name), { force: true });
  }

  /** A file’s name is on the disk when its folder is. */
  async #sync(): Promise<void> {
    if (process.platform === 'win32') return;
    const folder = await open(this.#folder, 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  }

  async #notes(): Promise<Note[]> {
    let names: string[];
    try {
      names = await readdir(this.#folder);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw unusable(this.#folder, error);
    }
    return names.flatMap((name) => {
      const found = notePattern.exec(name);
      return found === null ? [] : [{ name, revision: Number(found[1]), digest: found[2]! }];
    });
  }
}

const backwards = (text: string): UsageError => new UsageError('ERR_USAGE_REVISION', text);

function unusable(folder: string, error: unknown): UsageError {
  const reason = (error as NodeJS.ErrnoException).code ?? 'unknown reason';
  return new UsageError(
    'ERR_USAGE_FILE',
    `${folder}, which remembers the revision of the policy, cannot be used (${reason}); see that the state folder is this agent’s own and writable.`,
  );
}
