// A check: one small look at one part of an installation.
import type { DoctorContext } from './context.js';
import type { Group, Row } from './row.js';

export interface Check {
  readonly group: Group;
  /** For the row that stands where the check itself fails. */
  readonly name: string;
  /** Changes nothing, but where an option asks for it. What it throws becomes a row `unknown`. */
  run(context: DoctorContext): Promise<readonly Row[]> | readonly Row[];
  /** How long it may take; 30 s where it is left out. */
  readonly limitMs?: number;
}
