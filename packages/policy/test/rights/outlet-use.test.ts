// To whose quarantine and audit trail an agent writes, and that its rights say the same.
import { describe, expect, test } from '@jest/globals';
import { kafkaRights, outletUse, rabbitmqRights, readPolicy } from '../../src/index.js';
import { directory, head, policyFile } from '../made.js';

const agents = ['boss', 'ann', 'olga', 'zoe'];
const names = directory(agents, { team: ['ann'] });
const policyOf = (audit = '', onReject = 'quarantine') =>
  readPolicy(
    policyFile(`${head}channels:
  tasks:
    kafka: { topics: [tasks] }
    messages:
      - { type: task, from: [boss], to: [team], content_type: text/plain }
  notes:
    rabbitmq: { publish: [{ exchange: notes, routing_key: note }], queues: [inbox] }
    messages:
      - { type: note, from: [ann], to: [boss], content_type: text/plain }
acl: { kafka: { principal: 'User:{agent}' }, rabbitmq: { user: '{agent}' } }
quarantine: { on_reject: ${onReject}, redrive_by: [olga], rabbitmq_exchange: held }
${audit}
`),
  );

/** As \`kafka: quarantine audit; rabbitmq: …\`, of what it writes to. */
const used = (agent: string, policy = policyOf()): string =>
  (['kafka', 'rabbitmq'] as const)
    .map((transport) => {
      const { quarantine, audit } = outletUse(policy, names, agent, transport);
      return `${transport}:${quarantine ? ' quarantine' : ''}${audit ? ' audit' : ''}`;
    })
    .join('; ');

describe('an agent', () => {
  test.each([
    ['that receives writes to the quarantine of that transport, and one that sends does not', 'ann'],
    ['that sends over Kafka writes to its trail alone, and to the quarantine where it receives', 'boss'],
  ])('%s', (_, agent) => {
    expect(used(agent)).toBe(
      agent === 'ann'
        ? 'kafka: quarantine audit; rabbitmq: audit'
        : 'kafka: audit; rabbitmq: quarantine audit',
    );
  });

  test('that re-drives keeps account in the quarantine topic, and rejects nothing over RabbitMQ', () => {
    expect(used('olga')).toBe('kafka: quarantine audit; rabbitmq: audit');
  });

  test('without a part in any channel writes nowhere', () => {
    expect(used('zoe')).toBe('kafka:; rabbitmq:');
  });

  test('quarantines nothing where the policy halts', () => {
    expect(used('ann', policyOf('', 'halt'))).toBe('kafka: audit; rabbitmq: audit');
  });

  test.each([
    ['kafka', 'kafka: audit; rabbitmq: quarantine'],
    ['rabbitmq', 'kafka:; rabbitmq: quarantine audit'],
    ['stdout', 'kafka:; rabbitmq: quarantine'],
  ])('leaves its trail where the policy sends it: sinks: [%s]', (sink, expected) => {
    expect(used('boss', policyOf(`audit: { sinks: [${sink}] }`))).toBe(expected);
  });
});

test.each(['', 'audit: { sinks: [kafka] }', 'audit: { sinks: [rabbitmq] }', 'audit: { sinks: [stdout] }'])(
  'an agent writes just where its rights let it: %s',
  (audit) => {
    for (const onReject of ['quarantine', 'halt']) {
      const policy = policyOf(audit, onReject);
      const kafka = kafkaRights(policy, names, agents).filter(({ acl }) => acl.operation === 'Write');
      const rabbitmq = rabbitmqRights(policy, names, agents).filter(({ act }) => act === 'write');
      for (const agent of agents) {
        const topics = kafka.filter((right) => right.agents.includes(agent)).map(({ acl }) => acl.name);
        const exchanges = rabbitmq.filter((right) => right.agents.includes(agent)).map(({ name }) => name);
        expect([agent, outletUse(policy, names, agent, 'kafka')]).toEqual([
          agent,
          { quarantine: topics.includes('sealwire.quarantine'), audit: topics.includes('sealwire.audit') },
        ]);
        expect([agent, outletUse(policy, names, agent, 'rabbitmq')]).toEqual([
          agent,
          { quarantine: exchanges.includes('held'), audit: exchanges.includes('sealwire.audit') },
        ]);
      }
    }
  },
);
