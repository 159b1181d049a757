// How far the brokers’ own access control is from what the policy asks for, as data.
import { UsageError } from '@sealwire/core';
import { isKafkaInOrder, kafkaDrift, kafkaRights, type KafkaDrift, type KafkaRight } from '@sealwire/policy';
import { aclSubject, type AclOptions, type AclSubject } from './acl-options.js';
import { guardOf } from './broker-record.js';

export interface AclDrift {
  /** Whether the brokers allow what the policy asks for, and nothing else on its resources. */
  readonly ok: boolean;
  /** `null` where it was not asked for. */
  readonly kafka: KafkaDrift | null;
  /** What no access control can mend. */
  readonly notes: readonly string[];
}

/**
 * Reads the brokers’ access control and compares it with what the policy’s routes ask for. Nothing is changed.
 * @param options `kafka` names brokers; `agent` is who connects
 * @throws UsageError ERR_USAGE_ARGUMENT where no broker is named; ERR_USAGE_ACL, ERR_USAGE_POLICY, ERR_USAGE_FILE, ERR_USAGE_TLS,
 *   ERR_USAGE_SASL; KeyError ERR_KEY_DIRECTORY; InabilityError ERR_UNABLE_CONNECTION
 */
export async function aclDrift(options: AclOptions): Promise<AclDrift> {
  if (options.kafka === undefined)
    throw new UsageError('ERR_USAGE_ARGUMENT', 'Give --kafka: the brokers to look at.');
  const subject = aclSubject(options);
  const kafka = await kafkaDriftOf(options, subject);
  return { ok: kafka === null || isKafkaInOrder(kafka), kafka, notes: notesOf(subject, options) };
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
export function notesOf(subject: AclSubject, { kafka }: Pick<AclOptions, 'kafka'>): string[] {
  if (kafka === undefined) return [];
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
