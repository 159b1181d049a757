// Opens a spool after whatever ended the process that wrote it.
import { copyFileSync, mkdirSync, readFileSync, truncateSync } from 'node:fs';
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
 * Reads every file once. A write that a crash tore is cut off: nothing had been promised of it. What is damaged before
 * others that are whole is told, and a copy of its file kept beside it as `….damaged`.
 * Errors of the disk are thrown as they are.
 */
export function openSpool(options: SpoolOptions): OpenedSpool {
  const { folder } = options;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const mark = new ReleaseMark(markFile(folder));
  const damage: SpoolDamage[] = [];
  const files = segmentFiles(folder);
  const found = files.map(({ path, first }, i) => {
    const bytes = readFileSync(path);
    const { damaged, next, end, torn } = scanSegment(bytes, first);
    const following = files[i + 1]?.first;
    const holes = damaged.map((number) => ({ from: number, to: number + 1 }));
    if (following !== undefined && next < following) holes.push({ from: next, to: following });
    const lost = holes.filter(({ to }) => to > mark.number);
    if (lost.length > 0) copyFileSync(path, `${path}.damaged`);
    damage.push(...lost);
    if (torn && following === undefined) truncateSync(path, end);
    return { path, first, bytes: torn && following === undefined ? end : bytes.length, next };
  });
  const last = found.at(-1);
  return { spool: new Spool(options, found, Math.max(last?.next ?? 0, mark.number), mark), damage };
}
