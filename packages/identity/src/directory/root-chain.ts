// From the pinned keys to the newest root, one document after the other (SPEC.md §2).
import type { Primitives } from '@sealwire/crypto';
import { countSignatures } from './count-signatures.js';
import { directoryError } from './directory-error.js';
import { maxRootBytes, parseRoot, type RootDocument } from './root-document.js';
import { openLine, type SignedLine } from './signed-line.js';
import type { Work } from './work.js';

/** What the local policy trusts. */
export interface Pin {
  /** Uncompressed points. */
  readonly rootKeys: readonly Buffer[];
  /** How many of them must have signed the root that the chain begins with. */
  readonly threshold: number;
}

export interface VerifiedRoot {
  readonly document: RootDocument;
  /** SHA-256 of its payload. */
  readonly hash: Buffer;
  readonly line: Buffer;
}

/** A line that says it is a root of this serial; nothing of it is verified. */
export interface RootCandidate {
  readonly where: string;
  readonly serial: number;
  readonly line: Buffer;
}

/**
 * Goes from the pin, or from the newest accepted root, as far as candidates lead.
 * @param accepted empty to begin at the pin
 * @param refused is told why a candidate that would have come next did not
 * @returns the chain, `accepted` first
 */
export function* rootChain(
  candidates: readonly RootCandidate[],
  accepted: readonly VerifiedRoot[],
  pin: Pin,
  primitives: Primitives,
  refused: (error: unknown) => void,
): Work<readonly VerifiedRoot[]> {
  const chain = [...accepted];
  const early: unknown[] = [];
  for (const candidate of [...candidates].sort((a, b) => a.serial - b.serial)) {
    yield;
    const { serial, where, line } = candidate;
    const newest = chain.at(-1)?.document.serial ?? null;
    if (newest !== null && serial > newest + 1) {
      refused(
        directoryError(
          'rollback',
          where,
          `there is a root document ${serial} but no valid ${newest + 1}, which must come between; fetch all of them.`,
        ),
      );
      break;
    }
    const at = chain.findIndex(({ document }) => document.serial === serial);
    // Below the beginning of the chain there is nothing to compare with.
    if (newest !== null && serial <= newest && at < 0) continue;
    try {
      const signed = yield* openLine(where, line);
      if (chain[at]?.hash.equals(signed.hash) === true) continue;
      const before = at < 0 ? chain.at(-1) : chain[at - 1];
      const next = judged(candidate, signed, before ?? null, pin, primitives);
      if (at >= 0)
        throw directoryError(
          'fork',
          where,
          `there are two root documents ${serial}; the one accepted first stays. Find out who signed the other.`,
          { serial },
        );
      chain.push(next);
    } catch (error) {
      // Older roots than the pinned one are no fault, as long as there is one that the pin vouches for.
      if (newest === null) early.push(error);
      else refused(error);
    }
  }
  if (chain.length === 0) early.forEach(refused);
  return chain;
}

/** @param before `null` where the pin decides */
function judged(
  { where, line, serial }: RootCandidate,
  signed: SignedLine,
  before: VerifiedRoot | null,
  pin: Pin,
  primitives: Primitives,
): VerifiedRoot {
  const [keys, threshold, whose] =
    before === null
      ? [pin.rootKeys, pin.threshold, 'pinned keys']
      : [
          before.document.rootKeys,
          before.document.threshold,
          `keys of root document ${before.document.serial}`,
        ];
  const by = countSignatures(signed, keys, primitives);
  if (by < threshold)
    throw directoryError(
      'signature',
      where,
      `root document ${serial} is signed by ${by} of the ${whose}, not by ${threshold}; check directory.root_key in sealwire.yaml, or let more holders sign.`,
      { serial },
    );
  if (signed.payload.length > maxRootBytes)
    throw directoryError('too-large', where, 'is larger than 256 KiB.');
  const document = parseRoot(where, signed.payload.toString('utf8'));
  const own = countSignatures(signed, document.rootKeys, primitives);
  if (own < document.threshold)
    throw directoryError(
      'signature',
      where,
      `root document ${serial} is signed by ${own} of its own keys, not by ${document.threshold}; let more holders sign.`,
      { serial },
    );
  if (before !== null) {
    if (!document.realm.equals(before.document.realm))
      throw directoryError(
        'realm',
        where,
        `root document ${serial} is of another realm than the one before.`,
      );
    if (document.serial !== before.document.serial + 1 || document.previous?.equals(before.hash) !== true)
      throw directoryError(
        'fork',
        where,
        `root document ${serial} does not follow the accepted root document ${before.document.serial}.`,
      );
  }
  // A copy: a view would keep the whole file in memory.
  return { document, hash: signed.hash, line: Buffer.from(line) };
}
