// What walks one value.
import type { ScanCursor } from './scan-cursor.js';

/** Moves a cursor over one value. */
export type ScanStep = (cursor: ScanCursor) => void;
