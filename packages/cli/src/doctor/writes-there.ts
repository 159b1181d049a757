// Whether an agent writes to a transport’s quarantine or audit trail at all: who does not needs no right there.
import type { Transport } from '@sealwire/core';
import { outletUse, type OutletUse, type Policy } from '@sealwire/policy';
import { found } from './found.js';
import type { DoctorSubject } from './subject.js';

export type Outlet = keyof OutletUse;

/** `unknown`: the directory does not verify to its end, and may make it a member of who receives. */
export function writesThere(
  { directoryOf }: Pick<DoctorSubject, 'directoryOf'>,
  agent: Policy,
  transport: Transport,
  outlet: Outlet,
): 'yes' | 'no' | 'unknown' {
  const read = directoryOf(agent);
  const isWhole = 'value' in read && read.value.problems.length === 0;
  const members = 'value' in read ? read.value.directory : nobody;
  const use = found(() => outletUse(agent, members, agent.agent, transport)[outlet]);
  if ('value' in use && use.value) return 'yes';
  return isWhole && 'value' in use ? 'no' : 'unknown';
}

const nobody = { version: 0, isMember: () => false };

const names = { kafka: 'Kafka', rabbitmq: 'RabbitMQ' };

/** What is said of an agent that does not. */
export const whyNotThere = (outlet: Outlet, transport: Transport): string =>
  outlet === 'quarantine'
    ? `receives nothing over ${names[transport]}, so it quarantines nothing`
    : `by the policy it leaves no audit trail over ${names[transport]}`;

/** Of a refusal to an agent of whom it is not known. */
export const maybeRightly: readonly [string, string] = [
  'may not write to it; whether it must is not known, for the directory does not verify',
  'See the row “directory”; once that is mended, try again.',
];
