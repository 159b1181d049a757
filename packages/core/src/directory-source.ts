// Where a directory’s signed lines come from, as an adapter may implement it: a file, a topic. What it gives is believed nothing.
import type { Transport } from './address.js';
import type { ConnectionGuard } from './connection-guard.js';

/** What one read found. */
export interface SourceRead {
  /**
   * Every line that the source holds, oldest first, each without its line end; `null` where nothing has changed since
   * the read before. Superseded lines may be left out, as `keptLines` does.
   */
  readonly lines: readonly Buffer[] | null;
  /** The local time before the read began: whatever was in the source by then is in `lines`. */
  readonly readAtMs: number;
}

/**
 * A place that signed lines are read from. It need not be trusted: it can withhold, which shows when documents expire,
 * and it can offer old or foreign lines, which are refused.
 *
 * An implementation must bound what it holds in memory (`maxLineBytes` a line, `maxSourceBytes` in all) and leave out
 * larger lines; keep the order in which lines were published; and never give half a line.
 * For a topic: `read` fetches the end offset after it was called, and resolves once everything below it is in `lines`.
 */
export interface DirectorySource {
  /** For messages: a path, or a topic. Never credentials. */
  readonly name: string;
  /**
   * How long what was published elsewhere may take until a read here shows it. 0 where a read is conclusive, as of a
   * topic read to its end offset; a copied or mirrored file lags.
   */
  readonly lagMs: number;
  /**
   * @param anew give the lines even if they are the same as before
   * @throws SealwireError where the source cannot be read; the caller tries again
   */
  read(anew: boolean): Promise<SourceRead>;
  /** Calls `changed` when the source may have changed; too often is fine, within half a second of a change is needed. */
  watch(changed: () => void): void;
  /**
   * Appends a line, durably.
   * @throws KeyError ERR_KEY_DIRECTORY where it does not follow the issuer's newest line: somebody else was faster.
   * A topic cannot compare and append in one step: it appends, reads back, and throws where another line of the same
   * issuer and serial came first (the first counts).
   */
  publish?(line: Buffer): Promise<void>;
  /** Stops watching and lets go of connections. */
  close(): Promise<void>;
}

/** What a source of another package is given. Nothing here needs a directory: it is what comes first. */
export interface DirectorySourceParts {
  readonly agent: string;
  /** How the policy wants connections. @throws UsageError */
  connection(transport: Transport): ConnectionGuard;
  /** Leaves out lines that nobody needs any more, and keeps the order. */
  keptLines(lines: readonly Buffer[]): Buffer[];
  /** Whose a line says it is (`null`: the root’s) and of which serial; nothing is verified. @throws KeyError ERR_KEY_DIRECTORY */
  peekedLine(where: string, line: Buffer): { readonly issuer: string | null; readonly serial: number };
  /** Larger lines must be left out. */
  readonly maxLineBytes: number;
  /** More must not be held. */
  readonly maxSourceBytes: number;
}

/** Opens a source for the facade. Nothing connects before the first read. */
export type OpenDirectorySource = (parts: DirectorySourceParts) => DirectorySource;
