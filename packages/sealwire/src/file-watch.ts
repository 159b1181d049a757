// Whether files have changed, by looking at them: what tells of changes by itself misses renames, links and shared disks.
import { stat } from 'node:fs/promises';

export interface FileWatchParts {
  /** Asked for each look. */
  files(): readonly string[];
  /** Whether they are what is in force: asked once, for what changed before the first look. */
  isCurrent(): Promise<boolean>;
  /** To be called when they have changed and lie still; once more after a while where it says that it did not work out. */
  changed(): Promise<boolean>;
  readonly intervalMs: number;
}

/** After which what did not work out is tried again: it may have been for something else than the files. */
const againMs = 10_000;
/** Of very many files, so many are looked at a time, beside the first. */
const maxAtOnce = 256;

/** Follows links, so that it sees what a link leads to now. It keeps no process alive. */
export class FileWatch {
  readonly #parts: FileWatchParts;
  readonly #seen = new Map<string, string>();
  #timer: NodeJS.Timeout | null = null;
  #started = false;
  #ended = false;
  #next = 0;
  /** Changed, and looked at once more before anything is done: it may be half written. */
  #pending = false;
  #failedAtMs: number | null = null;

  constructor(parts: FileWatchParts) {
    this.#parts = parts;
  }

  /** The first look is what later ones are compared with. */
  async start(): Promise<void> {
    await this.#look(Infinity);
    this.#pending = !(await this.#parts.isCurrent());
    this.#started = true;
    this.#wait();
  }

  close(): void {
    this.#ended = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  #wait(): void {
    if (this.#ended) return;
    this.#timer = setTimeout(() => void this.#turn().finally(() => this.#wait()), this.#parts.intervalMs);
    this.#timer.unref();
  }

  async #turn(): Promise<void> {
    if (await this.#look(maxAtOnce)) {
      this.#pending = true;
      return;
    }
    const again = this.#failedAtMs !== null && performance.now() - this.#failedAtMs >= againMs;
    if (this.#ended || !(this.#pending || again)) return;
    this.#pending = false;
    this.#failedAtMs = (await this.#parts.changed()) ? null : performance.now();
  }

  /** @returns whether any is other than it was */
  async #look(most: number): Promise<boolean> {
    const [first, ...rest] = this.#parts.files();
    const some = rest.length <= most ? rest : this.#someOf(rest, most);
    const names = first === undefined ? [] : [first, ...some];
    const marks = await Promise.all(names.map(markOf));
    let changed = false;
    for (const [i, name] of names.entries()) {
      const before = this.#seen.get(name);
      this.#seen.set(name, marks[i]!);
      // What a policy names anew may have changed since it was read with it.
      if (before !== marks[i] && (before !== undefined || this.#started)) changed = true;
    }
    return changed;
  }

  #someOf(names: readonly string[], most: number): string[] {
    const from = this.#next % names.length;
    this.#next = from + most;
    return [...names.slice(from), ...names.slice(0, from)].slice(0, most);
  }
}

async function markOf(file: string): Promise<string> {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = await stat(file, { bigint: true });
    return [dev, ino, size, mtimeNs, ctimeNs].join(':');
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'unknown';
  }
}
