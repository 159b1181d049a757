// What an agent's host sends to the issuer so that its new keys are listed: public keys, and proof that it holds them.
import { KeyError } from '@sealwire/core';
import type { Primitives } from '@sealwire/crypto';
import { directoryError } from '../directory/directory-error.js';
import { listedKey, type DirectoryEntry, type ListedKey } from '../directory/directory-entry.js';
import type { DocumentSigner } from '../directory/document-signer.js';
import type { EntryChange, SealingKeyClaim } from '../directory/next-directory.js';
import { payloadValue } from '../directory/payload-json.js';
import { possessionBytes } from '../directory/possession.js';
import { pointOf } from '../directory/public-point.js';
import type { ListedPurpose } from '../directory/root-document.js';
import { isUsable } from '../is-usable.js';

export interface RequestedKey {
  readonly purpose: ListedPurpose;
  readonly publicKey: Buffer;
  /** Over `possessionBytes`: by the key itself, or, for a sealing key, by a signing key of the agent's. 64 bytes. */
  readonly proof: Buffer;
}

export interface KeyRequest {
  /** 16 bytes. */
  readonly realm: Buffer;
  readonly agent: string;
  readonly keys: readonly RequestedKey[];
}

/**
 * One line of JSON, no secret in it.
 * @param signer a listed signing key of the agent's, or the new one where the request brings one
 */
export async function keyRequest(
  realm: Buffer,
  agent: string,
  keys: readonly {
    readonly purpose: ListedPurpose;
    readonly publicKey: Buffer;
    sign?: DocumentSigner['sign'];
  }[],
  signer: Pick<DocumentSigner, 'sign'>,
): Promise<string> {
  const listed = await Promise.all(
    keys.map(async ({ purpose, publicKey, sign }) => {
      const bytes = possessionBytes(realm, { owner: agent, purpose, publicKey });
      const proof = await (purpose === 'message-signing' ? sign!(bytes) : signer.sign(bytes));
      return {
        purpose,
        suite: 1,
        publicKey: publicKey.toString('base64url'),
        proof: proof.toString('base64url'),
      };
    }),
  );
  return JSON.stringify({ kind: 'key-request', realm: realm.toString('hex'), agent, keys: listed });
}

/** Reads a request; whether its proofs hold is judged when it is accepted. @throws KeyError ERR_KEY_DIRECTORY */
export function parseKeyRequest(where: string, text: string): KeyRequest {
  const fields = payloadValue(where, text.trim()).object(['kind', 'realm', 'agent', 'keys']);
  if (fields.kind.text(40) !== 'key-request')
    fields.kind.fail('must be "key-request": make one with "sealwire keys new".');
  return {
    realm: fields.realm.bytes('hex', 16),
    agent: fields.agent.name(),
    keys: fields.keys.list(16).map((value) => {
      const key = value.object(['purpose', 'suite', 'publicKey', 'proof']);
      key.suite.integer(1, 1);
      const purpose = key.purpose.text(40);
      if (purpose !== 'message-signing' && purpose !== 'sealing')
        return key.purpose.fail('must be "message-signing" or "sealing".');
      return { purpose, publicKey: pointOf(key.publicKey), proof: key.proof.bytes('base64url', 64) };
    }),
  };
}

export interface AcceptedTimes {
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  /** For sealing keys. */
  readonly destroyAtMs: number;
}

/**
 * The change that lists what was requested. A sealing key must be signed for by a signing key that the request brings,
 * or by one that is listed and good now: what was stolen and revoked lets nobody in.
 * @throws KeyError ERR_KEY_DIRECTORY
 */
export function acceptedRequest(
  where: string,
  request: KeyRequest,
  entry: DirectoryEntry | null,
  realm: Buffer,
  timesOf: (purpose: ListedPurpose) => AcceptedTimes,
  primitives: Primitives,
  nowMs: number,
): { readonly change: EntryChange; readonly keys: readonly ListedKey[] } {
  const { agent } = request;
  const refuse = (problem: string): KeyError => directoryError('possession', where, problem, { name: agent });
  if (!request.realm.equals(realm)) throw refuse('is for another realm; make it with this realm’s policy.');
  if (entry !== null && entry.members !== null)
    throw refuse(`${agent} is a group; its members make its keys.`);
  const before = entry?.keys ?? [];
  const keys = request.keys.map(({ purpose, publicKey, proof }) => {
    const { notBeforeMs, notAfterMs, destroyAtMs } = timesOf(purpose);
    return purpose === 'sealing'
      ? listedKey(agent, { purpose, publicKey, notBeforeMs, notAfterMs, destroyAtMs })
      : listedKey(agent, { purpose, publicKey, notBeforeMs, notAfterMs, possession: proof });
  });
  const known = keys.find((key) => before.some(({ keyId }) => keyId.equals(key.keyId)));
  if (known !== undefined) throw refuse(`the key ${known.keyId.toString('hex')} is listed already.`);
  const signers = [...keys, ...before.filter((key) => isUsable(key, nowMs))].filter(
    ({ purpose }) => purpose === 'message-signing',
  );
  const claims: SealingKeyClaim[] = [];
  request.keys.forEach(({ purpose, proof }, i) => {
    const key = keys[i]!;
    if (purpose !== 'sealing') return;
    const bytes = possessionBytes(realm, key);
    if (!signers.some(({ publicKey }) => primitives.verifyKey(publicKey)?.verify(bytes, proof) === true))
      throw refuse(
        `no good signing key of ${agent} signed for its sealing key; make the request again where the agent runs.`,
      );
    claims.push({ keyId: key.keyId, signature: proof });
  });
  return { change: { entry: { name: agent, members: null, keys: [...before, ...keys] }, claims }, keys };
}
