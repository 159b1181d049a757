// What the audit trail costs, and what reading it back takes.
import type { Figures } from '../figures.ts';
import type { Options } from '../options.ts';
import { measureAway } from './measure-away.ts';
import { measureVerify } from './measure-verify.ts';

/** Without brokers. */
export async function measureAudit(figures: Figures, options: Options): Promise<void> {
  await measureVerify(figures, options);
  await measureAway(figures, options);
}
