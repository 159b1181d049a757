// What every `sealwire quarantine` command is told: which broker, whose quarantine, which of its records.
import type { Command } from 'commander';
import { UsageError } from '@sealwire/core';
import { readPolicy, type PolicyTemplate } from '@sealwire/policy';
import type { OutputOptions } from './output.js';

export interface QuarantineOptions extends OutputOptions {
  readonly policy: string;
  readonly agent?: string;
  readonly kafka?: string;
  readonly rabbitmq?: string;
}

export interface FilterOptions {
  readonly code?: string;
  readonly since?: string;
  readonly topic?: string;
  readonly queue?: string;
}

/** The options of all of them. */
export function withQuarantine(command: Command): Command {
  return command
    .option('--kafka <host:port,…>', 'the quarantine topic of these brokers')
    .option('--rabbitmq <url>', 'the quarantine queue of this broker: amqps://host:port, without credentials')
    .option('--policy <file>', 'the policy that names quarantine and connection', 'sealwire.yaml')
    .option('--agent <name>', 'who connects (default: SEALWIRE_AGENT, or agent: in the policy)')
    .option('--json', 'print JSON');
}

/** The options of those that work on many records. */
export function withFilters(command: Command): Command {
  return command
    .option(
      '--code <code>',
      'rejected for this reason; a beginning such as ERR_KEY_ stands for all of its codes',
    )
    .option('--since <time>', 'rejected since: a duration such as 2h, or a time with its zone')
    .option('--topic <name>', 'read from this Kafka topic')
    .option('--queue <name>', 'read from this RabbitMQ queue');
}

/** A transport, where its broker is, and the name of the quarantine there. */
export interface QuarantinePlace {
  readonly transport: 'kafka' | 'rabbitmq';
  readonly broker: string;
  readonly name: string;
  readonly policy: PolicyTemplate;
}

/** @throws UsageError ERR_USAGE_ARGUMENT, ERR_USAGE_POLICY */
export function placeOf({ kafka, rabbitmq, policy }: QuarantineOptions): QuarantinePlace {
  if ((kafka === undefined) === (rabbitmq === undefined))
    throw new UsageError('ERR_USAGE_ARGUMENT', 'Give either --kafka or --rabbitmq.');
  const read = readPolicy(policy);
  const transport = kafka === undefined ? 'rabbitmq' : 'kafka';
  return { transport, broker: (kafka ?? rabbitmq)!, name: read.quarantine[transport].name, policy: read };
}
