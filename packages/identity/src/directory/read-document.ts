// From the verified payload of a directory document to its entries, sparing what did not change (SPEC.md §3).
import { directoryError } from './directory-error.js';
import { parseEntry, type DirectoryEntry } from './directory-entry.js';
import type { DirectoryHeader } from './directory-header.js';
import { pointName } from './public-point.js';
import type { Work } from './work.js';

/** A directory document whose signature holds. */
export interface VerifiedDocument {
  readonly header: DirectoryHeader;
  /** SHA-256 of the payload. */
  readonly hash: Buffer;
  readonly payload: Buffer;
  /** Sorted by name. */
  readonly entries: readonly DirectoryEntry[];
  /** Where each entry's line begins in the payload, and where the last one ends. */
  readonly offsets: Uint32Array;
}

const lineFeed = 0x0a;
const maxEntries = 50_000;
/** Generous for 64 keys with 10,000 members between them. */
const maxEntryBytes = 8 * 1024 * 1024;

/**
 * Parses the lines after the header. A line that also stands in `previous` is taken from there.
 * @throws KeyError ERR_KEY_DIRECTORY where one is not of the format, out of order, or has another's key
 * @param taken names of points that belong to root and issuers
 */
export function* readEntries(
  where: string,
  payload: Buffer,
  previous: VerifiedDocument | null,
  taken: ReadonlySet<string>,
): Work<Pick<VerifiedDocument, 'entries' | 'offsets'>> {
  const entries: DirectoryEntry[] = [];
  const offsets: number[] = [];
  const points = new Set<string>();
  let old = 0;
  let at = payload.indexOf(lineFeed) + 1;
  if (at === 0) throw directoryError('malformed', where, 'the header does not end; it was cut off.');
  for (; at < payload.length;) {
    const end = payload.indexOf(lineFeed, at);
    const line = `${where} line ${entries.length + 2}`;
    if (end < 0) throw directoryError('malformed', line, 'does not end; it was cut off.');
    if (end - at > maxEntryBytes)
      throw directoryError('too-large', line, 'is larger than 8 MiB; split the group.');
    if (entries.length === maxEntries)
      throw directoryError('too-large', where, `has more than ${maxEntries} names; split it among issuers.`);
    const kept = previous !== null && isLine(previous, old, payload, at, end) ? previous.entries[old]! : null;
    const entry = kept ?? parseEntry(line, payload.toString('utf8', at, end));
    const last = entries.at(-1);
    // Names are ASCII, so the order of code units is the order of bytes.
    if (last !== undefined && entry.name <= last.name)
      throw directoryError('malformed', line, 'is out of order, or has a name that another line has.');
    for (const key of entry.keys) {
      const point = pointName(key.publicKey);
      if (points.has(point) || taken.has(point))
        throw directoryError(
          'malformed',
          line,
          `lists a key that stands elsewhere too (${key.keyId.toString('hex')}); one key has one owner and one purpose: make a new one.`,
        );
      points.add(point);
    }
    entries.push(entry);
    offsets.push(at);
    if (previous !== null)
      while (old < previous.entries.length && previous.entries[old]!.name <= entry.name) old++;
    at = end + 1;
    if (kept === null || entries.length % 64 === 0) yield;
  }
  offsets.push(payload.length);
  return { entries, offsets: Uint32Array.from(offsets) };
}

function isLine(
  document: VerifiedDocument,
  index: number,
  payload: Buffer,
  at: number,
  end: number,
): boolean {
  const { offsets } = document;
  if (index >= document.entries.length) return false;
  // With the line feed, so that a longer line is not taken for a shorter one.
  return document.payload.compare(payload, at, end + 1, offsets[index], offsets[index + 1]) === 0;
}
