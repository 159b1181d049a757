// Sorts lines by what they say they are, before any of them is verified.
import { directoryError } from './directory-error.js';
import type { RootCandidate } from './root-chain.js';
import { peekLine } from './signed-line.js';
import type { Work } from './work.js';

/** A line that says it is a directory document of this serial. */
export type PeekedLine = RootCandidate;

/** Lines that cannot even be told apart are refused; those of issuers that nobody knows are nobody's fault. */
export function* peekedLines(
  where: string,
  lines: readonly Buffer[],
  refused: (error: unknown) => void,
): Work<{ roots: RootCandidate[]; documents: Map<string, PeekedLine[]> }> {
  const roots: RootCandidate[] = [];
  const documents = new Map<string, PeekedLine[]>();
  for (const [i, line] of lines.entries()) {
    const place = `${where} line ${i + 1}`;
    try {
      const peeked = peekedLine(place, line);
      const candidate = { where: place, serial: peeked.serial, line };
      if (peeked.issuer === null) roots.push(candidate);
      else if (documents.has(peeked.issuer)) documents.get(peeked.issuer)!.push(candidate);
      else documents.set(peeked.issuer, [candidate]);
    } catch (error) {
      refused(error);
    }
    yield;
  }
  return { roots, documents };
}

/** Whose a line says it is (`null`: the root's) and of which serial. @throws KeyError ERR_KEY_DIRECTORY */
export function peekedLine(where: string, line: Buffer): { issuer: string | null; serial: number } {
  const { kind, first } = peekLine(where, line);
  const json = said(first);
  const { serial } = json;
  const issuer = kind === 'root' ? null : json.issuer;
  if (
    typeof serial !== 'number' ||
    !Number.isSafeInteger(serial) ||
    serial < 1 ||
    (issuer !== null && typeof issuer !== 'string')
  )
    throw directoryError(
      'malformed',
      where,
      'does not say whose it is and of which serial (half-written?); fetch it again.',
    );
  return { issuer, serial };
}

function said(first: string): { readonly issuer?: unknown; readonly serial?: unknown } {
  try {
    return JSON.parse(first) as ReturnType<typeof said>;
  } catch {
    return {};
  }
}
