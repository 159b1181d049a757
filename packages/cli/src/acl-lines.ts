// Rights and drift for people.
import type { KafkaAcl } from '@sealwire/core';
import type { KafkaDrift, KafkaRight } from '@sealwire/policy';
import type { AclDrift } from './acl-drift.js';
import { rabbitmqLines } from './acl-rabbitmq-lines.js';
import { shortened } from './shortened.js';

export function driftLines({ ok, kafka, rabbitmq, notes }: AclDrift): string[] {
  return [
    ...(kafka === null ? [] : kafkaLines(kafka)),
    ...(rabbitmq === null ? [] : rabbitmqLines(rabbitmq)),
    ...notes.map((note) => `Note: ${note}`),
    ok ? 'No drift: what the policy asks for is allowed, and nothing else on its resources.' : 'DRIFT.',
  ];
}

function kafkaLines(drift: KafkaDrift): string[] {
  const { missing, blocking, unknown, wide, others, inPlace } = drift;
  return [
    `Kafka: ${inPlace} in place, ${missing.length} missing, ${unknown.length} not by the policy, ${wide.length} too wide, ${blocking.length} in the way`,
    ...missing.map(missingLine),
    ...unknown.map((acl) => `  - ${aclText(acl)}: not by the policy`),
    ...wide.map(
      ({ acl, reaches }) =>
        `  ! ${aclText(acl)}: reaches ${shortened(reaches)}; it is others’ too, so remove it yourself: ${removal(acl)}`,
    ),
    ...blocking.map(
      ({ acl, blocks }) =>
        `  ! ${aclText(acl)}: keeps ${shortened(blocks.map((right) => right.agents.join(', ')))} from what the policy allows; remove it yourself: ${removal(acl)}`,
    ),
    ...others.map((acl) => `    ${aclText(acl)}: left alone (acl.kafka.others)`),
  ];
}

export function kafkaRightLines(rights: readonly KafkaRight[]): string[] {
  return [`Kafka: ${rights.length} entries`, ...rights.map(missingLine)];
}

const missingLine = ({ acl, why }: KafkaRight): string => `  + ${aclText(acl)}: ${why.join('; ')}`;

function aclText({ principal, host, permission, operation, resource, pattern, name }: KafkaAcl): string {
  const from = host === '*' ? '' : ` from ${host}`;
  return `${permission} ${principal}${from} ${operation} ${resource} ${name}${pattern === 'Prefixed' ? '*' : ''}`;
}

/** As one types it; resources of their own kinds have options of their own. */
function removal({ principal, host, permission, operation, resource, pattern, name }: KafkaAcl): string {
  const options: Readonly<Record<KafkaAcl['resource'], string>> = {
    Topic: `--topic ${quoted(name)}`,
    Group: `--group ${quoted(name)}`,
    TransactionalId: `--transactional-id ${quoted(name)}`,
    Cluster: '--cluster',
    Other: '',
  };
  const who =
    permission === 'Deny' ? ['--deny-principal', '--deny-host'] : ['--allow-principal', '--allow-host'];
  return `kafka-acls.sh --remove ${options[resource]} --resource-pattern-type ${pattern.toLowerCase()} ${who[0]} ${quoted(principal)} ${who[1]} ${quoted(host)} --operation ${operation}`;
}

const quoted = (text: string): string =>
  /^[\w.:=,/-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
