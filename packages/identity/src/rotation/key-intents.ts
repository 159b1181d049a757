// Which new keys are on their way into the directory: so that after a crash it is known which ones never arrived.
import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ownerOnly, replaceFile } from '../guarded-file.js';

/** One empty file for each key, written before its private half is, removed once it is published or destroyed. */
export class KeyIntents {
  readonly #folder: string | null;
  readonly #mine = new Set<string>();

  /** @param folder `null`: nothing is remembered over a crash, and what is left over stays, unused */
  constructor(folder: string | null) {
    this.#folder = folder;
  }

  /** @param keyId hex @throws KeyError ERR_KEY_FILE where it cannot be written: then make no key */
  add(keyId: string): void {
    if (this.#folder !== null) {
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
      replaceFile(join(this.#folder, keyId), '', ownerOnly);
    }
    this.#mine.add(keyId);
  }

  remove(keyId: string): void {
    this.#mine.delete(keyId);
    if (this.#folder !== null) rmSync(join(this.#folder, keyId), { force: true });
  }

  /** Keys that others, or this process before it crashed, meant to publish longer ago than this. */
  olderThan(ageMs: number, nowMs: number): readonly string[] {
    if (this.#folder === null) return [];
    let names: readonly string[];
    try {
      names = readdirSync(this.#folder).filter((name) => /^[0-9a-f]{32}$/.test(name));
    } catch {
      return [];
    }
    return names.filter((name) => {
      if (this.#mine.has(name)) return false;
      const facts = statSync(join(this.#folder!, name), { throwIfNoEntry: false });
      return facts !== undefined && nowMs - facts.mtimeMs >= ageMs;
    });
  }
}
