// How a command ends that did what it was asked, where what it looked at is not all right.
import type { OutputOptions, Streams } from './output.js';

/** Set by the command; read when it has ended. */
export interface Outcome {
  ok: boolean;
  /** Set where `--json` means one object a line. */
  lines?: boolean;
  /** Set where exit code 1 says that something was found: then what could not be done at all exits with 2. */
  judges?: boolean;
}

/** One JSON object with `ok`, or lines for people; exit code 1 where not all is well. */
export function printResult(
  streams: Streams,
  { json = false }: OutputOptions,
  outcome: Outcome,
  ok: boolean,
  result: object,
  lines: readonly string[],
): void {
  outcome.ok = ok;
  streams.out(json ? `${JSON.stringify({ ok, ...result }, null, 2)}\n` : `${lines.join('\n')}\n`);
}
