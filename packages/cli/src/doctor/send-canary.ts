// Sends one test message that carries a word which is nowhere else, as an agent sends any other.
import { randomBytes } from 'node:crypto';
import { UsageError, type Sealwire, type Transport } from '@sealwire/core';
import type { ChannelPolicy, Policy, PublishTarget } from '@sealwire/policy';
import { openSealwire } from 'sealwire';
import { nameOf } from './broker-place.js';
import type { BrokerView } from './broker-view.js';

export interface Canary {
  /** Must be nowhere at the broker. */
  readonly word: string;
  readonly sentBy: string;
  /** Where it was sent. */
  readonly target: string;
  /** Where it lies on Kafka; `null` where it went over RabbitMQ. */
  readonly place: { readonly topic: string; readonly partition: number; readonly offset: string } | null;
  /** The broker’s stamp, and this machine’s clock before and after; `null` where the broker gives none. */
  readonly stamped: { readonly dateMs: number; readonly beforeMs: number; readonly afterMs: number } | null;
}

/**
 * Real consumers get it: `{"sealwire":"canary","word":…}`. Only a message type of JSON without a schema takes that.
 * @throws UsageError ERR_USAGE_ARGUMENT where no type or agent fits; what sending throws
 */
export async function sendCanary(
  name: string,
  transport: Transport,
  agents: readonly Policy[],
  brokers: BrokerView,
): Promise<Canary> {
  const { policy, channel, type } = senderOf(name, agents);
  const admitted = await brokers.admitted(transport);
  if (admitted.length === 0)
    throw new UsageError('ERR_USAGE_ARGUMENT', 'The policy’s connection is refused: nothing is sent.');
  const word = randomBytes(24).toString('hex');
  const text = Buffer.from(JSON.stringify({ sealwire: 'canary', word }));
  const sealwire = await openSealwire(policy.file, { agent: policy.agent });
  try {
    const sent =
      transport === 'kafka'
        ? await overKafka(sealwire, admitted.map(nameOf), channel.topics[0]!, text, type)
        : await overRabbitmq(sealwire, brokers.rabbitmqUrl!, channel.publish[0]!, text, type);
    return { word, sentBy: policy.agent, ...sent };
  } finally {
    await sealwire.close();
  }
}

type Sent = Omit<Canary, 'word' | 'sentBy'>;

async function overKafka(
  sealwire: Sealwire,
  brokers: readonly string[],
  topic: string,
  value: Buffer,
  type: string,
): Promise<Sent> {
  const { secureKafka } = await import('@sealwire/kafka');
  const producer = secureKafka(
    sealwire,
    { clientId: 'sealwire-doctor', brokers: [...brokers], logCreator: () => () => undefined },
    { describe: () => ({ type }) },
  ).producer({ allowAutoTopicCreation: false });
  await producer.connect();
  try {
    const beforeMs = Date.now();
    const [sent] = await producer.send({ topic, messages: [{ value }] });
    const afterMs = Date.now();
    const { partition = 0, baseOffset = '0', logAppendTime = '-1' } = sent ?? {};
    const dateMs = Number(logAppendTime);
    return {
      target: `${topic} ${partition}@${baseOffset}`,
      place: { topic, partition, offset: baseOffset },
      stamped: dateMs > 0 ? { dateMs, beforeMs, afterMs } : null,
    };
  } finally {
    await producer.disconnect();
  }
}

async function overRabbitmq(
  sealwire: Sealwire,
  url: string,
  { exchange, routingKey }: PublishTarget,
  content: Buffer,
  type: string,
): Promise<Sent> {
  const { secureConnect } = await import('@sealwire/amqp');
  const model = await secureConnect(sealwire, url, { describe: () => ({ type }) });
  try {
    const channel = await model.createConfirmChannel();
    channel.publish(exchange, routingKey, content, { contentType: 'application/json', persistent: true });
    await channel.waitForConfirms();
    await channel.close();
  } finally {
    await model.close();
  }
  return { target: [exchange, routingKey].filter(Boolean).join(' '), place: null, stamped: null };
}

function senderOf(
  name: string,
  agents: readonly Policy[],
): { readonly policy: Policy; readonly channel: ChannelPolicy; readonly type: string } {
  for (const policy of agents) {
    const channel = policy.channels.find((one) => one.name === name);
    if (channel === undefined)
      throw new UsageError(
        'ERR_USAGE_ARGUMENT',
        `The policy has no channel ${name}; name one of its channels.`,
      );
    const message = channel.messages.find(
      ({ contentType, schemaFile, framing, from }) =>
        contentType === 'application/json' &&
        schemaFile === null &&
        framing === 'none' &&
        from.includes(policy.agent),
    );
    if (message !== undefined) return { policy, channel, type: message.type };
  }
  throw new UsageError(
    'ERR_USAGE_ARGUMENT',
    `No agent here sends JSON without a schema through ${name}: the test message fits no type of it.`,
  );
}
