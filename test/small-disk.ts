// A file system of a few megabytes, to fill it: a real one in a file, mounted over a loop device, or one in memory.
import { spawnSync } from 'node:child_process';
import {
  closeSync,
  ftruncateSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const bytes = 4 * 1024 * 1024;

export interface SmallDisk {
  /** Where it is mounted. */
  readonly folder: string;
  /** Takes up all that is left. */
  fill(): void;
  /** Gives that back. */
  free(): void;
  /** Nothing may be open on it. */
  unmount(): void;
}

const works = (command: string, ...words: string[]): boolean => spawnSync(command, words).status === 0;

/** @returns `null`, and says so, where nothing can be mounted */
export function smallDisk(): SmallDisk | null {
  const place = mkdtempSync(join(tmpdir(), 'sealwire-disk-'));
  const [folder, image] = [join(place, 'disk'), join(place, 'image')];
  mkdirSync(folder);
  const file = openSync(image, 'w');
  ftruncateSync(file, bytes);
  closeSync(file);
  const mounted =
    (works('mkfs.ext4', '-q', image) && works('mount', '-o', 'loop', image, folder)) ||
    works('mount', '-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', folder);
  if (!mounted) {
    rmSync(place, { recursive: true });
    process.stderr.write(
      'Skipped: full disks. They need the right to mount a file system, as root has it.\n',
    );
    return null;
  }
  const filler = join(folder, 'filler');
  return {
    folder,
    fill() {
      const file = openSync(filler, 'w');
      for (let size = 65_536; size >= 1; size /= 2) while (takes(file, size));
      closeSync(file);
    },
    free: () => unlinkSync(filler),
    unmount() {
      if (!works('umount', folder)) throw new Error(`${folder} cannot be unmounted`);
      rmSync(place, { recursive: true });
    },
  };
}

function takes(file: number, size: number): boolean {
  try {
    return writeSync(file, Buffer.alloc(size, 1)) === size;
  } catch {
    return false;
  }
}
