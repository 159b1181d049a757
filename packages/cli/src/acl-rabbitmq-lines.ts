// RabbitMQ's rights and drift for people.
import type { RabbitmqDrift, RabbitmqExcess, RabbitmqRight } from '@sealwire/policy';
import { shortened } from './shortened.js';

export function rabbitmqLines(drift: RabbitmqDrift): string[] {
  const { vhost, missing, unknown, wide, others, absentUsers, inPlace } = drift;
  return [
    `RabbitMQ, ${vhost}: ${inPlace} in place, ${missing.length} missing, ${unknown.length} not by the policy, ${wide.length} of others`,
    ...absentUsers.map((user) => `  ! there is no user ${user}: make it first`),
    ...missing.map(rightLine),
    ...unknown.map((excess) => `  - ${excessText(excess)}: not by the policy`),
    ...wide.map(
      (excess) =>
        `  ! ${excessText(excess)}: no agent of the policy; change it yourself, or name it in acl.rabbitmq.others`,
    ),
    ...others.map((excess) => `    ${excessText(excess)}: left alone (acl.rabbitmq.others)`),
  ];
}

export function rabbitmqRightLines(rights: readonly RabbitmqRight[]): string[] {
  return [`RabbitMQ: ${rights.length} rights`, ...rights.map(rightLine)];
}

function rightLine({ user, act, name, pattern, routingKey, why }: RabbitmqRight): string {
  const names = pattern === 'Prefixed' ? `${name}*` : name;
  const what = act === 'route' ? `may use the keys ${routingKey!} with ${name}` : `may ${act} ${names}`;
  return `  + ${user} ${what}: ${why.join('; ')}`;
}

const excessText = ({ user, act, exchange, expression, reaches }: RabbitmqExcess): string =>
  act === 'route'
    ? `${user} may use the keys ${expression} with ${exchange!}`
    : `${user} may ${act} ${expression}, which reaches ${shortened(reaches)}`;
