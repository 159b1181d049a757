// Every topic, queue and exchange that a policy names.
import { noticeQueues } from '@sealwire/core';
import type { OutletUse, Policy, PolicyTemplate } from '@sealwire/policy';
import type { RabbitmqQuestions } from '@sealwire/amqp';

const distinct = (names: readonly string[]): readonly string[] => [...new Set(names)];
const named = (name: string | null): readonly string[] => (name === null ? [] : [name]);

/** Of channels first, then sessions, quarantine, audit and notices. */
export const kafkaTopics = ({
  channels,
  quarantine,
  auditTarget,
  audit,
}: PolicyTemplate): readonly string[] =>
  distinct([
    ...channels.flatMap(({ topics }) => topics),
    ...channels.flatMap(({ sessionTopic }) => (sessionTopic === null ? [] : [sessionTopic])),
    quarantine.kafka.name,
    auditTarget.kafka,
    ...named(audit.checkpoint.topic),
  ]);

/** By which the adapter writes to the quarantine queue; `''`: the default exchange. */
export const quarantineExchange = ({ quarantine }: PolicyTemplate): string =>
  quarantine.rabbitmq.exchange ?? '';

/** @param writes whether the agent may have something to write there: otherwise it is not asked whether it may */
export function rabbitmqQuestions(
  policy: Policy,
  writes: (outlet: keyof OutletUse) => boolean,
): RabbitmqQuestions {
  const { agent, channels, quarantine, auditTarget, audit } = policy;
  const targets = channels.flatMap(({ publish }) => publish);
  const notices = writes('audit') ? named(audit.checkpoint.exchange) : [];
  const before = quarantineExchange(policy);
  return {
    queues: distinct([
      ...channels.flatMap(({ queues }) => queues),
      // The default exchange goes to the queue that the routing key names.
      ...targets.filter(({ exchange }) => exchange === '').map(({ routingKey }) => routingKey),
      quarantine.rabbitmq.name,
    ]),
    exchanges: distinct([
      ...targets.map(({ exchange }) => exchange),
      auditTarget.rabbitmq,
      before,
      ...notices,
    ]),
    publishTo: distinct([
      ...(writes('audit') ? [auditTarget.rabbitmq] : []),
      ...(writes('quarantine') ? [before] : []),
      ...notices,
    ]),
    readFrom: notices.map((exchange) => ({ exchange, queues: noticeQueues(agent) })),
  };
}
