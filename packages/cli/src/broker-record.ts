// Fetches one record from a broker, over the connection that the policy describes; nothing is opened, committed or changed.
import { UsageError, type Received } from '@sealwire/core';
import { openConnectionGuard, policyFor, readPolicy } from '@sealwire/policy';
import type { GivenRecord } from './record-line.js';

export interface BrokerOptions {
  readonly policy?: string;
  readonly agent?: string;
  readonly topic?: string;
  readonly partition?: string;
  readonly offset?: string;
  readonly brokers?: string;
  readonly queue?: string;
  readonly url?: string;
}

/** @throws UsageError ERR_USAGE_ARGUMENT; InabilityError ERR_UNABLE_CONNECTION */
export async function fetchRecord(options: BrokerOptions): Promise<GivenRecord> {
  const given = options.queue === undefined ? await fromTopic(options) : await fromQueue(options);
  const { value, key, headers, appendedAtMs } = given;
  const beside = headers.find(({ name }) => name === 'sealwire-session')?.values[0] ?? null;
  return { record: { value, key, headers, session: beside }, name: placeOf(given), appendedAtMs };
}

async function fromTopic(options: BrokerOptions): Promise<Received> {
  const { topic, partition, offset, brokers } = options;
  if (topic === undefined || partition === undefined || offset === undefined || brokers === undefined)
    throw new UsageError('ERR_USAGE_ARGUMENT', 'Give --topic, --partition, --offset and --brokers together.');
  if (!/^\d{1,9}$/.test(partition) || !/^\d{1,18}$/.test(offset))
    throw new UsageError('ERR_USAGE_ARGUMENT', '--partition and --offset are whole numbers.');
  const place = { topic, partition: Number(partition), offset };
  // The clients are peers: whoever does without a transport need not have its client.
  const { peekRecord } = await import('@sealwire/kafka');
  return peekRecord(guardOf(options, 'kafka'), brokers.split(','), place);
}

async function fromQueue(options: BrokerOptions): Promise<Received> {
  const { queue, url } = options;
  if (queue === undefined || url === undefined)
    throw new UsageError('ERR_USAGE_ARGUMENT', 'Give --queue and --url together.');
  const { peekQueue } = await import('@sealwire/amqp');
  return peekQueue(guardOf(options, 'rabbitmq'), url, queue);
}

/** @throws UsageError ERR_USAGE_ARGUMENT, ERR_USAGE_POLICY */
export function guardOf(
  { policy = 'sealwire.yaml', agent }: Pick<BrokerOptions, 'policy' | 'agent'>,
  transport: 'kafka' | 'rabbitmq',
) {
  const template = readPolicy(policy);
  const name = agent ?? (process.env['SEALWIRE_AGENT'] || template.agent);
  if (name === null)
    throw new UsageError(
      'ERR_USAGE_ARGUMENT',
      'Give --agent: whose certificate and password to connect with.',
    );
  return openConnectionGuard(policyFor(template, name), transport, name);
}

function placeOf({ source }: Received): string {
  return source.transport === 'kafka'
    ? `${source.topic}[${source.partition}]@${source.offset}`
    : source.queue;
}
