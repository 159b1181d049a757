// Writes a small file that is there whole or not at all, whatever happens.
import { open, rename } from 'node:fs/promises';

/** Resolves when it is on the disk. Errors of the disk are thrown as they are. */
export async function writeDurably(file: string, text: string): Promise<void> {
  const handle = await open(`${file}.new`, 'w', 0o600);
  try {
    await handle.writeFile(text);
    await handle.datasync();
  } finally {
    await handle.close();
  }
  await rename(`${file}.new`, file);
}
