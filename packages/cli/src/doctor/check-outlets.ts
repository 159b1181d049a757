// Whether quarantine and audit are there, and whether each agent may write to them; asked without writing.
import type { Policy, PolicyTemplate } from '@sealwire/policy';
import type { Check } from './check.js';
import type { DoctorContext } from './context.js';
import { settled } from './found.js';
import { nameOf } from './broker-place.js';
import { quarantineExchange } from './named-places.js';
import { seeConnection } from './next-step.js';
import { rowsOf, type Row } from './row.js';
import { reasonOf } from './run-checks.js';
import { topicsRows } from './check-topics.js';
import { maybeRightly, whyNotThere, writesThere, type Outlet } from './writes-there.js';

export const checkQuarantine: Check = outletCheck('quarantine');
export const checkAudit: Check = outletCheck('audit');

function outletCheck(outlet: Outlet): Check {
  return {
    group: outlet,
    name: 'writable',
    limitMs: 60_000,
    async run(context: DoctorContext) {
      const { policy } = context;
      const say = rowsOf(outlet, 'writable');
      if ('error' in policy) return [say.skipped('', 'the policy does not read')];
      if (outlet === 'quarantine' && policy.value.quarantine.kafka.onReject !== 'quarantine')
        return [
          say.skipped('', `on_reject is ${policy.value.quarantine.kafka.onReject}: nothing is quarantined`),
        ];
      const rows = await Promise.all([
        kafkaRows(outlet, policy.value, context),
        rabbitmqRows(outlet, policy.value, context),
      ]);
      return rows.flat();
    },
  };
}

async function kafkaRows(
  outlet: Outlet,
  template: PolicyTemplate,
  context: DoctorContext,
): Promise<readonly Row[]> {
  const { brokers, agents } = context;
  const say = rowsOf(outlet, 'writable');
  const why = brokers.whyNot('kafka');
  if (why !== null) return [say.skipped('kafka', why)];
  const survey = await brokers.kafka(agents[0]!);
  if ('error' in survey) return [say.unknown('kafka', reasonOf(survey.error), seeConnection)];
  const name = outlet === 'audit' ? template.auditTarget.kafka : template.quarantine.kafka.name;
  const topic = survey.value.topics.get(name) ?? null;
  const settings = topicsRows(template, survey.value).filter(({ group }) => group === outlet);
  if (topic === null) return settings;
  const limit = Number(topic.settings?.get('max.message.bytes') ?? Number.NaN);
  const rights = await Promise.all(agents.map((agent) => mayWriteRow(outlet, name, agent, limit, context)));
  return [...settings, ...rights];
}

async function mayWriteRow(
  outlet: Outlet,
  topic: string,
  agent: Policy,
  limit: number,
  context: DoctorContext,
): Promise<Row> {
  const { brokers, guardOf } = context;
  const say = rowsOf(outlet, 'writable');
  const subject = `${agent.agent} to topic ${topic}`;
  const writes = writesThere(context, agent, 'kafka', outlet);
  if (writes === 'no') return say.skipped(subject, whyNotThere(outlet, 'kafka'));
  const guard = guardOf(agent, 'kafka');
  const admitted = await brokers.admitted('kafka');
  if ('error' in guard || admitted.length === 0)
    return say.skipped(subject, 'the policy’s connection is refused');
  if (Number.isNaN(limit))
    return say.unknown(
      subject,
      'cannot be asked without writing: the topic’s limit is not known',
      'Allow this agent DescribeConfigs on the topic, or name first one that has it (--agent).',
    );
  const { mayWrite } = await import('@sealwire/kafka');
  const answer = await settled(() => mayWrite(guard.value, admitted.map(nameOf), topic, limit));
  if ('error' in answer) return say.unknown(subject, reasonOf(answer.error), seeConnection);
  return judgeWriting(outlet, subject, answer.value, writes);
}

/** @param answer of `mayWrite` @param writes whether the agent has anything to write there */
export function judgeWriting(
  outlet: Outlet,
  subject: string,
  answer: string | null,
  writes: 'yes' | 'unknown',
): Row {
  const say = rowsOf(outlet, 'writable');
  if (answer === 'allowed')
    return say.ok(subject, 'may write: the broker refused a record for its size alone; nothing was written');
  if (answer === 'refused' && writes === 'unknown') return say.unknown(subject, ...maybeRightly);
  if (answer === 'refused')
    return say.fail(
      subject,
      `may not write to it: ${outlet === 'audit' ? 'consumers and producers pause' : 'consumers pause'}`,
      'Allow Write on the topic (sealwire acl).',
    );
  return answer === null
    ? say.unknown(
        subject,
        'cannot be asked without writing: its records may be very large',
        'See what sealwire acl verify says of its rights.',
      )
    : say.fail(subject, `cannot write to it now (${answer})`, 'See to the topic’s replicas.');
}

async function rabbitmqRows(
  outlet: Outlet,
  template: PolicyTemplate,
  context: DoctorContext,
): Promise<readonly Row[]> {
  const { brokers, agents } = context;
  const why = brokers.whyNot('rabbitmq');
  if (why !== null) return [rowsOf(outlet, 'writable').skipped('rabbitmq', why)];
  return Promise.all(agents.map((agent) => mayPublishRow(outlet, template, agent, context)));
}

async function mayPublishRow(
  outlet: Outlet,
  template: PolicyTemplate,
  agent: Policy,
  context: DoctorContext,
): Promise<Row> {
  const say = rowsOf(outlet, 'writable');
  const name = outlet === 'audit' ? template.auditTarget.rabbitmq : template.quarantine.rabbitmq.name;
  const subject = `${agent.agent} to ${outlet === 'audit' ? 'exchange' : 'queue'} ${name}`;
  const writes = writesThere(context, agent, 'rabbitmq', outlet);
  if (writes === 'no') return say.skipped(subject, whyNotThere(outlet, 'rabbitmq'));
  const survey = await context.brokers.rabbitmq(agent);
  if ('error' in survey) return say.unknown(subject, reasonOf(survey.error), seeConnection);
  const { queues, exchanges, publishing } = survey.value;
  const exchange = outlet === 'audit' ? name : quarantineExchange(template);
  const presence = outlet === 'audit' ? exchanges.get(name) : queues.get(name)?.presence;
  const right = publishing.get(exchange);
  if (presence === 'missing')
    return say.warn(
      subject,
      `the ${outlet === 'audit' ? 'exchange' : 'queue'} is not there yet: the first agent with the right to configure declares it`,
      outlet === 'audit'
        ? 'Declare a durable topic exchange of that name, and a durable queue bound to it with #.'
        : 'Declare a durable classic queue of that name.',
    );
  if (exchanges.get(exchange) === 'missing')
    return say.warn(
      subject,
      `the exchange ${exchange} before it is not there yet: the first agent with the right to configure declares it`,
      'Declare a durable fanout exchange of that name, and bind the queue to it.',
    );
  if (right === 'refused' && writes === 'unknown') return say.unknown(subject, ...maybeRightly);
  if (right === 'refused')
    return say.fail(
      subject,
      outlet === 'audit'
        ? 'may not write to the exchange'
        : `may not write to ${exchange === '' ? 'the default exchange' : `the exchange ${exchange}`}, by which quarantine is reached`,
      'Allow write on it (sealwire acl).',
    );
  return presence === 'there' && right === 'allowed'
    ? say.ok(subject, 'may write: the broker refused a message for its expiration alone; nothing was written')
    : say.unknown(
        subject,
        'the broker did not say whether it may be written to',
        'See what sealwire acl verify says of its rights.',
      );
}
