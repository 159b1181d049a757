// What was accepted: the roots, and one document for each issuer; and how new lines change it (SPEC.md §2 to §4).
import type { SealwireError } from '@sealwire/core';
import type { Primitives } from '@sealwire/crypto';
import { Delegations, type Issuer } from './delegations.js';
import { asRefusal, directoryError } from './directory-error.js';
import { maxSourceLines } from './directory-source.js';
import { clockToleranceMs, judgeDocument, openDocumentLine, type DocumentTerms } from './judge-document.js';
import { peekedLines, type PeekedLine } from './peeked-lines.js';
import type { VerifiedDocument } from './read-document.js';
import { rootChain, type Pin, type VerifiedRoot } from './root-chain.js';
import type { Work } from './work.js';

/** Immutable. */
export interface DirectorySet {
  /** From the one that the pin vouches for to the newest. */
  readonly roots: readonly VerifiedRoot[];
  readonly root: VerifiedRoot;
  readonly delegations: Delegations;
  /** By issuer id; of the newest root's issuers only. */
  readonly documents: ReadonlyMap<string, VerifiedDocument>;
}

export interface Terms {
  readonly pin: Pin;
  /** 16 bytes, or `null` where it is not compared. */
  readonly realm: Buffer | null;
  readonly primitives: Primitives;
  readonly nowMs: number;
  readonly graceMs: number;
  /** What was once accepted of each issuer, also of one whose document cannot be used now. */
  readonly floors: ReadonlyMap<string, Floor>;
}

/** Nothing lower than this may come from an issuer, and nothing else of this serial. */
export interface Floor {
  readonly serial: number;
  /** Lower-case hex. */
  readonly hash: string;
}

export interface AcceptedLine {
  /** `null` for a root. */
  readonly issuer: string | null;
  readonly serial: number;
  /** SHA-256 of the payload, hex. */
  readonly hash: string;
  readonly line: Buffer;
}

/** What became of lines. */
export interface Taken {
  readonly set: DirectorySet | null;
  /** Why lines were refused. */
  readonly problems: readonly SealwireError[];
  /** The lines that came into force, to be remembered. */
  readonly accepted: readonly AcceptedLine[];
}

/**
 * Judges all lines of a source against what was accepted. What is refused leaves what was accepted in force.
 * @param before what was accepted; `null` at the beginning
 * @param where the source's name, for messages
 * @param complete whether a source offers these: then it must not offer less than what was accepted
 */
export function* takeLines(
  lines: readonly Buffer[],
  before: DirectorySet | null,
  terms: Terms,
  where: string,
  complete: boolean,
): Work<Taken> {
  const problems: SealwireError[] = [];
  const accepted: AcceptedLine[] = [];
  const refused = (error: unknown): void => void problems.push(asRefusal(where, error));
  if (lines.length > maxSourceLines)
    refused(
      directoryError('too-large', where, `holds more than ${maxSourceLines} lines; the rest was not read.`),
    );
  const peeked = yield* peekedLines(where, lines.slice(0, maxSourceLines), refused);

  const roots = yield* rootChain(peeked.roots, before?.roots ?? [], terms.pin, terms.primitives, refused);
  const root = roots.at(-1);
  if (root === undefined) {
    if (problems.length === 0)
      refused(
        directoryError(
          'signature',
          where,
          'holds no root document; publish the one that the root keys signed.',
        ),
      );
    return { set: null, problems, accepted };
  }
  const newest = peeked.roots.reduce((most, { serial }) => Math.max(most, serial), 0);
  if (complete && newest < root.document.serial)
    refused(
      directoryError(
        'rollback',
        where,
        `its newest root document is ${newest}, but ${root.document.serial} was accepted before; somebody put an old copy there.`,
      ),
    );
  if (terms.realm !== null && !root.document.realm.equals(terms.realm)) {
    refused(
      directoryError(
        'realm',
        where,
        `is of realm ${root.document.realm.toString('hex')}, not of the policy's; correct realm in sealwire.yaml, or fetch the right directory.`,
      ),
    );
    return { set: before, problems, accepted };
  }
  if (root.document.issuedAtMs > terms.nowMs + clockToleranceMs) {
    refused(
      directoryError(
        'future',
        where,
        `root document ${root.document.serial} was issued in the future by this clock; correct the clock.`,
      ),
    );
    return { set: before, problems, accepted };
  }
  for (const { document, hash, line } of roots.slice(before?.roots.length ?? 0))
    accepted.push({ issuer: null, serial: document.serial, hash: hash.toString('hex'), line });

  const delegations = root === before?.root ? before.delegations : new Delegations(root.document);
  const was = new Map([...(before?.documents ?? [])].filter(([id]) => delegations.issuers.has(id)));
  const work: DocumentTerms = { ...terms, root, delegations };
  const choices = [...delegations.issuers.values()].map(
    (issuer) =>
      new Choice(
        issuer,
        peeked.documents.get(issuer.id) ?? [],
        was.get(issuer.id) ?? null,
        terms.floors.get(issuer.id) ?? null,
        work,
        refused,
        where,
        complete,
      ),
  );
  for (const choice of choices) yield* choice.next();
  // Whoever has seen more than there is steps back, which may make others step back; serials only fall, so it ends.
  for (let settled = false; !settled;) {
    settled = true;
    const serials = new Map(choices.map(({ issuer, document }) => [issuer.id, document?.header.serial ?? 0]));
    for (const choice of choices) {
      if (choice.line === null) continue;
      const missing = [...choice.document!.header.seen].find(
        ([id, serial]) => (serials.get(id) ?? Infinity) < serial,
      );
      if (missing === undefined) continue;
      const { serial } = choice.document!.header;
      refused(
        directoryError(
          'mixed',
          choice.line.where,
          `document ${serial} of issuer ${choice.issuer.id} was made when issuer ${missing[0]} was at ${missing[1]}, which is not here; fetch all of it.`,
          { issuer: choice.issuer.id, serial },
        ),
      );
      yield* choice.next();
      settled = false;
    }
  }
  const documents = new Map<string, VerifiedDocument>();
  for (const { issuer, document, line } of choices) {
    if (document !== null) documents.set(issuer.id, document);
    if (line !== null)
      accepted.push({
        issuer: issuer.id,
        serial: line.serial,
        hash: document!.hash.toString('hex'),
        line: line.line,
      });
  }
  const unchanged =
    before !== null &&
    root === before.root &&
    accepted.length === 0 &&
    documents.size === before.documents.size;
  return { set: unchanged ? before : { roots, root, delegations, documents }, problems, accepted };
}

