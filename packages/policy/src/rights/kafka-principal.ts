// By which name Kafka knows an agent: the policy's word, its SASL user, or the subject of its certificate.
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { UsageError } from '@sealwire/core';
import { policyFor } from '../load-policy.js';
import type { PolicyTemplate } from '../policy.js';

/**
 * `User:` and a name. Without `acl.kafka.principal`: the user of `connections.kafka.sasl`, or else the subject of the
 * client certificate as Kafka has it where no `ssl.principal.mapping.rules` say otherwise.
 * @throws UsageError ERR_USAGE_POLICY where there is neither; ERR_USAGE_FILE where the certificate cannot be read here
 */
export function kafkaPrincipal(template: PolicyTemplate, agent: string): string {
  const { kafka } = template.acl;
  const stated = kafka.agents.get(agent)?.principal ?? kafka.principal;
  if (stated !== null) return stated.replaceAll('{agent}', () => agent);
  const connection = policyFor(template, agent).connections.kafka;
  if (connection?.sasl != null) return `User:${connection.sasl.username}`;
  if (connection?.tls.certFile == null)
    throw new UsageError(
      'ERR_USAGE_POLICY',
      `${template.file} does not say by which name Kafka knows ${agent}; write acl: { kafka: { principal: 'User:{agent}' } }, or connections.kafka.`,
    );
  return `User:${subjectOf(connection.tls.certFile)}`;
}

/** The types that Java names; any other it writes as numbers. */
const javaNames: ReadonlySet<string> = new Set(['CN', 'L', 'ST', 'O', 'OU', 'C', 'STREET', 'DC', 'UID']);

/** The subject by RFC 2253, as Java's X500Principal writes it: last part first. */
function subjectOf(file: string): string {
  let lines: string[];
  try {
    lines = new X509Certificate(readFileSync(file)).subject.split('\n');
  } catch (error) {
    throw unusable(file, `it cannot be read here (${(error as NodeJS.ErrnoException).code ?? 'no PEM'})`);
  }
  const types = lines.map((line) => line.split('=', 1)[0]!);
  if (!types.every((type) => javaNames.has(type)) || lines.some((line) => line.includes(' + ')))
    throw unusable(file, 'its subject has parts that Kafka may write otherwise');
  return lines.reverse().join(',');
}

function unusable(file: string, why: string): UsageError {
  return new UsageError(
    'ERR_USAGE_FILE',
    `By which name Kafka knows the client of ${file} is not certain: ${why}. Write it: acl: { kafka: { principal: 'User:CN={agent},…' } }.`,
  );
}
