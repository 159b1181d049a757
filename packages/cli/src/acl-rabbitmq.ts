// The RabbitMQ side of `sealwire acl`: what a virtual host allows, over the management API.
import { UsageError, type ConnectionGuard } from '@sealwire/core';
import type { ManagementLogin, ManagementTool } from '@sealwire/amqp';
import {
  defaultExchange,
  operatorSecret,
  rabbitmqDrift,
  rabbitmqRights,
  rabbitmqUser,
  type RabbitmqChanges,
  type RabbitmqDrift,
  type RabbitmqRight,
  type RabbitmqState,
} from '@sealwire/policy';
import type { AclOptions, AclSubject } from './acl-options.js';
import { guardOf } from './broker-record.js';

export interface RabbitmqSide {
  readonly rights: readonly RabbitmqRight[];
  readonly state: RabbitmqState;
  readonly drift: RabbitmqDrift;
}

export const rabbitmqRightsOf = ({ template, directory, agents }: AclSubject): readonly RabbitmqRight[] =>
  rabbitmqRights(template, directory, agents);

export async function rabbitmqSide(options: AclOptions, subject: AclSubject): Promise<RabbitmqSide> {
  const { template, agents } = subject;
  const { vhost } = template.acl.rabbitmq;
  const tool = await toolOf(options);
  const state: RabbitmqState = {
    users: await tool.users(),
    permissions: await tool.permissions(vhost),
    topicPermissions: await tool.topicPermissions(vhost),
  };
  const rights = rabbitmqRightsOf(subject);
  const users = new Set([
    ...rights.map(({ user }) => user),
    ...agents.map((agent) => rabbitmqUser(template, agent)),
  ]);
  return { rights, state, drift: rabbitmqDrift(template, rights, users, state) };
}

/** What agents lack first, so that nobody is cut off in between. */
export async function changeRabbitmq(
  options: AclOptions,
  vhost: string,
  { permissions, topicPermissions, removed }: RabbitmqChanges,
): Promise<void> {
  const tool = await toolOf(options);
  // Keys before exchanges: a user with a right and without a limit could use any key meanwhile.
  for (const each of topicPermissions) await tool.setTopicPermission(vhost, each);
  for (const each of permissions) await tool.setPermission(vhost, each);
  for (const user of removed) await tool.removePermission(vhost, user);
}

async function toolOf(options: AclOptions): Promise<ManagementTool> {
  const { managementTool } = await import('@sealwire/amqp');
  const guard = guardOf(options, 'rabbitmq');
  return managementTool(guard, options.management!, loginOf(options, guard));
}

const passwordVariable = 'SEALWIRE_MANAGEMENT_PASSWORD';

/** As the options say, or else who connects by the policy. */
function loginOf(
  { managementUser, managementPasswordFile }: AclOptions,
  { sasl }: ConnectionGuard,
): ManagementLogin {
  if (managementUser !== undefined)
    return {
      user: managementUser,
      password: operatorSecret(
        managementPasswordFile === undefined ? { env: passwordVariable } : { file: managementPasswordFile },
      ),
    };
  if (sasl === null || sasl.mechanism === 'OAUTHBEARER' || sasl.password === '')
    throw new UsageError(
      'ERR_USAGE_ARGUMENT',
      `The management API takes a user and a password, and the policy’s RabbitMQ connection has none: give --management-user, with --management-password-file or ${passwordVariable}.`,
    );
  return { user: sasl.username, password: sasl.password };
}

/** What RabbitMQ cannot keep apart. */
export function rabbitmqNotes(rights: readonly RabbitmqRight[]): string[] {
  const agentsOf = new Map<string, Set<string>>();
  for (const { user, agents } of rights)
    agentsOf.set(user, new Set([...(agentsOf.get(user) ?? []), ...agents]));
  const shared = [...agentsOf].filter(([, agents]) => agents.size > 1);
  const throughDefault = rights.filter(({ act, name }) => act === 'write' && name === defaultExchange);
  return [
    ...shared.map(
      ([user, agents]) =>
        `${[...agents].join(', ')} are all ${user} to RabbitMQ, which cannot tell them apart.`,
    ),
    ...throughDefault.map(
      ({ user, why }) =>
        `${user} needs the default exchange (${why.join('; ')}), which reaches every queue of the virtual host: publish to named exchanges, and name quarantine.rabbitmq_exchange.`,
    ),
  ];
}
