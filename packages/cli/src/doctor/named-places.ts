// Every topic, queue and exchange that a policy names.
import type { Policy, PolicyTemplate } from '@sealwire/policy';
import type { RabbitmqQuestions } from '@sealwire/amqp';

const distinct = (names: readonly string[]): readonly string[] => [...new Set(names)];

/** Of channels first, then sessions, quarantine and audit. */
export const kafkaTopics = ({ channels, quarantine, auditTarget }: PolicyTemplate): readonly string[] =>
  distinct([
    ...channels.flatMap(({ topics }) => topics),
    ...channels.flatMap(({ sessionTopic }) => (sessionTopic === null ? [] : [sessionTopic])),
    quarantine.kafka.name,
    auditTarget.kafka,
  ]);

export function rabbitmqQuestions({ channels, quarantine, auditTarget }: Policy): RabbitmqQuestions {
  const targets = channels.flatMap(({ publish }) => publish);
  return {
    queues: distinct([
      ...channels.flatMap(({ queues }) => queues),
      // The default exchange goes to the queue that the routing key names.
      ...targets.filter(({ exchange }) => exchange === '').map(({ routingKey }) => routingKey),
      quarantine.rabbitmq.name,
    ]),
    exchanges: distinct([...targets.map(({ exchange }) => exchange), auditTarget.rabbitmq]),
    // The adapter writes to the quarantine queue by the default exchange.
    publishTo: distinct([auditTarget.rabbitmq, '']),
  };
}
