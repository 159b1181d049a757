// `sealwire directory agent …` and `sealwire directory group …`: who there is.
import type { Command } from 'commander';
import { UsageError } from '@sealwire/core';
import { nodePrimitives as primitives } from '@sealwire/crypto';
import {
  acceptedRequest,
  defaultRotation,
  fittingDestroyAtMs,
  isName,
  nameRule,
  parseKeyRequest,
  type DirectoryEntry,
  type EntryChange,
} from '@sealwire/identity';
import { groupOf, requireAgents, rotatedGroups, withoutMember } from './group-members.js';
import { readNamedFile } from './named-file.js';
import {
  collect,
  entriesOf,
  examples,
  inRealm,
  iso,
  issue,
  issuerSigner,
  withIssuer,
  type Issued,
  type IssuerOptions,
} from './operator.js';
import { print, type Streams } from './output.js';

interface AgentOptions extends IssuerOptions {
  readonly group?: string[];
}

interface GroupOptions extends IssuerOptions {
  readonly member?: string[];
}

export function addDirectoryNames(directory: Command, streams: Streams): void {
  const say = (options: IssuerOptions, issued: Issued, facts: object, ...lines: string[]): void => {
    print(streams, options, { ...facts, ...issued }, [
      ...lines,
      `Published as document ${issued.serial}, valid until ${issued.expiresAt}.`,
    ]);
  };
  const agent = directory
    .command('agent')
    .summary('add and remove agents')
    .description('Adds and removes agents.');
  withIssuer(
    agent
      .command('add')
      .summary('list the keys of a request')
      .description(
        'Lists the keys that an agent asks for with "sealwire keys new": of a new agent, or more of one that there is. The request proves that the agent holds them. Whoever may send you a request in its name gets in: fetch it over a channel that you trust.',
      )
      .argument('<request>', 'the file that "sealwire keys new" wrote')
      .option('--group <name>', 'a group that it joins; again for more', collect),
  )
    .addHelpText('after', examples('sealwire directory agent add writer.request --group team'))
    .action((file: string, options: AgentOptions) =>
      inRealm(options, async (realm) => {
        const issuer = issuerSigner(options);
        const entries = entriesOf(realm, issuer);
        const request = parseKeyRequest(
          file,
          readNamedFile(file, 'make a request with "sealwire keys new"').toString('utf8'),
        );
        const nowMs = Date.now();
        const settings = realm.policy.rotation ?? defaultRotation;
        const joined = (options.group ?? []).map((name) => groupOf(entries, name));
        const changedGroups = joined.map((group) => ({
          ...group,
          members: [...new Set([...group.members!, request.agent])],
        }));
        const groups = entries
          .filter(({ members }) => members !== null)
          .map((group) => changedGroups.find(({ name }) => name === group.name) ?? group);
        const entry = entries.find(({ name }) => name === request.agent) ?? null;
        const { change, keys } = acceptedRequest(
          file,
          request,
          entry,
          realm.directory.realm,
          (purpose) => {
            const lifeMs = purpose === 'sealing' ? 2 * settings.intervalMs : settings.signingValidityMs;
            const notAfterMs = nowMs + lifeMs;
            const own = { name: request.agent, keys: entry?.keys ?? [] };
            return {
              notBeforeMs: nowMs,
              notAfterMs,
              destroyAtMs: fittingDestroyAtMs(
                own,
                notAfterMs + settings.destroyAfterMs,
                notAfterMs,
                groups,
                nowMs,
              ),
            };
          },
          primitives,
          nowMs,
        );
        const changes: EntryChange[] = [change, ...changedGroups.map((group) => ({ entry: group }))];
        const issued = await issue(realm, issuer, changes, options.valid);
        const rotated = await rotatedGroups(realm, issuer, joined, options);
        say(
          options,
          issued,
          {
            agent: request.agent,
            keys: keys.map(({ keyId, purpose }) => ({ keyId: keyId.toString('hex'), purpose })),
            groups: joined.map(({ name }) => name),
          },
          ...keys.map(
            ({ keyId, purpose, notAfterMs }) =>
              `Listed ${purpose} key ${keyId.toString('hex')} of ${request.agent}, until ${iso(notAfterMs)}.`,
          ),
          ...joined.map(({ name }) => `${request.agent} is a member of ${name}. ${rotated}`),
        );
      }),
    );
  withIssuer(
    agent
      .command('remove')
      .summary('remove an agent with all its keys')
      .description(
        'Removes an agent from the directory and from its groups, whose keys are replaced. Its messages are refused from now on, also those that were sent before; to keep those, use "sealwire keys revoke".',
      )
      .argument('<agent>'),
  )
    .addHelpText('after', examples('sealwire directory agent remove writer'))
    .action((name: string, options: AgentOptions) =>
      inRealm(options, async (realm) => {
        const issuer = issuerSigner(options);
        const entries = entriesOf(realm, issuer);
        if (!entries.some((entry) => entry.name === name && entry.members === null))
          throw new UsageError('ERR_USAGE_ARGUMENT', `${name} is no agent of this issuer's document.`);
        const left = entries.filter(({ members }) => members?.includes(name) === true);
        const changes: EntryChange[] = [
          { remove: name },
          ...left.map((group) => ({ entry: withoutMember(group, name) })),
        ];
        const issued = await issue(realm, issuer, changes, options.valid);
        const rotated = await rotatedGroups(realm, issuer, left, options);
        say(
          options,
          issued,
          { agent: name, groups: left.map((group) => group.name) },
          `Removed ${name}.`,
          ...left.map((group) => `It has left ${group.name}. ${rotated}`),
        );
      }),
    );

  const group = directory
    .command('group')
    .summary('add, change and remove groups')
    .description('Adds, changes and removes groups.');
  withIssuer(
    group
      .command('add')
      .summary('a new group')
      .description(
        'Adds a group. Its key is made by "sealwire keys rotate" where a member’s keys are; if they are here, at once.',
      )
      .argument('<name>')
      .requiredOption('--member <agent>', 'a member; again for more', collect),
  )
    .addHelpText(
      'after',
      examples('sealwire directory group add team --member orchestrator --member researcher'),
    )
    .action((name: string, options: GroupOptions) =>
      inRealm(options, async (realm) => {
        const issuer = issuerSigner(options);
        if (!isName(name)) throw new UsageError('ERR_USAGE_ARGUMENT', `The group must be ${nameRule}.`);
        if (realm.directory.has(name))
          throw new UsageError(
            'ERR_USAGE_ARGUMENT',
            `${name} exists; use "sealwire directory group change".`,
          );
        const members = [...new Set(options.member)];
        requireAgents(realm, members);
        const added: DirectoryEntry = { name, members, keys: [] };
        const issued = await issue(realm, issuer, [{ entry: added }], options.valid);
        const rotated = await rotatedGroups(realm, issuer, [added], options);
        say(options, issued, { group: name, members }, `Added ${name}: ${members.join(', ')}. ${rotated}`);
      }),
    );
  withIssuer(
    group
      .command('change')
      .summary('let members in and out')
      .description(
        'Adds and removes members. When one leaves, senders leave the group’s keys at once, and the group gets another; what was sent before stays readable to who left. Who comes is given the key in use: start its consumer when "sealwire keys list <group> --json" names it in sharedWith.',
      )
      .argument('<name>')
      .option('--add <agent>', 'a new member; again for more', collect)
      .option('--remove <agent>', 'who leaves; again for more', collect),
  )
    .addHelpText(
      'after',
      examples(
        'sealwire directory group change team --add writer',
        'sealwire directory group change team --remove researcher',
      ),
    )
    .action(
      (name: string, options: IssuerOptions & { readonly add?: string[]; readonly remove?: string[] }) =>
        inRealm(options, async (realm) => {
          const issuer = issuerSigner(options);
          const before = groupOf(entriesOf(realm, issuer), name);
          const { add = [], remove = [] } = options;
          requireAgents(realm, add);
          for (const one of remove)
            if (!before.members!.includes(one))
              throw new UsageError('ERR_USAGE_ARGUMENT', `${one} is no member of ${name}.`);
          if (add.length + remove.length === 0)
            throw new UsageError('ERR_USAGE_ARGUMENT', 'Say who comes or leaves with --add or --remove.');
          const left = remove.reduce(withoutMember, before);
          const after = { ...left, members: [...new Set([...left.members!, ...add])] };
          const issued = await issue(realm, issuer, [{ entry: after }], options.valid);
          const rotated = await rotatedGroups(realm, issuer, [after], options);
          say(
            options,
            issued,
            { group: name, members: after.members },
            `${name}: ${after.members.join(', ')}. ${rotated}`,
          );
        }),
    );
  withIssuer(
    group
      .command('remove')
      .summary('remove a group with all its keys')
      .description(
        'Removes a group. What was sealed to it stays readable to who holds its keys, until they are destroyed.',
      )
      .argument('<name>'),
  )
    .addHelpText('after', examples('sealwire directory group remove team'))
    .action((name: string, options: GroupOptions) =>
      inRealm(options, async (realm) => {
        const issuer = issuerSigner(options);
        groupOf(entriesOf(realm, issuer), name);
        const issued = await issue(realm, issuer, [{ remove: name }], options.valid);
        say(options, issued, { group: name }, `Removed ${name}.`);
      }),
    );
}
