// The revision of a policy never goes back: what was in force is remembered in the agent's state folder.
import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '@sealwire/core';

interface Note {
  readonly revision: number;
  readonly digest: string;
}

export interface RevisedPolicy {
  readonly file: string;
  readonly revision: number | null;
  readonly digest: Buffer;
}

/** Processes of one agent share the folder; each only ever writes higher ones. */
export class PolicyRevisions {
  readonly #folder: string;
  readonly #file: string;

  constructor(stateFolder: string) {
    this.#folder = stateFolder;
    this.#file = join(stateFolder, 'policy-revision.json');
  }

  /** @throws UsageError ERR_USAGE_REVISION where it would go back; ERR_USAGE_FILE */
  async check({ file, revision, digest }: RevisedPolicy): Promise<void> {
    const note = await this.#read();
    if (note === null) return;
    if (revision === null)
      throw backwards(
        `${file} has no revision, and revision ${note.revision} was in force; write revision: ${note.revision + 1}.`,
      );
    if (revision < note.revision)
      throw backwards(
        `${file} has the revision ${revision}, and ${note.revision} was in force; to go back to what it says, give it the revision ${note.revision + 1}.`,
      );
    if (revision === note.revision && digest.toString('hex') !== note.digest)
      throw backwards(
        `${file} has the revision ${revision}, which was in force with another content; write revision: ${revision + 1}.`,
      );
  }

  /** It comes into force. @throws UsageError ERR_USAGE_FILE */
  async remember({ revision, digest }: RevisedPolicy): Promise<void> {
    if (revision === null) return;
    const note = await this.#read();
    if (note !== null && note.revision >= revision) return;
    const beside = `${this.#file}.${randomUUID()}.new`;
    try {
      await mkdir(this.#folder, { recursive: true, mode: 0o700 });
      const written = await open(beside, 'wx', 0o600);
      try {
        await written.writeFile(
          `${JSON.stringify({ revision, digest: digest.toString('hex') } satisfies Note)}\n`,
        );
        await written.sync();
      } finally {
        await written.close();
      }
      await rename(beside, this.#file);
    } catch (error) {
      await rm(beside, { force: true });
      throw unusable(this.#file, error);
    }
  }

  async #read(): Promise<Note | null> {
    let text: string;
    try {
      text = await readFile(this.#file, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw unusable(this.#file, error);
    }
    try {
      const { revision, digest } = JSON.parse(text) as Partial<Note>;
      if (Number.isSafeInteger(revision) && typeof digest === 'string')
        return { revision: revision!, digest };
    } catch {
      // Told below.
    }
    throw unusable(this.#file, null);
  }
}

const backwards = (text: string): UsageError => new UsageError('ERR_USAGE_REVISION', text);

function unusable(file: string, error: unknown): UsageError {
  const reason = (error as NodeJS.ErrnoException | null)?.code ?? 'it is damaged';
  return new UsageError(
    'ERR_USAGE_FILE',
    `${file}, which remembers the revision of the policy, cannot be used (${reason}); see that the state folder is this agent’s own, or remove the file to begin anew.`,
  );
}
