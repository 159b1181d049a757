// What every `sealwire quarantine` command is told: which broker, whose quarantine, which of its records.
import type { Command } from 'commander';
import { UsageError } from '@sealwire/core';
import { codes } from '@sealwire/core';
import { readPolicy, type PolicyTemplate } from '@sealwire/policy';
import { pointInTime, timeSpan } from './operator.js';
import type { OutputOptions } from './output.js';
import type { QuarantineEntry } from './read-quarantine.js';

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

/** Which records are meant. What no adapter wrote has no reason, time or origin to go by. */
export type Filter = (entry: QuarantineEntry) => boolean;

/** @throws UsageError ERR_USAGE_ARGUMENT */
export function filterOf({ code, since, topic, queue }: FilterOptions): Filter {
  if (code !== undefined && !Object.keys(codes).some((known) => known.startsWith(code)))
    throw new UsageError('ERR_USAGE_ARGUMENT', `There is no code that begins with ${JSON.stringify(code)}.`);
  const sinceMs = since === undefined ? null : sinceTime(since);
  if ([code, since, topic, queue].every((given) => given === undefined)) return () => true;
  return ({ record }) => {
    if (record === null) return false;
    const { source } = record.original;
    return (
      (code === undefined || record.code === code || (code.endsWith('_') && record.code.startsWith(code))) &&
      (sinceMs === null || record.rejectedAtMs >= sinceMs) &&
      (topic === undefined || (source.transport === 'kafka' && source.topic === topic)) &&
      (queue === undefined || (source.transport === 'rabbitmq' && source.queue === queue))
    );
  };
}

function sinceTime(text: string): number {
  return /^\d+[a-z]+$/.test(text) ? Date.now() - timeSpan('--since', text) : pointInTime('--since', text);
}
