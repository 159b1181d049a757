// Making root documents: unsigned, then signed by one holder after the other, each on a machine of its own (SPEC.md §2).
import type { Primitives } from '@sealwire/crypto';
import { directoryError } from './directory-error.js';
import type { DocumentSigner } from './document-signer.js';
import { rootChain, type VerifiedRoot } from './root-chain.js';
import { directoryKeyId, parseRoot, rootJson, type Delegation, type RootDocument } from './root-document.js';
import { lineOf, openLine, signedBytes } from './signed-line.js';
import { atOnce } from './work.js';

export interface RootChanges {
  readonly issuedAtMs: number;
  readonly expiresAtMs: number;
  /** What is not given stays as it was. */
  readonly threshold?: number;
  readonly rootKeys?: readonly Buffer[];
  /** All delegations: one that is missing is revoked. */
  readonly issuers?: readonly Delegation[];
}

/** @throws KeyError ERR_KEY_DIRECTORY where readers would refuse it @returns a line without signatures */
export function firstRoot(root: Omit<RootDocument, 'serial' | 'previous'>): Buffer {
  return unsigned({ ...root, serial: 1, previous: null });
}

/** @throws KeyError ERR_KEY_DIRECTORY where readers would refuse it @returns a line without signatures */
export function nextRoot({ document, hash }: VerifiedRoot, changes: RootChanges): Buffer {
  return unsigned({ ...document, ...changes, serial: document.serial + 1, previous: hash });
}

function unsigned(root: RootDocument): Buffer {
  const json = rootJson(root);
  parseRoot('the new root document', json);
  return lineOf(Buffer.from(json), []);
}

/** Adds one holder's signature, or replaces it. Signs what the line says: show it to the holder before. */
export async function signRoot(line: Buffer, signer: DocumentSigner): Promise<Buffer> {
  const { kind, hash, payload, signatures } = atOnce(openLine('the root document', line));
  if (kind !== 'root')
    throw directoryError('malformed', 'the line', 'is no root document; give the one to sign.');
  const keyId = directoryKeyId(signer.publicKey);
  const signature = await signer.sign(signedBytes('root', hash));
  return lineOf(payload, [...signatures.filter((entry) => entry.keyId !== keyId), { keyId, signature }]);
}

/** What a line of the root says, verified or not: to be shown before it is signed. @throws KeyError */
export function shownRoot(line: Buffer): RootDocument {
  return parseRoot('the root document', atOnce(openLine('the root document', line)).payload.toString('utf8'));
}

/**
 * Judges a signed root as readers will.
 * @param previous `null` for the first: then readers pin its own keys
 * @throws KeyError ERR_KEY_DIRECTORY: not enough signatures, or it does not follow
 */
export function checkRoot(line: Buffer, previous: VerifiedRoot | null, primitives: Primitives): VerifiedRoot {
  const { rootKeys, threshold, serial } = shownRoot(line);
  const pin = previous?.document ?? { rootKeys, threshold };
  const problems: unknown[] = [];
  const chain = atOnce(
    rootChain(
      [{ where: 'the new root document', serial, line }],
      previous === null ? [] : [previous],
      pin,
      primitives,
      (error) => void problems.push(error),
    ),
  );
  const newest = chain.at(-1);
  if (problems.length > 0) throw problems[0];
  if (newest === undefined || newest === previous)
    throw directoryError('rollback', 'the new root document', 'does not follow the newest one.');
  return newest;
}