/** The newest usable document of one issuer: candidates from the newest down, then the one accepted before. */
class Choice {
  readonly issuer: Issuer;
  document: VerifiedDocument | null = null;
  /** `null` where nothing new was chosen. */
  line: PeekedLine | null = null;
  readonly #lines: PeekedLine[];
  readonly #before: VerifiedDocument | null;
  readonly #floor: Floor | null;
  readonly #terms: DocumentTerms;
  readonly #refused: (error: unknown) => void;
  #done = 0;

  constructor(
    issuer: Issuer,
    lines: readonly PeekedLine[],
    before: VerifiedDocument | null,
    floor: Floor | null,
    terms: DocumentTerms,
    refused: (error: unknown) => void,
    where: string,
    complete: boolean,
  ) {
    this.issuer = issuer;
    this.#before = before;
    this.#terms = terms;
    this.#refused = refused;
    this.#floor =
      before === null ? floor : { serial: before.header.serial, hash: before.hash.toString('hex') };
    const serial = this.#floor?.serial ?? 0;
    // Stable: of one serial, the first in the source comes first.
    this.#lines = lines.filter((line) => line.serial >= serial).sort((a, b) => b.serial - a.serial);
    const newest = lines.reduce((most, line) => Math.max(most, line.serial), 0);
    if (complete && newest < serial)
      refused(
        directoryError(
          'rollback',
          where,
          `its newest document of issuer ${issuer.id} is ${newest}, but ${serial} was accepted before; somebody put an old copy there.`,
          { issuer: issuer.id, serial: newest },
        ),
      );
  }

  /** Goes to the next candidate that is good by itself. */
  *next(): Work<void> {
    const { primitives } = this.#terms;
    const before = this.#before;
    while (this.#done < this.#lines.length) {
      const candidate = this.#lines[this.#done++]!;
      const { where, line, serial } = candidate;
      try {
        const signed = yield* openDocumentLine(where, line, this.issuer, primitives);
        const hash = signed.hash.toString('hex');
        if (serial === this.#floor?.serial && hash !== this.#floor.hash) throw this.#fork(candidate);
        if (hash === before?.hash.toString('hex')) continue;
        const document = yield* judgeDocument(where, signed, this.issuer, before, this.#terms);
        yield* this.#checkTwins(candidate, signed.hash);
        this.document = document;
        this.line = candidate;
        return;
      } catch (error) {
        this.#refused(error);
      }
    }
    this.document = before;
    this.line = null;
  }

  /** Other documents of the serial that was chosen: the first counts, but that there are two must be said. */
  *#checkTwins(chosen: PeekedLine, hash: Buffer): Work<void> {
    for (const other of this.#lines.slice(this.#done)) {
      if (other.serial !== chosen.serial) continue;
      try {
        const signed = yield* openDocumentLine(other.where, other.line, this.issuer, this.#terms.primitives);
        if (!signed.hash.equals(hash)) this.#refused(this.#fork(other));
      } catch (error) {
        this.#refused(error);
      }
    }
  }

  #fork({ where, serial }: PeekedLine): Error {
    return directoryError(
      'fork',
      where,
      `there are two documents ${serial} of issuer ${this.issuer.id}; the first stays. Find out who signed the other.`,
      { issuer: this.issuer.id, serial },
    );
  }
}
