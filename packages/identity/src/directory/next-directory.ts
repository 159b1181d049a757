// Making the next document of an issuer: what readers would refuse is refused here first (SPEC.md §3, §5).
import type { Primitives } from '@sealwire/crypto';
import { entryJson, type DirectoryEntry, type ListedKey } from './directory-entry.js';
import { directoryError } from './directory-error.js';
import { headerJson, type DirectoryHeader } from './directory-header.js';
import type { DirectorySet } from './directory-set.js';
import type { DocumentSigner } from './document-signer.js';
import { judgeDocument } from './judge-document.js';
import { possessionBytes, provesPossession } from './possession.js';
import type { VerifiedDocument } from './read-document.js';
import { directoryKeyId } from './root-document.js';
import { lineOf, openLine, signedBytes } from './signed-line.js';
import { inSlices, type Work } from './work.js';

/** A whole entry, new or in place of the one of its name; or the end of it. */
export type EntryChange =
  | {
      readonly entry: DirectoryEntry;
      /** For each sealing key that is new to an agent: a signature over `possessionBytes` by one of its listed signing keys. */
      readonly claims?: readonly SealingKeyClaim[];
    }
  | { readonly remove: string };

export interface SealingKeyClaim {
  /** Of the sealing key, 16 bytes. */
  readonly keyId: Buffer;
  readonly signature: Buffer;
}

export interface NextDirectory {
  /** What was accepted: the document before, the root, and what other issuers' documents there are. */
  readonly set: DirectorySet;
  /** An issuer of the newest root. */
  readonly issuer: DocumentSigner;
  readonly changes: readonly EntryChange[];
  readonly nowMs: number;
  readonly expiresAtMs: number;
  readonly primitives: Primitives;
}

export interface MadeDirectory {
  /** To be published. */
  readonly line: Buffer;
  readonly document: VerifiedDocument;
}

/**
 * Makes and signs an issuer's next document. Pure but for the signature; publishes nothing.
 * Names that are no longer the issuer's to speak for are dropped.
 * @throws KeyError ERR_KEY_DIRECTORY where readers would refuse it, or a new key comes without proof of possession
 */
export function nextDirectory(options: NextDirectory): Promise<MadeDirectory> {
  return make(options);
}

async function make({
  set,
  issuer: signer,
  changes,
  nowMs,
  expiresAtMs,
  primitives,
}: NextDirectory): Promise<MadeDirectory> {
  const where = 'the new directory';
  const id = directoryKeyId(signer.publicKey);
  const issuer = set.delegations.issuers.get(id);
  if (issuer === undefined)
    throw directoryError(
      'delegation',
      where,
      `the key ${id} is no issuer of root document ${set.root.document.serial}; delegate it, or use an issuer's key.`,
    );
  const previous = set.documents.get(id) ?? null;
  const entries = new Map((previous?.entries ?? []).map((entry) => [entry.name, entry]));
  for (const name of entries.keys()) if (set.delegations.issuerOf(name) !== issuer) entries.delete(name);
  for (const change of changes) {
    if ('remove' in change) entries.delete(change.remove);
    else {
      checkEntering(
        where,
        set,
        change.entry,
        entries.get(change.entry.name) ?? null,
        change.claims ?? [],
        primitives,
      );
      entries.set(change.entry.name, change.entry);
    }
  }
  const header: DirectoryHeader = {
    realm: set.root.document.realm,
    issuer: id,
    serial: (previous?.header.serial ?? 0) + 1,
    previous: previous?.hash ?? null,
    rootSerial: set.root.document.serial,
    seen: new Map(
      [...set.documents]
        .filter(([other]) => other !== id)
        .map(([other, { header: its }]) => [other, its.serial]),
    ),
    issuedAtMs: nowMs,
    expiresAtMs,
  };
  const payload = await inSlices(payloadOf(header, entries, previous));
  const { hash } = await inSlices(openLine(where, lineOf(payload, [])));
  const signature = await signer.sign(signedBytes('directory', hash));
  const line = lineOf(payload, [{ keyId: id, signature }]);
  const terms = { ...set, primitives, nowMs, graceMs: 0 };
  const signed = { kind: 'directory' as const, payload, hash, signatures: [] };
  const document = await inSlices(judgeDocument(where, signed, issuer, previous, terms));
  if (primitives.verifyKey(signer.publicKey)?.verify(signedBytes('directory', hash), signature) !== true)
    throw directoryError('signature', where, 'was signed wrongly; check the key store of the issuer.');
  return { line, document };
}

function* payloadOf(
  header: DirectoryHeader,
  entries: ReadonlyMap<string, DirectoryEntry>,
  previous: VerifiedDocument | null,
): Work<Buffer> {
  const lines: Buffer[] = [Buffer.from(`${headerJson(header)}\n`)];
  const places = new Map((previous?.entries ?? []).map((entry, i) => [entry, i]));
  const sorted = [...entries.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of sorted) {
    const at = places.get(entry);
    lines.push(
      at === undefined
        ? Buffer.from(`${entryJson(entry)}\n`)
        : previous!.payload.subarray(previous!.offsets[at], previous!.offsets[at + 1]),
    );
    if (lines.length % 64 === 0) yield;
  }
  return Buffer.concat(lines);
}

/** A key enters with proof of possession (SPEC.md §5). */
function checkEntering(
  where: string,
  set: DirectorySet,
  entry: DirectoryEntry,
  before: DirectoryEntry | null,
  claims: readonly SealingKeyClaim[],
  primitives: Primitives,
): void {
  const { realm } = set.root.document;
  const listed = (key: ListedKey): boolean =>
    before?.keys.some((old) => old.keyId.equals(key.keyId)) === true;
  const signers = entry.keys.filter((key) => key.purpose === 'message-signing');
  for (const key of entry.keys) {
    const fail = (problem: string): never => {
      throw directoryError(
        'possession',
        where,
        `the key ${key.keyId.toString('hex')} of ${entry.name} ${problem}`,
        { name: entry.name },
      );
    };
    if (key.owner !== entry.name) fail(`says that it is ${key.owner}'s.`);
    const since = before?.keys.find(({ keyId }) => keyId.equals(key.keyId))?.distrustFromMs ?? Infinity;
    if ((key.distrustFromMs ?? Infinity) > since)
      fail(
        `was revoked from ${new Date(since).toISOString()} on, and that is not taken back; make a new key.`,
      );
    if (key.purpose === 'message-signing') {
      if (!provesPossession(realm, key, primitives))
        fail('comes without proof that its owner holds it; let the owner sign for it.');
    } else if (entry.members === null && !listed(key)) {
      const claim = claims.find(({ keyId }) => keyId.equals(key.keyId));
      const bytes = possessionBytes(realm, key);
      if (
        claim === undefined ||
        !signers.some(
          ({ publicKey }) => primitives.verifyKey(publicKey)?.verify(bytes, claim.signature) === true,
        )
      )
        fail('is new and not signed for by a listed signing key of its owner; let the owner sign for it.');
    }
  }
}
