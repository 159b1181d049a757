// What must hold across a whole directory, beyond the form of its single values.
import { KeyError } from '@sealwire/core';
import type { Primitives } from '@sealwire/crypto';
import type { DirectoryDocument, DirectoryKey } from './directory-document.js';

/**
 * One name, one owner; one key, one owner and one purpose; every point on the curve; members that exist; times in order.
 * @param rootKey may be nobody else's key
 * @throws KeyError ERR_KEY_DIRECTORY with the place of the first contradiction
 */
export function checkDocument(
  file: string,
  document: DirectoryDocument,
  rootKey: Buffer,
  primitives: Primitives,
): void {
  const fail = (place: string, problem: string): never => {
    throw new KeyError('ERR_KEY_DIRECTORY', `${file} at ${place}: ${problem}`, { place });
  };
  const names = new Map<string, string>();
  const points = new Map<string, string>([[rootKey.toString('latin1'), 'the root key']]);

  const checkName = (name: string, place: string): void => {
    const earlier = names.get(name);
    if (earlier !== undefined) fail(place, `is the same as ${earlier}; rename one of them.`);
    names.set(name, place);
  };
  const checkKey = (key: DirectoryKey, place: string): void => {
    const point = key.publicKey.toString('latin1');
    const earlier = points.get(point);
    if (earlier !== undefined)
      fail(
        `${place}.publicKey`,
        `is the same key as ${earlier}; one key has one owner and one purpose: make a new one.`,
      );
    points.set(point, `${place}.publicKey`);
    if (primitives.verifyKey(key.publicKey) === null)
      fail(`${place}.publicKey`, 'is no point of P-256; export the public key again.');
    if (key.notBeforeMs >= key.notAfterMs) fail(`${place}.notAfter`, 'must be later than notBefore.');
  };

  if (document.issuedAtMs >= document.expiresAtMs) fail('expiresAt', 'must be later than issuedAt.');
  document.agents.forEach((agent, i) => {
    checkName(agent.name, `agents[${i}].name`);
    agent.keys.forEach((key, j) => checkKey(key, `agents[${i}].keys[${j}]`));
  });
  const agents = new Set(names.keys());
  document.groups.forEach((group, i) => {
    checkName(group.name, `groups[${i}].name`);
    const members = new Set<string>();
    group.members.forEach((member, j) => {
      const place = `groups[${i}].members[${j}]`;
      if (!agents.has(member)) fail(place, `is no agent of this directory; add the agent or remove it here.`);
      if (members.has(member)) fail(place, 'stands twice in this group; remove one.');
      members.add(member);
    });
    group.keys.forEach((key, j) => {
      const place = `groups[${i}].keys[${j}]`;
      if (key.purpose !== 'sealing') fail(`${place}.purpose`, 'must be "sealing": a group signs nothing.');
      checkKey(key, place);
    });
  });
}
