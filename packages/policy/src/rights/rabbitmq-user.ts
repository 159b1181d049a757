// By which name RabbitMQ knows an agent: the policy's word, its SASL user, or the common name of its certificate.
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { UsageError } from '@sealwire/core';
import { policyFor } from '../load-policy.js';
import type { PolicyTemplate } from '../policy.js';

/**
 * Without `acl.rabbitmq.user`: the user of `connections.rabbitmq.sasl`; with EXTERNAL the common name of the certificate,
 * as RabbitMQ has it under `ssl_cert_login_from = common_name`.
 * @throws UsageError ERR_USAGE_POLICY where there is neither; ERR_USAGE_FILE where the certificate does not say
 */
export function rabbitmqUser(template: PolicyTemplate, agent: string): string {
  const { rabbitmq } = template.acl;
  const stated = rabbitmq.agents.get(agent) ?? rabbitmq.user;
  if (stated !== null) return stated.replaceAll('{agent}', () => agent);
  const connection = policyFor(template, agent).connections.rabbitmq;
  if (connection?.sasl?.password != null) return connection.sasl.username;
  if (connection?.tls.certFile != null) return commonNameOf(connection.tls.certFile);
  throw new UsageError(
    'ERR_USAGE_POLICY',
    `${template.file} does not say by which name RabbitMQ knows ${agent}; write acl: { rabbitmq: { user: '{agent}' } }, or connections.rabbitmq.`,
  );
}

function commonNameOf(file: string): string {
  try {
    const { subject } = new X509Certificate(readFileSync(file));
    const [name, second] = [...subject.matchAll(/^CN=([^\\\n]+)$/gm)].map((found) => found[1]!);
    if (name !== undefined && second === undefined) return name;
  } catch {
    // Told below.
  }
  throw new UsageError(
    'ERR_USAGE_FILE',
    `By which name RabbitMQ knows the client of ${file} is not certain: the certificate cannot be read here, or has no plain common name. Write it: acl: { rabbitmq: { user: '{agent}' } }.`,
  );
}
