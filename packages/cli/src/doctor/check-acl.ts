// Whether the brokers’ own access control is what the policy asks for.
import type { Transport } from '@sealwire/core';
import { aclDrift, type AclDrift } from '../acl-drift.js';
import type { AclOptions } from '../acl-options.js';
import { driftRows } from './acl-rows.js';
import { nameOf } from './broker-place.js';
import type { Check } from './check.js';
import type { DoctorContext } from './context.js';
import { settled } from './found.js';
import { rowsOf, type Row } from './row.js';
import { reasonOf } from './run-checks.js';

export const checkAcl: Check = {
  group: 'acl',
  name: 'drift',
  limitMs: 60_000,
  run: async (context) => [...(await kafkaAcl(context)), ...(await rabbitmqAcl(context))],
};

async function kafkaAcl(context: DoctorContext): Promise<readonly Row[]> {
  const { policy, brokers } = context;
  const say = rowsOf('acl', 'drift');
  const why = brokers.whyNot('kafka');
  if ('error' in policy || why !== null) return [say.skipped('kafka', why ?? 'the policy does not read')];
  const admitted = await brokers.admitted('kafka');
  if (admitted.length === 0) return [say.skipped('kafka', 'the policy’s connection is refused')];
  return asked(context, 'kafka', { kafka: admitted.map(nameOf).join(',') });
}

/** Permissions are told by the management API alone, to an administrator of it. */
async function rabbitmqAcl(context: DoctorContext): Promise<readonly Row[]> {
  const { policy, brokers, options } = context;
  const say = rowsOf('acl', 'drift');
  const why = brokers.whyNot('rabbitmq');
  if ('error' in policy || why !== null) return [say.skipped('rabbitmq', why ?? 'the policy does not read')];
  const { management, managementUser, managementPasswordFile, admin } = options;
  if (management === undefined)
    return [say.skipped('rabbitmq', 'give --management to have permissions looked at')];
  // An agent’s own password is for the broker, and an agent is no administrator.
  if (managementUser === undefined && admin === undefined)
    return [
      say.skipped(
        'rabbitmq',
        'an administrator is asked for: no agent’s password is sent to the management API',
        'Give --management-user with --management-password-file, or --admin.',
      ),
    ];
  if ((await brokers.admitted('rabbitmq')).length === 0)
    return [say.skipped('rabbitmq', 'the policy’s connection is refused')];
  return asked(context, 'rabbitmq', {
    management,
    ...(managementUser === undefined ? {} : { managementUser }),
    ...(managementPasswordFile === undefined ? {} : { managementPasswordFile }),
  });
}

async function asked(
  { options: { admin, policy }, agents }: DoctorContext,
  transport: Transport,
  broker: Pick<AclOptions, 'kafka' | 'management' | 'managementUser' | 'managementPasswordFile'>,
): Promise<readonly Row[]> {
  const agent = admin ?? agents[0]!.agent;
  const drift = await settled((): Promise<AclDrift> => aclDrift({ policy, agent, ...broker }));
  if ('value' in drift) return driftRows(transport, drift.value);
  const fix =
    transport === 'kafka'
      ? 'Give --admin with a name that may list access control, and has certificate and password where the policy’s connections have them.'
      : 'Give --management-user with the tag administrator, and --management-password-file.';
  return [rowsOf('acl', 'drift').unknown(`${transport} as ${agent}`, reasonOf(drift.error), fix)];
}
