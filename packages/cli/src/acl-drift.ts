// How far the brokers’ own access control is from what the policy asks for, as data.
import { UsageError } from '@sealwire/core';
import {
  isKafkaInOrder,
  isRabbitmqInOrder,
  kafkaDrift,
  kafkaRights,
  type KafkaDrift,
  type KafkaRight,
  type RabbitmqDrift,
} from '@sealwire/policy';
import { aclSubject, type AclOptions, type AclSubject } from './acl-options.js';
import { rabbitmqNotes, rabbitmqRightsOf, rabbitmqSide, type RabbitmqSide } from './acl-rabbitmq.js';
import { guardOf } from './broker-record.js';

export interface AclDrift {
  /** Whether the brokers allow what the policy asks for, and nothing else on its resources. */
  readonly ok: boolean;
  /** `null` where it was not asked for. */
  readonly kafka: KafkaDrift | null;
  readonly rabbitmq: RabbitmqDrift | null;
  /** What no access control can mend. */
  readonly notes: readonly string[];
}

/**
 * Reads the brokers’ access control and compares it with what the policy’s routes ask for. Nothing is changed.
 * @param options `kafka` and `management` name brokers; `agent` is who connects
 * @throws UsageError ERR_USAGE_ARGUMENT where no broker is named; ERR_USAGE_ACL, ERR_USAGE_POLICY, ERR_USAGE_FILE, ERR_USAGE_TLS,
 *   ERR_USAGE_SASL; KeyError ERR_KEY_DIRECTORY; InabilityError ERR_UNABLE_CONNECTION
 */
export async function aclDrift(options: AclOptions): Promise<AclDrift> {
  return (await aclState(options)).drift;
}

/** The drift, and what changes are made of. */
export async function aclState(
  options: AclOptions,
): Promise<{ readonly drift: AclDrift; readonly rabbitmq: RabbitmqSide | null }> {
  if (options.kafka === undefined && options.management === undefined)
    throw new UsageError('ERR_USAGE_ARGUMENT', 'Give --kafka, --management or both: the brokers to look at.');
  const subject = aclSubject(options);
  const kafka = await kafkaDriftOf(options, subject);
  const rabbitmq = options.management === undefined ? null : await rabbitmqSide(options, subject);
  const ok =
    (kafka === null || isKafkaInOrder(kafka)) && (rabbitmq === null || isRabbitmqInOrder(rabbitmq.drift));
  const drift = { ok, kafka, rabbitmq: rabbitmq?.drift ?? null, notes: notesOf(subject, options) };
  return { drift, rabbitmq };
}

async function kafkaDriftOf(options: AclOptions, subject: AclSubject): Promise<KafkaDrift | null> {
  if (options.kafka === undefined) return null;
  const { withAclTool } = await import('@sealwire/kafka');
  const rights = kafkaRightsOf(subject);
  return withAclTool(guardOf(options, 'kafka'), options.kafka.split(','), async (tool) =>
    kafkaDrift(subject.template, rights, await tool.list()),
  );
}

export const kafkaRightsOf = ({ template, directory, agents }: AclSubject): readonly KafkaRight[] =>
  kafkaRights(template, directory, agents);

/** What a broker cannot tell apart it cannot keep apart. */
function notesOf(subject: AclSubject, { kafka, management }: AclOptions): string[] {
  return [
    ...(kafka === undefined ? [] : kafkaNotes(subject)),
    ...(management === undefined ? [] : rabbitmqNotes(rabbitmqRightsOf(subject))),
  ];
}

function kafkaNotes(subject: AclSubject): string[] {
  const known = new Map<string, Set<string>>();
  for (const { acl, agents } of kafkaRightsOf(subject)) {
    const together = known.get(acl.principal) ?? new Set();
    for (const agent of agents) together.add(agent);
    known.set(acl.principal, together);
  }
  return [...known].flatMap(([principal, agents]) =>
    agents.size < 2
      ? []
      : [`${[...agents].join(', ')} are all ${principal} to Kafka, which cannot tell them apart.`],
  );
}
