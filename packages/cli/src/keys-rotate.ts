// `sealwire keys rotate`: replaces keys that are due, or at once.
import { join } from 'node:path';
import type { Command } from 'commander';
import { systemClock, UsageError } from '@sealwire/core';
import { nodePrimitives as primitives } from '@sealwire/crypto';
import { defaultRotation, KeyIntents, Rotator, type DocumentSigner, type Rotated } from '@sealwire/identity';
import { policyFor } from '@sealwire/policy';
import { hasKeys, openAgentStore } from './agent-store.js';
import {
  entriesOf,
  examples,
  inRealm,
  iso,
  issuerSigner,
  validityMs,
  withIssuer,
  type IssuerOptions,
  type Realm,
} from './operator.js';
import { print, type Streams } from './output.js';

interface Options extends IssuerOptions {
  readonly force?: boolean;
}

export function addKeysRotate(keys: Command, streams: Streams): void {
  withIssuer(
    keys
      .command('rotate')
      .summary('replace keys that are due, or at once')
      .description(
        'Makes the next keys of agents and groups that are due for them, and publishes them. It works where an agent’s key folder and the issuer’s key are both at hand; of a group, one member’s folder is enough. Old keys open until their destroy time.',
      )
      .argument('[names...]', 'agents and groups (default: all whose keys are here)')
      .option('--force', 'at once, whatever is due; also lets a revoked agent in again'),
  )
    .addHelpText('after', examples('sealwire keys rotate', 'sealwire keys rotate --force orchestrator team'))
    .action((names: string[], options: Options) =>
      inRealm(options, async (realm) => {
        const issuer = issuerSigner(options);
        const rotated = await rotateNames(realm, issuer, names, options);
        const keysMade = rotated.flatMap((one) => one.keys);
        const unreachable = rotated.flatMap((one) => one.unreachable);
        const listed = keysMade.map(({ notBeforeMs, notAfterMs, destroyAtMs, ...key }) => ({
          ...key,
          notBefore: iso(notBeforeMs),
          notAfter: iso(notAfterMs),
          destroyAt: destroyAtMs === null ? null : iso(destroyAtMs),
        }));
        const nextMs = Math.min(...rotated.map((one) => one.nextMs));
        const next = Number.isFinite(nextMs) ? iso(nextMs) : null;
        print(
          streams,
          options,
          { keys: listed, serials: rotated.flatMap((one) => one.serials), unreachable, next },
          [
            ...(listed.length === 0 ? ['Nothing was due.'] : []),
            ...listed.map(
              ({ name, purpose, keyId, notBefore }) =>
                `${name}: new ${purpose} key ${keyId}, from ${notBefore}`,
            ),
            ...unreachable.map(
              ({ group, member }) =>
                `${member} of ${group} has no valid sealing key and cannot be given the group's; rotate ${member} first.`,
            ),
            ...(next === null ? [] : [`Next: ${next}`]),
          ],
        );
      }),
    );
}

/** Agents first: a group's key is sealed to its members' keys. */
export async function rotateNames(
  realm: Realm,
  issuer: DocumentSigner,
  names: readonly string[],
  { force = false, valid }: Pick<Options, 'force' | 'valid'>,
): Promise<Rotated[]> {
  const { policy, directory } = realm;
  const entries = entriesOf(realm, issuer);
  for (const name of names)
    if (!entries.some((entry) => entry.name === name))
      throw new UsageError(
        'ERR_USAGE_ARGUMENT',
        `${name} is not in this issuer's document; see "sealwire keys list".`,
      );
  const hasStore = (agent: string): boolean => directory.isAgent(agent) && hasKeys(policyFor(policy, agent));
  const chosen = entries.filter((entry) => names.length === 0 || names.includes(entry.name));
  const runs = new Map<string, Set<string>>();
  for (const { name, members } of [...chosen].sort(
    (a, b) => Number(a.members !== null) - Number(b.members !== null),
  )) {
    const agent = members === null ? name : members.find((member) => runs.has(member) || hasStore(member));
    if (agent === undefined || !hasStore(agent)) {
      if (names.length === 0) continue;
      throw new UsageError(
        'ERR_USAGE_FILE',
        members === null
          ? `The key folder of ${name} is not here; run this where it is, or make the key there with "sealwire keys new ${name}".`
          : `The key folder of no member of ${name} is here; run this where one is.`,
      );
    }
    runs.set(agent, (runs.get(agent) ?? new Set()).add(name));
  }
  if (runs.size === 0)
    throw new UsageError('ERR_USAGE_FILE', 'No key folder of an agent is here; run this where one is.');
  const all: Rotated[] = [];
  // A second time: who came late to a group is given its key by a member that has it.
  for (const turn of [1, 2])
    for (const [agent, mine] of runs) {
      const own = policyFor(policy, agent);
      const keyStore = await openAgentStore(own, directory);
      try {
        const rotator = new Rotator({
          directory,
          keyStore,
          issuer,
          settings: {
            ...(policy.rotation ?? defaultRotation),
            documentValidityMs: validityMs(realm, issuer, valid),
          },
          primitives,
          clock: systemClock,
          intents: new KeyIntents(join(own.stateFolder, 'rotating')),
          only: mine,
        });
        all.push(await rotator.rotate(force && turn === 1 ? mine : new Set()));
      } finally {
        await keyStore.close();
      }
    }
  return all;
}
