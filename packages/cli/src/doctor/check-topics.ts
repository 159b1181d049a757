// Whether the policy’s Kafka topics keep what they must keep, for as long as they must, and lose nothing that they took.
import type { PolicyTemplate } from '@sealwire/policy';
import type { KafkaSurvey } from '@sealwire/kafka';
import type { Check } from './check.js';
import type { DoctorContext } from './context.js';
import { seeConnection } from './next-step.js';
import { rowsOf, type Row } from './row.js';
import { reasonOf } from './run-checks.js';
import { topicRoles } from './topic-roles.js';
import { TopicRows } from './topic-rows.js';

export const checkTopics: Check = {
  group: 'topics',
  name: 'settings',
  async run({ policy, brokers, agents, options }: DoctorContext) {
    const say = rowsOf('topics', 'settings');
    const why = brokers.whyNot('kafka');
    if ('error' in policy || why !== null) return [say.skipped('kafka', why ?? 'the policy does not read')];
    const survey = await brokers.kafka(agents[0]!);
    if ('error' in survey) return [say.unknown('kafka', reasonOf(survey.error), seeConnection)];
    return [
      ...brokerRows(survey.value),
      // Quarantine and audit have groups of their own.
      ...topicsRows(policy.value, survey.value, options.directoryTopic).filter(
        ({ group }) => group === 'topics',
      ),
    ];
  },
};

function brokerRows({ brokers, brokerSettings }: KafkaSurvey): readonly Row[] {
  const say = rowsOf('topics', 'broker');
  if (brokerSettings === null)
    return [
      say.unknown(
        'auto.create.topics.enable',
        'this agent may not ask (DescribeConfigs on the cluster)',
        'Look as an administrator: kafka-configs.sh --describe --all --entity-type brokers --entity-name <id>. It should be false: a misspelt topic would be made with the broker’s defaults.',
      ),
    ];
  const value = brokerSettings.get('auto.create.topics.enable') ?? 'not told';
  const number = `${brokers.length} ${brokers.length === 1 ? 'broker' : 'brokers'}`;
  return [
    value !== 'false'
      ? say.warn(
          'auto.create.topics.enable',
          `${value}: a misspelt topic is made with the broker’s defaults, and messages lie there unread`,
          'Set auto.create.topics.enable=false at the brokers.',
        )
      : say.ok('auto.create.topics.enable', `false; ${number}`),
  ];
}

export function topicsRows(
  template: PolicyTemplate,
  survey: Pick<KafkaSurvey, 'topics' | 'brokers'>,
  directoryTopic?: string,
): readonly Row[] {
  const roles = topicRoles(template, directoryTopic);
  return [...survey.topics].flatMap(([name, topic]) => {
    const role = roles.get(name);
    if (role === undefined) return [];
    return new TopicRows(name, role, template, survey).rows(topic);
  });
}
