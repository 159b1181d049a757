// A checkpoint whose signature is good.
import type { ParsedNote } from '../chain/parse-note.js';
import type { From } from './path.js';

export interface SignedCheckpoint extends From {
  readonly note: ParsedNote;
  readonly atMs: number | null;
}
