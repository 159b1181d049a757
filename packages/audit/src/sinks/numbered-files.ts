// Files that were put aside when they were full: the name of the current one and a number that grows.
import { readdir, rename, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { syncFolder } from './sync-folder.js';

const digits = 6;

/** By number: the oldest first. */
export async function numberedFiles(path: string): Promise<readonly { path: string; number: number }[]> {
  const begin = `${basename(path)}.`;
  const folder = dirname(path);
  return (await readdir(folder))
    .filter((name) => name.startsWith(begin) && /^[0-9]{6,15}$/.test(name.slice(begin.length)))
    .map((name) => ({ path: join(folder, name), number: Number(name.slice(begin.length)) }))
    .sort((a, b) => a.number - b.number);
}

/**
 * Gives a file the next number, which it keeps: who reads it by its name is not led to another. Then removes the oldest
 * of those that are more than `keep`. Errors of the disk are thrown.
 */
export async function putAside(path: string, keep: number): Promise<void> {
  const files = await numberedFiles(path);
  const number = (files.at(-1)?.number ?? 0) + 1;
  await rename(path, `${path}.${String(number).padStart(digits, '0')}`);
  await syncFolder(dirname(path));
  for (const old of files.slice(0, Math.max(0, files.length + 1 - keep))) await unlink(old.path);
}
