// When the keys of a folder are to be destroyed: remembered beside them, for the directory may forget a key first.
import { ownerOnly, readGuardedFile, replaceFile } from './guarded-file.js';

const maxBytes = 1024 * 1024;

/** A small JSON file: key id (hex) to time (ISO). */
export class DestroyTimes {
  readonly #file: string;
  #text: string | null = null;

  constructor(file: string) {
    this.#file = file;
  }

  /** By key id as latin1. What cannot be read counts as nothing: the directory says it again. */
  read(): ReadonlyMap<string, number> {
    const times = new Map<string, number>();
    try {
      const text = readGuardedFile(this.#file, maxBytes).toString('utf8');
      for (const [id, at] of Object.entries(JSON.parse(text) as Record<string, unknown>)) {
        const atMs = typeof at === 'string' ? Date.parse(at) : Number.NaN;
        if (/^[0-9a-f]{32}$/.test(id) && !Number.isNaN(atMs))
          times.set(Buffer.from(id, 'hex').toString('latin1'), atMs);
      }
      this.#text = text;
    } catch {
      return times;
    }
    return times;
  }

  /** Writes them where they are others than before. @throws KeyError ERR_KEY_FILE */
  write(times: ReadonlyMap<string, number>): void {
    const entries = [...times]
      .map(([id, atMs]) => [Buffer.from(id, 'latin1').toString('hex'), new Date(atMs).toISOString()] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1));
    const text = `${JSON.stringify(Object.fromEntries(entries), null, 2)}\n`;
    if (text === this.#text || (entries.length === 0 && this.#text === null)) return;
    replaceFile(this.#file, text, ownerOnly);
    this.#text = text;
  }
}
