// Where a command writes, and in which form.

/** The streams of a run; tests give their own. */
export interface Streams {
  out(text: string): void;
  err(text: string): void;
  /** Whether `err` is a terminal, and `out` is not: then long runs say how far they are. */
  readonly showsProgress?: boolean;
  /** Whether `out` is a terminal whose user wants colours. */
  readonly colour?: boolean;
}

/** Settings that every command has. */
export interface OutputOptions {
  readonly json?: boolean;
}

/** One JSON object, or lines for people. */
export function print(
  streams: Streams,
  { json = false }: OutputOptions,
  result: object,
  lines: readonly string[],
): void {
  streams.out(json ? `${JSON.stringify({ ok: true, ...result }, null, 2)}\n` : `${lines.join('\n')}\n`);
}
