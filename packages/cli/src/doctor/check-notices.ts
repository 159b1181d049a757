// Whether the topic and the exchange are there, and the latter may be used, by which agents tell one another of their checkpoints.
import { noticeQueues } from '@sealwire/core';
import type { SurveyedTopic } from '@sealwire/kafka';
import type { Policy, PolicyTemplate } from '@sealwire/policy';
import type { Check } from './check.js';
import type { DoctorContext } from './context.js';
import { seeConnection } from './next-step.js';
import { rowsOf, type Row } from './row.js';
import { reasonOf } from './run-checks.js';
import { whyNotThere, writesThere } from './writes-there.js';

const say = rowsOf('audit', 'notices');

/** No rows where the policy has neither. What is missing holds nothing up, and leaves a whole trail's loss unseen. */
export const checkNotices: Check = {
  group: 'audit',
  name: 'notices',
  limitMs: 60_000,
  async run(context: DoctorContext) {
    const { policy, agents } = context;
    if ('error' in policy) return [say.skipped('', 'the policy does not read')];
    const { topic, exchange } = policy.value.audit.checkpoint;
    const rows = await Promise.all([
      ...(topic === null ? [] : [topicRow(topic, policy.value, context)]),
      ...(exchange === null ? [] : agents.map((agent) => exchangeRow(exchange, agent, context))),
    ]);
    return rows;
  },
};

async function topicRow(
  topic: string,
  { audit }: PolicyTemplate,
  { brokers, agents }: DoctorContext,
): Promise<Row> {
  const subject = `topic ${topic}`;
  const why = brokers.whyNot('kafka');
  if (why !== null) return say.skipped(subject, why);
  const survey = await brokers.kafka(agents[0]!);
  if ('error' in survey) return say.unknown(subject, reasonOf(survey.error), seeConnection);
  return judgeNoticeTopic(topic, survey.value.topics.get(topic) ?? null, audit.createTopic !== null);
}

/** @param isMade whether an agent with the right makes it */
export function judgeNoticeTopic(topic: string, surveyed: SurveyedTopic | null, isMade: boolean): Row {
  const subject = `topic ${topic}`;
  if (surveyed === null)
    return say.warn(
      subject,
      isMade
        ? 'is not there yet: the first agent with the right to create it makes it'
        : 'is not there, or agents may not see it',
      `kafka-topics.sh --create --topic ${topic} --partitions 1 --replication-factor 3 --config cleanup.policy=delete --config retention.ms=10800000 --config segment.ms=3600000 --config max.message.bytes=16384 --config compression.type=uncompressed`,
    );
  const compression = surveyed.settings?.get('compression.type') ?? 'uncompressed';
  if (compression !== 'uncompressed')
    return say.warn(
      subject,
      `compression.type is ${compression}: who may write there can have all readers unpack 64 MiB for a batch of a few KiB`,
      `kafka-configs.sh --alter --entity-type topics --entity-name ${topic} --add-config compression.type=uncompressed,max.message.bytes=16384`,
    );
  return say.ok(subject, 'is there');
}

async function exchangeRow(exchange: string, agent: Policy, context: DoctorContext): Promise<Row> {
  const { brokers } = context;
  const subject = `${agent.agent} to exchange ${exchange}`;
  const why = brokers.whyNot('rabbitmq');
  if (why !== null) return say.skipped(subject, why);
  if (writesThere(context, agent, 'rabbitmq', 'audit') === 'no')
    return say.skipped(subject, whyNotThere('audit', 'rabbitmq'));
  const survey = await brokers.rabbitmq(agent);
  if ('error' in survey) return say.unknown(subject, reasonOf(survey.error), seeConnection);
  const { exchanges, publishing, reading } = survey.value;
  if (exchanges.get(exchange) === 'missing')
    return say.warn(
      subject,
      'the exchange is not there yet: the first agent with the right to configure declares it',
      'Declare a durable fanout exchange of that name.',
    );
  const right = publishing.get(exchange);
  if (right === 'refused')
    return say.warn(
      subject,
      'may not write to the exchange: others do not hear of its checkpoints',
      'Allow write on the exchange (sealwire acl).',
    );
  const unheard = unheardBecause(reading.get(exchange), noticeQueues(agent.agent));
  if (unheard !== null)
    return say.warn(subject, `${unheard[0]}: it does not hear of others’ checkpoints`, unheard[1]);
  return right === 'allowed'
    ? say.ok(subject, 'may write, and read by a queue of its own; nothing was written, declared or bound')
    : say.unknown(
        subject,
        'the broker did not say whether it may be written to',
        'See what sealwire acl verify says of its rights.',
      );
}

/** Why an agent hears nothing, and what to do; `null` where it does. */
function unheardBecause(
  right: 'allowed' | 'refused' | 'no queue' | undefined,
  queues: string,
): readonly [string, string] | null {
  if (right === 'refused')
    return ['may not read from the exchange', 'Allow read on the exchange (sealwire acl).'];
  return right === 'no queue'
    ? [
        `may not bind queues ${queues}…`,
        `Allow configure, write and read on queues that begin with ${queues} (sealwire acl).`,
      ]
    : null;
}
