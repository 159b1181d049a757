// Opens a spool after whatever ended the process that wrote it.
import { copyFileSync, mkdirSync, readFileSync, truncateSync, unlinkSync } from 'node:fs';
import { markFile, Spool, type SpoolOptions } from './spool.js';
import { ReleaseMark } from './release-mark.js';
import { scanSegment, segmentFiles } from './segment-file.js';

/** Frames that were appended once and cannot be read any more. */
export interface SpoolDamage {
  readonly from: number;
  /** Behind the last of them. */
  readonly to: number;
}

export interface OpenedSpool {
  readonly spool: Spool;
  readonly damage: readonly SpoolDamage[];
}

/**
 * Reads every file once. A write that a crash tore is cut off: nothing had been promised of it. What is damaged and was
 * promised, or stands before others that are whole, is told. A copy of what was cut or is damaged is kept beside it.
 * Errors of the disk are thrown as they are.
 */
export function openSpool(options: SpoolOptions): OpenedSpool {
  const { folder } = options;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const mark = new ReleaseMark(markFile(folder));
  const damage: SpoolDamage[] = [];
  const files = segmentFiles(folder);
  /** No number is given again that may have been promised. */
  let next = Math.max(mark.released, mark.synced);
  const found = files.flatMap(({ path, first }, i) => {
    const bytes = readFileSync(path);
    const { damaged, next: read, end, torn } = scanSegment(bytes, first);
    const following = files[i + 1]?.first;
    const promised = following ?? mark.synced;
    const holes = damaged.map((number) => ({ from: number, to: number + 1 }));
    if (read < promised) holes.push({ from: read, to: promised });
    const lost = holes.filter(({ to }) => to > mark.released);
    if (lost.length > 0) copyFileSync(path, `${path}.damaged`);
    damage.push(...lost);
    next = Math.max(next, read);
    if (following !== undefined) return [{ path, first, bytes: bytes.length }];
    if (torn && lost.length === 0) copyFileSync(path, `${path}.torn`);
    if (read === first) {
      // Its name is wanted again: the next frame has its number.
      unlinkSync(path);
      next = Math.max(next, first);
      return [];
    }
    if (torn) truncateSync(path, end);
    return [{ path, first, bytes: torn ? end : bytes.length }];
  });
  return { spool: new Spool(options, found, next, mark), damage };
}
