// The moments at which the crash harness ends a process. In production each of them is a call of an empty function.
import { pass } from '#fault-point';

/**
 * All of them, in the order in which a message meets them. Between any two neighbours something became durable, or the
 * application has seen something: so a crash at each of them must be survived.
 */
export const faultPoints = [
  'kafka.opened',
  'kafka.handing',
  'kafka.handled',
  'kafka.quarantined',
  'kafka.audited',
  'kafka.committing',
  'kafka.committed',
  'rabbitmq.opened',
  'rabbitmq.claimed',
  'rabbitmq.handing',
  'rabbitmq.handed',
  'rabbitmq.quarantined',
  'rabbitmq.settling',
  'rabbitmq.audited',
  'rabbitmq.done',
  'rabbitmq.acknowledged',
] as const;

export type FaultPoint = (typeof faultPoints)[number];

/** Does nothing, unless Node was started with `--conditions=sealwire-faults` and `@sealwire/testing` is installed. */
export function faultPoint(point: FaultPoint): void {
  pass(point);
}
