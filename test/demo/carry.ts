// Carries the messages through both pipelines, protected; and the canaries through the same pipelines, unprotected.
import { secureConnect } from '@sealwire/amqp';
import { secureKafka } from '@sealwire/kafka';
import kafkajs from 'kafkajs';
import { bareKafka, bareRabbitmq, fixture, openAs } from '../fixture.ts';
import type { AgentMessage } from './agent-messages.ts';
import { checkDelivery, type Delivery } from './check-delivery.ts';
import { receiveFromKafka, sendToKafka } from './kafka-pipeline.ts';
import { consumeFromRabbitmq, publishToRabbitmq } from './rabbitmq-pipeline.ts';
import { canary, pipeline } from './topology.ts';

export type Sent = Delivery & { readonly sent: number };

/** kafkajs tells of every retry; what matters comes as an error. */
const logLevel = kafkajs.logLevel.NOTHING;

export async function carryOverKafka(
  policy: string,
  messages: readonly AgentMessage[],
  canaries: readonly AgentMessage[],
): Promise<Sent> {
  const { kafka: brokers } = fixture();
  const orchestrator = await openAs('orchestrator', policy);
  const researcher = await openAs('researcher', policy);

  const sender = secureKafka(orchestrator, { clientId: 'orchestrator', brokers, logLevel });
  const sent = await sendToKafka(sender, pipeline.name, messages);
  const receiver = secureKafka(researcher, { clientId: 'researcher', brokers, logLevel });
  const from = { topic: pipeline.name, groupId: pipeline.group, count: messages.length };
  const values = await receiveFromKafka(receiver, from);

  const bare = bareKafka();
  await sendToKafka(bare, canary.name, canaries);
  await receiveFromKafka(bare, { topic: canary.name, groupId: canary.group, count: canaries.length });

  await Promise.all([orchestrator.close(), researcher.close()]);
  return { sent, ...checkDelivery(messages, values) };
}

/** Publishes everything before anything is consumed, and keeps it in the archive: what is consumed at once may never reach a file. */
export async function carryOverRabbitmq(
  policy: string,
  messages: readonly AgentMessage[],
  canaries: readonly AgentMessage[],
): Promise<Sent> {
  const { rabbitmqUrl } = fixture();
  const orchestrator = await openAs('orchestrator', policy);
  const researcher = await openAs('researcher', policy);

  const sender = await secureConnect(orchestrator, rabbitmqUrl);
  const to = { exchange: pipeline.exchange, routingKey: pipeline.name };
  const sent = await publishToRabbitmq(sender, to, messages);
  await sender.close();
  const receiver = await secureConnect(researcher, rabbitmqUrl);
  const contents = await consumeFromRabbitmq(receiver, { queue: pipeline.name, count: messages.length });
  await receiver.close();

  const bare = await bareRabbitmq();
  await publishToRabbitmq(bare, { exchange: canary.exchange, routingKey: canary.name }, canaries);
  await consumeFromRabbitmq(bare, { queue: canary.name, count: canaries.length });
  await bare.close();

  await Promise.all([orchestrator.close(), researcher.close()]);
  return { sent, ...checkDelivery(messages, contents) };
}
