// Whether a line is a directory document that could be used: all of it that does not depend on other documents (SPEC.md §3).
import type { Primitives } from '@sealwire/crypto';
import { countSignatures } from './count-signatures.js';
import type { Delegations, Issuer } from './delegations.js';
import { parseHeader, type DirectoryHeader } from './directory-header.js';
import { directoryError } from './directory-error.js';
import { pointName } from './public-point.js';
import { readEntries, type VerifiedDocument } from './read-document.js';
import type { VerifiedRoot } from './root-chain.js';
import { openLine, type SignedLine } from './signed-line.js';
import type { Work } from './work.js';

export interface DocumentTerms {
  readonly root: VerifiedRoot;
  readonly delegations: Delegations;
  readonly primitives: Primitives;
  readonly nowMs: number;
  readonly graceMs: number;
}

/** How far in the future a document may have been issued. */
export const clockToleranceMs = 300_000;

/** Opens a line and checks that its issuer signed it. @throws KeyError ERR_KEY_DIRECTORY */
export function* openDocumentLine(
  where: string,
  line: Buffer,
  issuer: Issuer,
  primitives: Primitives,
): Work<SignedLine> {
  const signed = yield* openLine(where, line);
  if (countSignatures(signed, [issuer.publicKey], primitives) < 1)
    throw directoryError(
      'signature',
      where,
      `the signature of issuer ${issuer.id} does not verify: it was changed, or somebody else signed it. Fetch it again.`,
      { issuer: issuer.id },
    );
  yield;
  return signed;
}

/**
 * Judges a line whose signature holds.
 * @param previous the accepted document of this issuer, or `null`
 * @throws KeyError ERR_KEY_DIRECTORY
 */
export function* judgeDocument(
  where: string,
  signed: SignedLine,
  issuer: Issuer,
  previous: VerifiedDocument | null,
  terms: DocumentTerms,
): Work<VerifiedDocument> {
  const { root, delegations, nowMs, graceMs } = terms;
  const { payload, hash } = signed;
  const end = payload.indexOf(0x0a);
  if (end < 0) throw directoryError('malformed', where, 'the header does not end; it was cut off.');
  const header = parseHeader(where, payload.toString('utf8', 0, end));
  checkHeader(where, header, issuer, previous, terms);
  if (nowMs >= issuer.expiresAtMs + graceMs)
    throw directoryError(
      'expired',
      where,
      `the delegation of issuer ${issuer.id} expired at ${iso(issuer.expiresAtMs)}; sign a new root document.`,
    );

  const taken = new Set(
    [...root.document.rootKeys, ...root.document.issuers.map(({ publicKey }) => publicKey)].map(pointName),
  );
  const { entries, offsets } = yield* readEntries(where, payload, previous, taken);
  if (header.rootSerial === root.document.serial)
    for (const [i, { name, keys }] of entries.entries()) {
      if (delegations.issuerOf(name)?.id !== issuer.id)
        throw directoryError(
          'delegation',
          `${where} line ${i + 2}`,
          `${name} is not a name that issuer ${issuer.id} may speak for; remove it, or delegate it in a new root document.`,
          { name, issuer: issuer.id },
        );
      for (const { purpose } of keys)
        if (!issuer.purposes.includes(purpose))
          throw directoryError(
            'delegation',
            `${where} line ${i + 2}`,
            `issuer ${issuer.id} may not list keys for ${purpose}.`,
            { name, issuer: issuer.id },
          );
      if (i % 256 === 0) yield;
    }
  return { header, hash, payload, entries, offsets };
}

function checkHeader(
  where: string,
  header: DirectoryHeader,
  issuer: Issuer,
  previous: VerifiedDocument | null,
  { root, nowMs }: DocumentTerms,
): void {
  const { serial } = header;
  const fail = (reason: Parameters<typeof directoryError>[0], problem: string): never => {
    throw directoryError(reason, where, problem, { issuer: issuer.id, serial });
  };
  if (header.issuer !== issuer.id) fail('signature', 'names another issuer than the one that signed it.');
  if (!header.realm.equals(root.document.realm))
    fail(
      'realm',
      `is of realm ${header.realm.toString('hex')}, not of the root's; fetch the right directory.`,
    );
  if (header.issuedAtMs > nowMs + clockToleranceMs)
    fail(
      'future',
      `was issued at ${iso(header.issuedAtMs)}, which is in the future by this clock; correct the clock.`,
    );
  if (header.rootSerial > root.document.serial)
    fail(
      'mixed',
      `was made under root document ${header.rootSerial}, but the newest here is ${root.document.serial}; fetch the newer one.`,
    );
  if (previous?.header.serial === serial - 1 && header.previous?.equals(previous.hash) !== true)
    fail(
      'fork',
      `document ${serial} of issuer ${issuer.id} does not follow the accepted document ${serial - 1}; find out who signed it, then publish document ${serial + 1}.`,
    );
}

const iso = (ms: number): string => new Date(ms).toISOString();
