// A file’s name is on the disk when its folder is.
import { open } from 'node:fs/promises';

/** Errors of the disk are thrown. */
export async function syncFolder(folder: string): Promise<void> {
  // Windows has no such thing.
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
